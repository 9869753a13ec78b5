// SPDX-License-Identifier: MIT
// Reads the answers of a connection, whichever protocol it speaks.
#pragma once

#include <string_view>
#include <variant>

#include "load/fastcgi_reader.h"
#include "load/request.h"
#include "load/response_reader.h"

namespace penstock::bench {

class AnswerReader {
 public:
  using Progress = ResponseReader::Progress;

  explicit AnswerReader(Protocol protocol) : reader_(reader_of(protocol)) {}

  // As ResponseReader's.
  Progress read(std::string_view& bytes) {
    return std::visit([&](auto& reader) { return reader.read(bytes); }, reader_);
  }
  Progress end() {
    return std::visit([](auto& reader) { return reader.end(); }, reader_);
  }
  void reset() {
    std::visit([](auto& reader) { reader.reset(); }, reader_);
  }
  int status() const {
    return std::visit([](const auto& reader) { return reader.status(); }, reader_);
  }
  std::uint64_t body_bytes() const {
    return std::visit([](const auto& reader) { return reader.body_bytes(); }, reader_);
  }
  bool closes() const {
    return std::visit([](const auto& reader) { return reader.closes(); }, reader_);
  }

 private:
  using Reader = std::variant<ResponseReader, FastcgiReader>;

  static Reader reader_of(Protocol protocol) {
    if (protocol == Protocol::Fastcgi) return FastcgiReader();
    using Head = ResponseReader::Head;
    return ResponseReader(protocol == Protocol::Scgi ? Head::Cgi : Head::Http);
  }

  Reader reader_;
};

}  // namespace penstock::bench
