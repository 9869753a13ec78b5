// SPDX-License-Identifier: MIT
#include "proto/fastcgi/streams.h"

#include <utility>

#include "base/check.h"

namespace penstock::proto::fastcgi {

namespace {

constexpr std::size_t kKeptBytes = 4096;  // of the variables of a request that has ended

}  // namespace

const std::atomic<std::uint32_t>* ActiveIds::find(std::uint16_t id) const {
  for (const std::atomic<std::uint32_t>& word : words_)
    if ((word.load(std::memory_order_acquire) & 0xffff) == id) return &word;
  return nullptr;
}

std::atomic<std::uint32_t>* ActiveIds::find(std::uint16_t id) {
  return const_cast<std::atomic<std::uint32_t>*>(std::as_const(*this).find(id));
}

bool ActiveIds::take(std::uint16_t id) {
  CHECK(id != 0);
  std::atomic<std::uint32_t>* const place = find(0);
  if (place == nullptr) return false;
  place->store(id, std::memory_order_release);
  return true;
}

void ActiveIds::give_back(std::uint16_t id) {
  if (std::atomic<std::uint32_t>* const place = find(id); place != nullptr && id != 0)
    place->store(kFree, std::memory_order_release);
}

void ActiveIds::cancel(std::uint16_t id) {
  std::atomic<std::uint32_t>* const place = find(id);
  if (place == nullptr || id == 0) return;
  // The answer may end at this very moment: then the id stays free.
  std::uint32_t expected = id;
  place->compare_exchange_strong(expected, id | kCancelled, std::memory_order_acq_rel);
}

bool ActiveIds::is_cancelled(std::uint16_t id) const {
  const std::atomic<std::uint32_t>* const place = find(id);
  return place != nullptr && place->load(std::memory_order_acquire) == (id | kCancelled);
}

bool ActiveIds::contains(std::uint16_t id) const {
  return id != 0 && find(id) != nullptr;
}

std::size_t ActiveIds::count() const {
  std::size_t taken = 0;
  for (const std::atomic<std::uint32_t>& word : words_)
    if (word.load(std::memory_order_acquire) != kFree) ++taken;
  return taken;
}

Incoming* IncomingRequests::find(std::uint16_t id) {
  for (std::size_t i = 0; i < count_; ++i)
    if (places_[i].id == id) return &places_[i];
  return nullptr;
}

Incoming& IncomingRequests::begin(std::uint16_t id, bool keep_connection) {
  if (count_ == places_.size()) places_.emplace_back();
  Incoming& incoming = places_[count_++];
  incoming.id = id;
  incoming.phase = Incoming::Phase::Params;
  incoming.keep_connection = keep_connection;
  incoming.body_received = 0;
  incoming.body_length.reset();
  return incoming;
}

void IncomingRequests::end(Incoming& incoming) {
  incoming.params.clear();
  if (incoming.params.capacity() > kKeptBytes) incoming.params = std::string();
  Incoming& last = places_[--count_];
  if (&incoming != &last) std::swap(incoming, last);
}

void IncomingRequests::end_inactive(const ActiveIds& active) {
  for (std::size_t i = count_; i-- > 0;)
    if (!active.contains(places_[i].id)) end(places_[i]);
}

bool IncomingRequests::any_of(const ActiveIds& active) const {
  for (std::size_t i = 0; i < count_; ++i)
    if (active.contains(places_[i].id)) return true;
  return false;
}

std::size_t IncomingRequests::params_bytes() const {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < count_; ++i)
    bytes += places_[i].params.size();
  return bytes;
}

}  // namespace penstock::proto::fastcgi
