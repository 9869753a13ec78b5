// SPDX-License-Identifier: MIT
// Decoder of the chunked transfer coding (RFC 9112, section 7.1). Every byte is consumed as it
// comes, but for a trailer line, which waits for its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proto/http1/fault.h"
#include "proto/session.h"

namespace penstock::proto::http1 {

/// Chunk sizes are hexadecimal digits and nothing else; extensions are bounded and ignored;
/// trailers are bounded, checked and dropped.
class ChunkedDecoder {
 public:
  struct Step {
    enum class Kind : std::uint8_t { NeedInput, Data, End, Broken };
    Kind kind = Kind::NeedInput;
    std::size_t consumed = 0;
    std::string_view data = {};
    Fault fault = nullptr;
  };

  /// Reads the front of `input`, up to and with the next data.
  Step next(std::string_view input, const Limits& limits);

  void reset() { *this = ChunkedDecoder{}; }

 private:
  enum class State : std::uint8_t {
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataCarriageReturn,
    DataLineFeed,
    Trailers,
  };

  Step take_data(std::string_view input, std::size_t at);
  Step take_trailers(std::string_view input, std::size_t at, const Limits& limits);
  Fault take_framing(char c, const Limits& limits);
  Fault take_size(char c, const Limits& limits);
  Fault end_size_line(const Limits& limits);

  State state_ = State::Size;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;   // of this chunk
  std::uint64_t total_ = 0;  // of the body, with this chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t searched_ = 0;  // of the trailer line at the front of the input
};

}  // namespace penstock::proto::http1
