// SPDX-License-Identifier: MIT
// The memory: a head with the numbers, the totals, the slots of workers, the rows of threads.
#include "stats/scoreboard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <new>
#include <utility>

#include "base/check.h"

namespace penstock::stats {
namespace {

constexpr std::uint64_t kMagic = 0x1142'4b43'4f54'5350;  // "PSTOCKB" and the layout's number
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

constexpr std::size_t size_for(std::size_t workers, std::size_t cores) {
  return kSlotsAt + workers * (sizeof(WorkerSlot) + cores * sizeof(CoreSlot));
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
  for (std::size_t i = 0; i < workers; ++i)
    new (at(base, kSlotsAt + i * sizeof(WorkerSlot))) WorkerSlot;
  for (std::size_t i = 0; i < workers * cores; ++i)
    new (at(base, kSlotsAt + workers * sizeof(WorkerSlot) + i * sizeof(CoreSlot))) CoreSlot;
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
  return *std::launder(reinterpret_cast<Totals*>(at(base_, kTotalsAt)));
}

WorkerSlot& Scoreboard::worker(std::size_t slot) {
  CHECK(slot >= 1 && slot <= workers_);
  const std::size_t offset = kSlotsAt + (slot - 1) * sizeof(WorkerSlot);
  return *std::launder(reinterpret_cast<WorkerSlot*>(at(base_, offset)));
}

CoreSlot& Scoreboard::core(std::size_t slot, std::size_t index) {
  CHECK(slot >= 1 && slot <= workers_ && index < cores_);
  const std::size_t offset =
      kSlotsAt + workers_ * sizeof(WorkerSlot) + ((slot - 1) * cores_ + index) * sizeof(CoreSlot);
  return *std::launder(reinterpret_cast<CoreSlot*>(at(base_, offset)));
}

}  // namespace penstock::stats
