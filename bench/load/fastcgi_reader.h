// SPDX-License-Identifier: MIT
// Finds where answers end in the records of a FastCGI server, which answers one request at a time,
// of the number 1. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "load/response_reader.h"

namespace penstock::bench {

class FastcgiReader {
 public:
  using Progress = ResponseReader::Progress;

  // As ResponseReader's.
  Progress read(std::string_view& bytes);
  Progress end() const { return begun_ ? Progress::Bad : Progress::More; }
  void reset() { *this = FastcgiReader{}; }

  int status() const { return response_.status(); }
  std::uint64_t body_bytes() const { return response_.body_bytes(); }
  /// Whoever asked knows whether the connection is to stay.
  bool closes() const { return false; }

 private:
  bool begin_record();
  bool use(std::string_view content);
  Progress finish();

  ResponseReader response_{ResponseReader::Head::Cgi};  // of the stream STDOUT
  bool whole_ = false;                                  // its Content-Length is there
  bool begun_ = false;
  std::string header_;  // of the record, as far as it is read
  std::uint8_t type_ = 0;
  std::size_t content_left_ = 0;
  std::size_t padding_left_ = 0;
  std::string end_;  // the content of END_REQUEST
};

}  // namespace penstock::bench
