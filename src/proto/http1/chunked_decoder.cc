// SPDX-License-Identifier: MIT
#include "proto/http1/chunked_decoder.h"

#include <algorithm>
#include <limits>

#include "http/header_policy.h"
#include "http/hex.h"
#include "proto/http1/byte_finder.h"

namespace penstock::proto::http1 {

namespace {

constexpr http::Rejection kSize{400, "chunk size is not a hexadecimal number"};
constexpr http::Rejection kSizeDigits{400, "chunk size of too many digits"};
constexpr http::Rejection kExtension{400, "control byte in a chunk extension"};
constexpr http::Rejection kExtensionBytes{400, "chunk extensions beyond the limit"};
constexpr http::Rejection kSizeEnd{400, "chunk size line does not end in CRLF"};
constexpr http::Rejection kDataEnd{400, "chunk data does not end in CRLF"};
constexpr http::Rejection kTrailerEnd{400, "trailer line does not end in CRLF"};
constexpr http::Rejection kTrailer{400, "trailer line without a field name and a colon"};
constexpr http::Rejection kTrailerField{400, "field in a trailer that belongs into a head"};
constexpr http::Rejection kTrailerBytes{431, "trailers beyond the limit"};

constexpr unsigned kMostDigits = 16;
// A file offset has no more bits.
constexpr std::uint64_t kLongestBody = std::numeric_limits<std::int64_t>::max();

/// A line without control bytes but tabs, without its CRLF.
Fault check_trailer(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !http::is_token(line.substr(0, colon))) return &kTrailer;
  return http::may_be_trailer(http::identify_field(line.substr(0, colon))) ? nullptr
                                                                           : &kTrailerField;
}

ChunkedDecoder::Step broken(Fault fault) {
  return {.kind = ChunkedDecoder::Step::Kind::Broken, .fault = fault};
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input, const Limits& limits) {
  for (std::size_t at = 0; at < input.size(); ++at) {
    if (state_ == State::Data) return take_data(input, at);
    if (state_ == State::Trailers) return take_trailers(input, at, limits);
    if (const Fault fault = take_framing(input[at], limits)) return broken(fault);
  }
  return {.consumed = input.size()};
}

ChunkedDecoder::Step ChunkedDecoder::take_data(std::string_view input, std::size_t at) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
  left_ -= size;
  if (left_ == 0) state_ = State::DataCarriageReturn;
  return {.kind = Step::Kind::Data, .consumed = at + size, .data = input.substr(at, size)};
}

Fault ChunkedDecoder::take_framing(char c, const Limits& limits) {
  switch (state_) {
    case State::Extension:
      if (c == '\r') {
        state_ = State::SizeLineFeed;
        return nullptr;
      }
      if (!http::is_field_value({&c, 1})) return &kExtension;
      return ++extension_bytes_ > limits.chunk_extension_bytes ? &kExtensionBytes : nullptr;
    case State::SizeLineFeed:
      return c == '\n' ? end_size_line(limits) : &kSizeEnd;
    case State::DataCarriageReturn:
      state_ = State::DataLineFeed;
      return c == '\r' ? nullptr : &kDataEnd;
    case State::DataLineFeed:
      state_ = State::Size;
      return c == '\n' ? nullptr : &kDataEnd;
    default:
      return take_size(c, limits);
  }
}

Fault ChunkedDecoder::take_size(char c, const Limits& limits) {
  const unsigned digit = http::hex_value(c);
  if (digit != http::kNotHex) {
    left_ = left_ << 4 | digit;
    return ++digits_ > kMostDigits ? &kSizeDigits : nullptr;
  }
  if (digits_ == 0) return &kSize;
  if (c == '\r') {
    state_ = State::SizeLineFeed;
    return nullptr;
  }
  if (c != ';') return &kSize;
  state_ = State::Extension;
  return ++extension_bytes_ > limits.chunk_extension_bytes ? &kExtensionBytes : nullptr;
}

Fault ChunkedDecoder::end_size_line(const Limits& limits) {
  const std::uint64_t longest = limits.body_bytes == 0 ? kLongestBody : limits.body_bytes;
  if (left_ > longest - total_) return &kLongBody;
  total_ += left_;
  digits_ = 0;
  state_ = left_ == 0 ? State::Trailers : State::Data;
  return nullptr;
}

ChunkedDecoder::Step ChunkedDecoder::take_trailers(std::string_view input, std::size_t at,
                                                   const Limits& limits) {
  for (;;) {
    const std::string_view rest = input.substr(at);
    const std::size_t end = ByteFinder(rest, searched_).next_control();
    if (end > 0 && trailer_bytes_ + end > limits.trailer_bytes) return broken(&kTrailerBytes);
    const bool open = end == rest.size() || (rest[end] == '\r' && end + 1 == rest.size());
    if (open) {
      searched_ = end;
      return {.consumed = at};
    }
    if (rest[end] != '\r' || rest[end + 1] != '\n') return broken(&kTrailerEnd);
    if (end == 0) return {.kind = Step::Kind::End, .consumed = at + 2};
    if (const Fault fault = check_trailer(rest.substr(0, end))) return broken(fault);
    trailer_bytes_ += end + 2;
    at += end + 2;
    searched_ = 0;
  }
}

}  // namespace penstock::proto::http1
