// SPDX-License-Identifier: MIT
// The memory: a head with the numbers, the totals, the slots of workers, the rows of threads, and
// what ended processes leave: the past of each worker and of each of its threads.
#include "stats/scoreboard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <new>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace penstock::stats {
namespace {

constexpr std::uint64_t kMagic = 0x1242'4b43'4f54'5350;  // "PSTOCKB" and the layout's number
constexpr std::size_t kMostWorkers = 65536;
constexpr std::size_t kMostCores = 4096;

struct alignas(64) Head {
  std::uint64_t magic = kMagic;
  std::uint64_t workers = 0;
  std::uint64_t cores = 0;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<WorkerState>::is_always_lock_free);

constexpr std::size_t kTotalsAt = sizeof(Head);
constexpr std::size_t kSlotsAt = kTotalsAt + sizeof(Totals);

using PastRequests = std::atomic<std::uint64_t>;

constexpr std::size_t cores_at(std::size_t workers) {
  return kSlotsAt + workers * sizeof(WorkerSlot);
}

constexpr std::size_t past_at(std::size_t workers, std::size_t cores) {
  return cores_at(workers) + workers * cores * sizeof(CoreSlot);
}

constexpr std::size_t past_requests_at(std::size_t workers, std::size_t cores) {
  return past_at(workers, cores) + workers * sizeof(WorkerPast);
}

constexpr std::size_t size_for(std::size_t workers, std::size_t cores) {
  return past_requests_at(workers, cores) + workers * cores * sizeof(PastRequests);
}

Result<void*> map(int fd, std::size_t size) {
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return os_error("mmap");
  return base;
}

std::byte* at(void* base, std::size_t offset) {
  return static_cast<std::byte*>(base) + offset;
}

template <class T>
void make(void* base, std::size_t offset, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    new (at(base, offset + i * sizeof(T))) T;
}

template <class T>
T& get(void* base, std::size_t offset, std::size_t index) {
  return *std::launder(reinterpret_cast<T*>(at(base, offset + index * sizeof(T))));
}

/// The master is the only writer of `to`.
void add(std::atomic<std::uint64_t>& to, std::atomic<std::uint64_t>& from) {
  const std::uint64_t more = from.exchange(0, std::memory_order_relaxed);
  to.store(to.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

void move_counters(Counters& from, Counters& to) {
  add(to.requests, from.requests);
  add(to.exceptions, from.exceptions);
  add(to.harakiris, from.harakiris);
  add(to.queue_timeouts, from.queue_timeouts);
  add(to.bytes_sent, from.bytes_sent);
  add(to.running_time, from.running_time);
  for (std::size_t i = 0; i < to.by_class.size(); ++i)
    add(to.by_class[i], from.by_class[i]);
  for (std::size_t i = 0; i < to.latency.size(); ++i)
    add(to.latency[i], from.latency[i]);
}

}  // namespace

Scoreboard::Scoreboard(Fd fd, void* base, std::size_t workers, std::size_t cores)
    : fd_(std::move(fd)), base_(base), workers_(workers), cores_(cores) {}

Scoreboard::Scoreboard(Scoreboard&& other) noexcept
    : fd_(std::move(other.fd_)),
      base_(std::exchange(other.base_, nullptr)),
      workers_(std::exchange(other.workers_, 0)),
      cores_(std::exchange(other.cores_, 0)) {}

Scoreboard& Scoreboard::operator=(Scoreboard&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(base_, other.base_);
  std::swap(workers_, other.workers_);
  std::swap(cores_, other.cores_);
  return *this;
}

Scoreboard::~Scoreboard() {
  if (base_) ::munmap(base_, size_for(workers_, cores_));
}

Result<Scoreboard> Scoreboard::create(std::size_t workers, std::size_t cores) {
  if (workers == 0 || workers > kMostWorkers || cores == 0 || cores > kMostCores)
    return fail("scoreboard: impossible size");
  const std::size_t size = size_for(workers, cores);
  Fd fd{::memfd_create("penstock-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd) return os_error("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) < 0) return os_error("ftruncate");
  // A shorter file would turn every access of the others into SIGBUS.
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
    return os_error("fcntl(F_ADD_SEALS)");
  void* base = TRY(map(fd.get(), size));
  new (base) Head{kMagic, workers, cores};
  new (at(base, kTotalsAt)) Totals;
  make<WorkerSlot>(base, kSlotsAt, workers);
  make<CoreSlot>(base, cores_at(workers), workers * cores);
  make<WorkerPast>(base, past_at(workers, cores), workers);
  make<PastRequests>(base, past_requests_at(workers, cores), workers * cores);
  return Scoreboard(std::move(fd), base, workers, cores);
}

Result<Scoreboard> Scoreboard::open(int fd) {
  Fd own{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
  if (!own) return os_error("scoreboard: fcntl(F_DUPFD_CLOEXEC)");
  struct stat about {};
  if (::fstat(own.get(), &about) < 0) return os_error("scoreboard: fstat");
  const auto size = static_cast<std::size_t>(about.st_size);
  if (size < kSlotsAt) return fail("scoreboard: the descriptor is something else");
  void* base = TRY(map(own.get(), size));
  const Head head = *std::launder(reinterpret_cast<const Head*>(base));
  if (head.magic != kMagic || head.workers > kMostWorkers || head.cores > kMostCores ||
      size_for(head.workers, head.cores) != size) {
    ::munmap(base, size);
    return fail("scoreboard: the descriptor is something else");
  }
  return Scoreboard(std::move(own), base, head.workers, head.cores);
}

Totals& Scoreboard::totals() {
  return get<Totals>(base_, kTotalsAt, 0);
}

WorkerSlot& Scoreboard::worker(std::size_t slot) {
  CHECK(slot >= 1 && slot <= workers_);
  return get<WorkerSlot>(base_, kSlotsAt, slot - 1);
}

CoreSlot& Scoreboard::core(std::size_t slot, std::size_t index) {
  CHECK(slot >= 1 && slot <= workers_ && index < cores_);
  return get<CoreSlot>(base_, cores_at(workers_), (slot - 1) * cores_ + index);
}

WorkerPast& Scoreboard::past(std::size_t number) {
  CHECK(number >= 1 && number <= workers_);
  return get<WorkerPast>(base_, past_at(workers_, cores_), number - 1);
}

std::atomic<std::uint64_t>& Scoreboard::past_requests(std::size_t number, std::size_t index) {
  CHECK(number >= 1 && number <= workers_ && index < cores_);
  return get<PastRequests>(base_, past_requests_at(workers_, cores_),
                           (number - 1) * cores_ + index);
}

std::size_t Scoreboard::number_of(const WorkerSlot& slot) {
  const auto number = static_cast<std::size_t>(&slot - &worker(1)) + 1;
  CHECK(&slot == &worker(number));
  return number;
}

void Scoreboard::occupy(WorkerSlot& slot, int number) {
  vacate(slot);
  slot.number.store(number, std::memory_order_relaxed);
  slot.state.store(WorkerState::Starting, std::memory_order_relaxed);
}

void Scoreboard::started(WorkerSlot& slot, std::int32_t pid) {
  slot.pid.store(pid, std::memory_order_relaxed);
  slot.started_at.store(wall_micros() / 1'000'000, std::memory_order_relaxed);
  const auto number = static_cast<std::size_t>(slot.number.load(std::memory_order_relaxed));
  past(number).starts.fetch_add(1, std::memory_order_relaxed);
}

void Scoreboard::vacate(WorkerSlot& slot) {
  const std::size_t index = number_of(slot);
  const auto number = static_cast<std::size_t>(slot.number.load(std::memory_order_relaxed));
  WorkerPast nobody;
  move_counters(slot, number == 0 ? nobody : past(number));
  for (std::size_t i = 0; i < cores_; ++i) {
    CoreSlot& row = core(index, i);
    PastRequests ignored{0};
    add(number == 0 ? ignored : past_requests(number, i), row.requests);
    row.since.store(0, std::memory_order_relaxed);
    row.deadline.store(0, std::memory_order_relaxed);
  }
  for (auto* const count : {&slot.connections, &slot.running, &slot.waiting})
    count->store(0, std::memory_order_relaxed);
  slot.average_time.store(0, std::memory_order_relaxed);
  slot.saturated.store(false, std::memory_order_relaxed);
  slot.accepting.store(true, std::memory_order_relaxed);
  slot.started_at.store(0, std::memory_order_relaxed);
  slot.pid.store(0, std::memory_order_relaxed);
  slot.number.store(0, std::memory_order_relaxed);
  slot.state.store(WorkerState::Absent, std::memory_order_relaxed);
}

}  // namespace penstock::stats
