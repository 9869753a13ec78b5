// SPDX-License-Identifier: MIT
// The requests of one FastCGI connection: which ids are taken until their answer has ended, and
// what of each has been received.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock::proto::fastcgi {

/// Requests at once on one connection (S13).
constexpr std::size_t kMaxStreams = 32;

/// Ids from their begin to the end of their answer. The loop takes ids and cancels them; the
/// threads that answer give them back. No lock: each id is one word, and only the loop takes a
/// free one.
class ActiveIds {
 public:
  /// False: all places are taken.
  bool take(std::uint16_t id);
  void give_back(std::uint16_t id);

  /// Notes that the peer does not want the answer any more.
  void cancel(std::uint16_t id);
  bool is_cancelled(std::uint16_t id) const;

  bool contains(std::uint16_t id) const;
  std::size_t count() const;

 private:
  static constexpr std::uint32_t kFree = 0;  // id 0 is the connection's own
  static constexpr std::uint32_t kCancelled = 1U << 16;

  const std::atomic<std::uint32_t>* find(std::uint16_t id) const;
  std::atomic<std::uint32_t>* find(std::uint16_t id);

  std::array<std::atomic<std::uint32_t>, kMaxStreams> words_{};
};

/// A request that is not complete yet.
struct Incoming {
  enum class Phase : std::uint8_t {
    Params,  // its variables arrive
    Head,    // they are complete; what follows tells whether there is a body
    Body,    // its body arrives
  };

  std::uint16_t id = 0;
  Phase phase = Phase::Params;
  bool keep_connection = false;
  std::string params;
  std::uint64_t body_received = 0;
  std::optional<std::uint64_t> body_length;
};

/// The incomplete requests. The loop's thread only. Memory of those that end is used again.
class IncomingRequests {
 public:
  Incoming* find(std::uint16_t id);
  Incoming& begin(std::uint16_t id, bool keep_connection);
  void end(Incoming& incoming);

  /// Ends those whose ids are not active: the server has answered them before they were complete.
  void end_inactive(const ActiveIds& active);
  /// Whether there are others than those.
  bool any_of(const ActiveIds& active) const;
  bool empty() const { return count_ == 0; }
  const Incoming& first() const { return places_.front(); }

  /// Bytes of variables that are kept for all of them.
  std::size_t params_bytes() const;

 private:
  std::vector<Incoming> places_;  // the first count_ are in use
  std::size_t count_ = 0;
};

}  // namespace penstock::proto::fastcgi
