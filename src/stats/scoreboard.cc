// SPDX-License-Identifier: MIT
// The memory: a head with the number of slots, the totals, the slots.
#include "stats/scoreboard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <new>
#include <utility>

#include "base/check.h"

namespace penstock::stats {
namespace {

constexpr std::uint64_t kMagic = 0x1042'4b43'4f54'5350;  // "PSTOCKB" and the layout's number
constexpr std::size_t kMostWorkers = 65536;

struct alignas(64) Head {
  std::uint64_t magic = kMagic;
  std::uint64_t workers = 0;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<WorkerState>::is_always_lock_free);

constexpr std::size_t kTotalsAt = sizeof(Head);
constexpr std::size_t kSlotsAt = kTotalsAt + sizeof(Totals);

constexpr std::size_t size_for(std::size_t workers) {
  return kSlotsAt + workers * sizeof(WorkerSlot);
}

Result<void*> map(int fd, std::size_t size) {
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return os_error("mmap");
  return base;
}

std::byte* at(void* base, std::size_t offset) {
  return static_cast<std::byte*>(base) + offset;
}

}  // namespace

Scoreboard::Scoreboard(Fd fd, void* base, std::size_t workers)
    : fd_(std::move(fd)), base_(base), workers_(workers) {}

Scoreboard::Scoreboard(Scoreboard&& other) noexcept
    : fd_(std::move(other.fd_)),
      base_(std::exchange(other.base_, nullptr)),
      workers_(std::exchange(other.workers_, 0)) {}

Scoreboard& Scoreboard::operator=(Scoreboard&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(base_, other.base_);
  std::swap(workers_, other.workers_);
  return *this;
}

Scoreboard::~Scoreboard() {
  if (base_) ::munmap(base_, size_for(workers_));
}

Result<Scoreboard> Scoreboard::create(std::size_t workers) {
  if (workers == 0 || workers > kMostWorkers) return fail("scoreboard: impossible size");
  Fd fd{::memfd_create("penstock-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd) return os_error("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size_for(workers))) < 0)
    return os_error("ftruncate");
  // A shorter file would turn every access of the others into SIGBUS.
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) < 0)
    return os_error("fcntl(F_ADD_SEALS)");
  void* base = TRY(map(fd.get(), size_for(workers)));
  new (base) Head{kMagic, workers};
  new (at(base, kTotalsAt)) Totals;
  for (std::size_t i = 0; i < workers; ++i)
    new (at(base, kSlotsAt + i * sizeof(WorkerSlot))) WorkerSlot;
  return Scoreboard(std::move(fd), base, workers);
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
  if (head.magic != kMagic || head.workers > kMostWorkers || size_for(head.workers) != size) {
    ::munmap(base, size);
    return fail("scoreboard: the descriptor is something else");
  }
  return Scoreboard(std::move(own), base, head.workers);
}

Totals& Scoreboard::totals() {
  return *std::launder(reinterpret_cast<Totals*>(at(base_, kTotalsAt)));
}

WorkerSlot& Scoreboard::worker(std::size_t number) {
  CHECK(number >= 1 && number <= workers_);
  const std::size_t offset = kSlotsAt + (number - 1) * sizeof(WorkerSlot);
  return *std::launder(reinterpret_cast<WorkerSlot*>(at(base_, offset)));
}

}  // namespace penstock::stats
