// SPDX-License-Identifier: MIT
// The receiving half of a FastCGI connection: records in, events out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/fastcgi/streams.h"
#include "proto/session.h"

namespace penstock::proto::fastcgi {

/// The loop's thread only. `active` is shared with the threads that answer.
class Receiver {
 public:
  Receiver(const Endpoints& endpoints, const Limits& limits, const Capacity& capacity,
           ActiveIds& active)
      : endpoints_(endpoints), limits_(limits), capacity_(capacity), active_(active) {}

  Event next(std::string_view input, http::Request& request);
  Event end_of_input(std::string_view input);
  bool idle() const;

  /// The first bytes were HTTP.
  bool met_http() const { return met_http_; }
  /// The connection ends with the answer to the request that has come.
  bool closes_after_answer() const { return closes_after_answer_; }

 private:
  using Step = std::optional<Event>;  // nothing: go on with the next bytes

  Step step(std::string_view& input, http::Request& request);
  Step read_record(std::string_view& input, http::Request& request);
  Step read_content(std::string_view& input);
  Step skip(std::string_view& input, std::size_t& left);

  Event refuse_version(std::string_view input);
  Step manage(const RecordHeader& header, std::string_view content);
  Step get_values(std::string_view query);
  Step begin(std::uint16_t id, std::string_view content);
  Step abort(std::uint16_t id);
  Step end_of_params(Incoming& incoming);
  Step make_request(Incoming& incoming, bool has_body, http::Request& request);
  Step read_body(Incoming& incoming, std::string_view bytes);
  Step end_of_body(Incoming& incoming);

  Incoming* wanted(std::uint16_t id);
  Event reply_end(std::uint16_t id, ProtocolStatus status);
  Event reject_request(Incoming& incoming, int status, std::string_view reason);
  static Event reject_connection(std::string_view reason);

  const Endpoints endpoints_;
  const Limits limits_;
  const Capacity capacity_;
  ActiveIds& active_;
  IncomingRequests incoming_;

  RecordHeader record_;            // the one that is being read
  std::size_t content_left_ = 0;   // of it
  std::size_t padding_left_ = 0;
  bool met_record_ = false;        // the peer speaks FastCGI
  bool met_http_ = false;
  bool closes_after_answer_ = false;
  bool partial_ = false;           // bytes of a record were seen and not taken
  std::string reply_;              // what an Event's data points to
};

}  // namespace penstock::proto::fastcgi
