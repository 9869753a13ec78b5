// SPDX-License-Identifier: MIT
#include "proto/fastcgi/receiver.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "proto/cgi_request.h"
#include "proto/foreign.h"

namespace penstock::proto::fastcgi {

namespace {

// Of records that are read whole: questions about the server take less than 100 bytes.
constexpr std::size_t kMaxWholeContent = 1024;

// Variables of incomplete requests, all together, in units of one request's limit.
constexpr std::size_t kHeadsAtOnce = 4;

std::string_view take(std::string_view& input, std::size_t most) {
  const std::string_view taken = input.substr(0, most);
  input.remove_prefix(taken.size());
  return taken;
}

}  // namespace

Event Receiver::next(std::string_view input, http::Request& request) {
  std::string_view left = input;
  for (;;) {
    if (Step event = step(left, request)) {
      event->consumed = input.size() - left.size();
      return *event;
    }
  }
}

Receiver::Step Receiver::step(std::string_view& input, http::Request& request) {
  if (content_left_ == 0 && padding_left_ == 0) return read_header_of_record(input, request);
  if (input.empty()) return Event{};
  if (content_left_ > 0) return read_content(input);
  padding_left_ -= take(input, padding_left_).size();
  in_record_ = padding_left_ > 0;
  return std::nullopt;
}

Receiver::Step Receiver::read_header_of_record(std::string_view& input, http::Request& request) {
  in_record_ = !input.empty();
  if (in_record_ && static_cast<std::uint8_t>(input[0]) != kVersion) return refuse_version(input);
  if (input.size() < kHeaderSize) return Event{};
  met_record_ = true;
  record_ = read_header(input);
  if (record_.id == 0 || record_.type == kBeginRequest) return read_whole_record(input);

  const bool is_stream = record_.type == kParams || record_.type == kStdin;
  Incoming* const incoming = is_stream ? wanted() : nullptr;
  // The head is complete before this, but only now is it known whether a body follows.
  if (incoming != nullptr && incoming->phase == Incoming::Phase::Head && record_.type == kStdin)
    return make_request(*incoming, record_.content > 0, request);

  input.remove_prefix(kHeaderSize);
  content_left_ = record_.content;
  padding_left_ = record_.padding;
  in_record_ = content_left_ + padding_left_ > 0;
  if (record_.type == kAbortRequest) return abort_request();
  if (incoming == nullptr) return std::nullopt;
  if (const auto refused = check_record(*incoming))
    return reject_request(*incoming, refused->status, refused->reason);
  return content_left_ == 0 ? end_stream(*incoming) : std::nullopt;
}

/// Judges a record of a request by its header, so before its content has come.
std::optional<http::Rejection> Receiver::check_record(const Incoming& incoming) const {
  using http::Rejection;
  if (record_.type == kParams) {
    if (incoming.phase != Incoming::Phase::Params)
      return Rejection{400, "FCGI_PARAMS after their end"};
    if (incoming.params.size() + record_.content > limits_.head_bytes)
      return Rejection{431, "the FastCGI parameters are larger than the limit allows"};
    if (incoming_.params_bytes() + record_.content > kHeadsAtOnce * limits_.head_bytes)
      return Rejection{503, "too many incomplete requests on one connection"};
    return std::nullopt;
  }
  if (incoming.phase != Incoming::Phase::Body)
    return Rejection{400, "FCGI_STDIN before the end of FCGI_PARAMS"};
  const std::uint64_t size = incoming.body_received + record_.content;
  if (incoming.body_length && size > *incoming.body_length)
    return Rejection{400, "the body is longer than CONTENT_LENGTH"};
  if (limits_.body_bytes != 0 && size > limits_.body_bytes)
    return Rejection{413, "the body is larger than the limit allows"};
  if (record_.content == 0 && incoming.body_length && size < *incoming.body_length)
    return Rejection{400, "the body is shorter than CONTENT_LENGTH"};
  return std::nullopt;
}

Receiver::Step Receiver::read_whole_record(std::string_view& input) {
  if (record_.content > kMaxWholeContent)
    return reject_connection("a FastCGI record is larger than its kind may be");
  if (input.size() < kHeaderSize + record_.content) return Event{};
  input.remove_prefix(kHeaderSize);
  const std::string_view content = take(input, record_.content);
  padding_left_ = record_.padding;
  in_record_ = padding_left_ > 0;
  if (record_.id != 0) return begin_request(content);
  if (record_.type == kGetValues) return answer_question(content);
  reply_.clear();
  append_unknown_type(reply_, record_.type);
  return reply();
}

Receiver::Step Receiver::read_content(std::string_view& input) {
  const std::string_view bytes = take(input, content_left_);
  content_left_ -= bytes.size();
  in_record_ = content_left_ + padding_left_ > 0;
  const bool is_stream = record_.type == kParams || record_.type == kStdin;
  Incoming* const incoming = is_stream ? wanted() : nullptr;
  if (incoming == nullptr) return std::nullopt;
  if (record_.type == kParams) {
    incoming->params += bytes;
    return std::nullopt;
  }
  incoming->body_received += bytes.size();
  return Event{.kind = Event::Kind::Body, .stream = incoming->id, .data = bytes};
}

Event Receiver::refuse_version(std::string_view input) {
  const Foreign foreign = met_record_ ? Foreign::No : recognise_foreign(input);
  switch (foreign) {
    case Foreign::Perhaps:
      return {};
    case Foreign::Http:
      met_http_ = true;
      return reject_connection("HTTP was spoken to a FastCGI socket");
    case Foreign::Tls:
      return reject_connection("TLS was spoken to a FastCGI socket");
    case Foreign::No:
      break;
  }
  return reject_connection("a record that is not of FastCGI version 1");
}

/// FCGI_GET_VALUES: the names that the peer asks for, those that are known with their values.
Receiver::Step Receiver::answer_question(std::string_view content) {
  struct Value {
    std::string_view name;
    unsigned value;
    bool asked = false;
  };
  Value values[] = {{"FCGI_MAX_CONNS", capacity_.connections},
                    {"FCGI_MAX_REQS", capacity_.requests},
                    {"FCGI_MPXS_CONNS", 1}};
  PairReader reader(content);
  while (const auto pair = reader.next())
    for (Value& value : values)
      value.asked = value.asked || value.name == pair->name;
  if (!reader.fault().empty()) return reject_connection(reader.fault());

  std::string pairs;
  for (const Value& value : values) {
    char digits[10];
    const char* const end = std::to_chars(std::begin(digits), std::end(digits), value.value).ptr;
    if (value.asked)
      append_pair(pairs, value.name, {digits, static_cast<std::size_t>(end - digits)});
  }
  reply_.clear();
  append_header(reply_,
                {.type = kGetValuesResult, .content = static_cast<std::uint16_t>(pairs.size())});
  reply_ += pairs;
  return reply();
}

Receiver::Step Receiver::begin_request(std::string_view content) {
  if (content.size() != kBeginSize)
    return reject_connection("a FCGI_BEGIN_REQUEST of the wrong size");
  if (active_.contains(record_.id)) return reject_connection("a FastCGI request id is in use");
  incoming_.end_inactive(active_);

  const BeginRequest begin = read_begin(content);
  const bool keep = (begin.flags & kKeepConnection) != 0;
  const bool alone = active_.count() == 0;
  if (begin.role != kResponder) return reply_end(ProtocolStatus::UnknownRole, keep || !alone);
  if (closes_after_answer() || (!keep && !alone))
    return reply_end(ProtocolStatus::CantMultiplex, true);
  if (!active_.take(record_.id)) return reply_end(ProtocolStatus::Overloaded, true);
  closes_after_answer_.store(!keep, std::memory_order_relaxed);
  incoming_.begin(record_.id, keep);
  return Event{.kind = Event::Kind::Begin, .stream = record_.id};
}

Receiver::Step Receiver::abort_request() {
  if (!active_.contains(record_.id)) return std::nullopt;
  Incoming* const incoming = incoming_.find(record_.id);
  const bool server_knows_it = incoming == nullptr || incoming->phase == Incoming::Phase::Body;
  if (incoming != nullptr) incoming_.end(*incoming);
  if (server_knows_it) {
    active_.cancel(record_.id);
    return Event{.kind = Event::Kind::Cancel, .stream = record_.id};
  }
  active_.give_back(record_.id);
  return reply_end(ProtocolStatus::RequestComplete, !closes_after_answer());
}

Receiver::Step Receiver::end_stream(Incoming& incoming) {
  if (record_.type == kParams) {
    incoming.phase = Incoming::Phase::Head;
    return std::nullopt;
  }
  incoming_.end(incoming);
  return Event{.kind = Event::Kind::End, .stream = record_.id};
}

Event Receiver::make_request(Incoming& incoming, bool has_body, http::Request& request) {
  // The parameters came in pieces; the request keeps them itself.
  std::string& storage = request.storage;
  storage.reserve(incoming.params.size() + CgiRequest::storage_needed(incoming.params.size()));
  storage = incoming.params;

  CgiRequest cgi(request, endpoints_, limits_);
  PairReader reader(storage);
  std::size_t packet = 0;
  while (const auto pair = reader.next()) {
    packet += 4 + pair->name.size() + pair->value.size();
    if (!cgi.add(pair->name, pair->value)) break;
  }
  std::optional<http::Rejection> refused;
  if (!reader.fault().empty()) refused = http::Rejection{400, reader.fault()};
  if (!refused) refused = cgi.finish();
  if (refused) {
    request.reset();
    return reject_request(incoming, refused->status, refused->reason);
  }
  request.packet_size = static_cast<std::uint32_t>(packet);
  request.keep_alive = incoming.keep_connection;
  request.chunked = has_body && !request.content_length;
  incoming.body_length = request.content_length;
  incoming.phase = Incoming::Phase::Body;
  return {.kind = Event::Kind::Head, .stream = incoming.id};
}

Event Receiver::end_of_input(std::string_view input) {
  incoming_.end_inactive(active_);
  Event event{.kind = Event::Kind::Close, .consumed = input.size()};
  if (incoming_.empty() && !in_record_ && input.empty()) return event;
  event = reject_connection("the peer closed in the middle of a request");
  if (!incoming_.empty()) event.stream = incoming_.first().id;
  event.consumed = input.size();
  return event;
}

/// The incomplete request of this record; null where the server has answered it already, and
/// where there never was one. Both are passed over (section 3.3).
Incoming* Receiver::wanted() {
  Incoming* const incoming = incoming_.find(record_.id);
  if (incoming == nullptr || active_.contains(record_.id)) return incoming;
  incoming_.end(*incoming);
  return nullptr;
}

Event Receiver::reply() {
  return {.kind = Event::Kind::Reply, .data = reply_, .goes_on = true};
}

Event Receiver::reply_end(ProtocolStatus status, bool goes_on) {
  reply_.clear();
  append_end(reply_, record_.id, 0, status);
  return {.kind = Event::Kind::Reply, .stream = record_.id, .data = reply_, .goes_on = goes_on};
}

Event Receiver::reject_request(Incoming& incoming, int status, std::string_view reason) {
  const Event event{.kind = Event::Kind::Reject,
                    .stream = incoming.id,
                    .rejection = {status, reason},
                    .goes_on = incoming.keep_connection};
  incoming_.end(incoming);
  return event;
}

Event Receiver::reject_connection(std::string_view reason) {
  return {.kind = Event::Kind::Reject, .rejection = {400, reason}};
}

}  // namespace penstock::proto::fastcgi
