// SPDX-License-Identifier: MIT
// FastCGI 1.0 on the wire: records (section 3.3) and name-value pairs (section 3.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::proto::fastcgi {

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kMaxContent = 65535;
constexpr std::uint8_t kVersion = 1;

using RecordType = std::uint8_t;
constexpr RecordType kBeginRequest = 1;
constexpr RecordType kAbortRequest = 2;
constexpr RecordType kEndRequest = 3;
constexpr RecordType kParams = 4;
constexpr RecordType kStdin = 5;
constexpr RecordType kStdout = 6;
constexpr RecordType kStderr = 7;
constexpr RecordType kData = 8;
constexpr RecordType kGetValues = 9;
constexpr RecordType kGetValuesResult = 10;
constexpr RecordType kUnknownType = 11;

constexpr std::uint16_t kResponder = 1;  // the roles of kBeginRequest
constexpr std::uint16_t kAuthorizer = 2;
constexpr std::uint16_t kFilter = 3;

constexpr std::uint8_t kKeepConnection = 1;  // its flag

/// How kEndRequest ends a request.
enum class ProtocolStatus : std::uint8_t {
  RequestComplete = 0,
  CantMultiplex = 1,
  Overloaded = 2,
  UnknownRole = 3,
};

struct RecordHeader {
  std::uint8_t version = kVersion;
  RecordType type = 0;
  std::uint16_t id = 0;  // 0: about the connection, not a request
  std::uint16_t content = 0;
  std::uint8_t padding = 0;
};

/// `bytes` are kHeaderSize or more.
RecordHeader read_header(std::string_view bytes);
void append_header(std::string& out, const RecordHeader& header);

struct BeginRequest {
  std::uint16_t role = kResponder;
  std::uint8_t flags = 0;
};
constexpr std::size_t kBeginSize = 8;

/// The content of kBeginRequest, kBeginSize bytes.
BeginRequest read_begin(std::string_view content);

// Whole records, with no padding.
void append_begin(std::string& out, std::uint16_t id, const BeginRequest& begin);
void append_end(std::string& out, std::uint16_t id, std::uint32_t application_status,
                ProtocolStatus status);
void append_unknown_type(std::string& out, RecordType type);
/// Bytes of a stream, in as many records as they need; nothing for none.
void append_stream(std::string& out, RecordType type, std::uint16_t id, std::string_view bytes);
/// The empty record that ends a stream.
void append_stream_end(std::string& out, RecordType type, std::uint16_t id);

/// A name-value pair; lengths from 128 on take four bytes.
void append_pair(std::string& out, std::string_view name, std::string_view value);

/// One pair after the other of kParams or kGetValues, of which the views are.
class PairReader {
 public:
  struct Pair {
    std::string_view name;
    std::string_view value;
  };

  explicit PairReader(std::string_view pairs) : at_(pairs.data()), left_(pairs.size()) {}

  /// Nothing at the end, and where the pairs are malformed.
  std::optional<Pair> next() {
    if (left_ == 0) return std::nullopt;
    std::size_t name = 0;
    std::size_t value = 0;
    if (!take_length(name) || !take_length(value) || left_ < name || left_ - name < value) {
      fault_ = "a length among the FastCGI parameters reaches beyond their end";
      return std::nullopt;
    }
    if (name == 0) {
      fault_ = "a FastCGI parameter without a name";
      return std::nullopt;
    }
    const Pair pair{{at_, name}, {at_ + name, value}};
    at_ += name + value;
    left_ -= name + value;
    return pair;
  }

  /// After next() gave nothing: what is wrong, as static text; empty at the end.
  std::string_view fault() const { return fault_; }

 private:
  bool take_length(std::size_t& length) {
    if (left_ == 0) return false;
    length = static_cast<unsigned char>(*at_);
    const std::size_t size = length < 128 ? 1 : 4;
    if (left_ < size) return false;
    if (size == 4) length = long_length(at_);
    at_ += size;
    left_ -= size;
    return true;
  }

  static std::size_t long_length(const char* at);

  const char* at_;
  std::size_t left_;
  std::string_view fault_;
};

}  // namespace penstock::proto::fastcgi
