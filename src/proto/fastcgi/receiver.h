// SPDX-License-Identifier: MIT
// The receiving half of a FastCGI connection: records in, events out.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/fastcgi/streams.h"
#include "proto/session.h"

namespace penstock::proto::fastcgi {

/// The loop's thread only, but where it says otherwise.
class Receiver {
 public:
  /// `active` outlives it. The threads that answer give ids back.
  Receiver(const Endpoints& endpoints, const Limits& limits, const Capacity& capacity,
           ActiveIds& active)
      : endpoints_(endpoints), limits_(limits), capacity_(capacity), active_(active) {}

  Event next(std::string_view input, http::Request& request);
  Event end_of_input(std::string_view input);
  bool idle() const { return !in_record_ && !incoming_.any_of(active_); }

  /// The first bytes were HTTP.
  bool met_http() const { return met_http_; }

  /// The peer wants no more than the answer to the request that it has sent. Any thread.
  bool closes_after_answer() const { return closes_after_answer_.load(std::memory_order_relaxed); }

 private:
  using Step = std::optional<Event>;  // nothing: go on with the bytes that follow

  Step step(std::string_view& input, http::Request& request);
  Step read_header_of_record(std::string_view& input, http::Request& request);
  Step read_whole_record(std::string_view& input);
  Step read_content(std::string_view& input);
  Event refuse_version(std::string_view input);

  Step answer_question(std::string_view content);
  Step begin_request(std::string_view content);
  Step abort_request();
  std::optional<http::Rejection> check_record(const Incoming& incoming) const;
  Step end_stream(Incoming& incoming);
  Event make_request(Incoming& incoming, bool has_body, http::Request& request);

  Incoming* wanted();
  Event reply();
  Event reply_end(ProtocolStatus status, bool goes_on);
  Event reject_request(Incoming& incoming, int status, std::string_view reason);
  static Event reject_connection(std::string_view reason);

  const Endpoints endpoints_;
  const Limits limits_;
  const Capacity capacity_;
  ActiveIds& active_;
  IncomingRequests incoming_;

  RecordHeader record_;           // what is being read
  std::size_t content_left_ = 0;  // of it
  std::size_t padding_left_ = 0;
  bool in_record_ = false;  // its last byte has not come
  bool met_record_ = false;
  bool met_http_ = false;
  std::atomic<bool> closes_after_answer_ = false;
  std::string reply_;  // what an Event's data points to
};

}  // namespace penstock::proto::fastcgi
