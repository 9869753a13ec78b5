// SPDX-License-Identifier: MIT
// Each row has one writer at a time: the thread that has its slot.
#include "server/roster.h"

#include <algorithm>
#include <string_view>

#include "server/exchange.h"

namespace penstock::server {
namespace {

/// Fills a text of the shared memory, which readers accept torn.
template <std::size_t Size>
class Text {
 public:
  explicit Text(std::array<char, Size>& bytes) : bytes_(bytes) {}
  ~Text() { bytes_[used_] = '\0'; }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  void add(std::string_view part) {
    const std::size_t size = std::min(part.size(), Size - 1 - used_);
    std::copy_n(part.begin(), size, bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ += size;
  }

 private:
  std::array<char, Size>& bytes_;
  std::size_t used_ = 0;
};

}  // namespace

Roster::Roster(stats::CoreSlot* rows, std::size_t size) : rows_(rows), seats_(size) {}

void Roster::enter(int slot, Exchange& exchange, SteadyTime now, SteadyTime deadline) {
  stats::CoreSlot& row = this->row(slot);
  const http::Request& request = exchange.request();
  {
    Text text(row.request);
    text.add(request.method);
    text.add(" ");
    text.add(request.target);
    Text(row.peer).add(request.remote_address);
  }
  row.since.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  row.deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
  seats_[static_cast<std::size_t>(slot)].store(&exchange, std::memory_order_release);
}

void Roster::leave(int slot) {
  stats::CoreSlot& row = this->row(slot);
  seats_[static_cast<std::size_t>(slot)].store(nullptr, std::memory_order_release);
  row.deadline.store(0, std::memory_order_relaxed);
  row.since.store(0, std::memory_order_relaxed);
  row.requests.store(row.requests.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Roster::set_deadline(int slot, SteadyTime deadline) {
  row(slot).deadline.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
}

}  // namespace penstock::server
