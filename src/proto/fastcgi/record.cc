// SPDX-License-Identifier: MIT
#include "proto/fastcgi/record.h"

#include <algorithm>

#include "base/check.h"

namespace penstock::proto::fastcgi {

namespace {

constexpr std::size_t kLongLength = 128;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint16_t read_number(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

void append_byte(std::string& out, std::size_t byte) {
  out += static_cast<char>(byte & 0xff);
}

void append_number(std::string& out, std::size_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    append_byte(out, number >> shift);
}

void append_length(std::string& out, std::size_t length) {
  CHECK(length < std::size_t{1} << 31);
  if (length < kLongLength)
    append_byte(out, length);
  else
    append_number(out, length | std::size_t{1} << 31, 4);
}

}  // namespace

RecordHeader read_header(std::string_view bytes) {
  return {.version = static_cast<std::uint8_t>(bytes[0]),
          .type = static_cast<std::uint8_t>(bytes[1]),
          .id = read_number(bytes, 2),
          .content = read_number(bytes, 4),
          .padding = static_cast<std::uint8_t>(bytes[6])};
}

void append_header(std::string& out, const RecordHeader& header) {
  const char bytes[kHeaderSize] = {
      static_cast<char>(header.version),      static_cast<char>(header.type),
      static_cast<char>(header.id >> 8),      static_cast<char>(header.id & 0xff),
      static_cast<char>(header.content >> 8), static_cast<char>(header.content & 0xff),
      static_cast<char>(header.padding),      0};
  out.append(bytes, kHeaderSize);
}

BeginRequest read_begin(std::string_view content) {
  return {.role = read_number(content, 0), .flags = static_cast<std::uint8_t>(content[2])};
}

void append_begin(std::string& out, std::uint16_t id, const BeginRequest& begin) {
  append_header(out, {.type = kBeginRequest, .id = id, .content = kBeginSize});
  append_number(out, begin.role, 2);
  append_byte(out, begin.flags);
  out.append(5, '\0');
}

void append_end(std::string& out, std::uint16_t id, std::uint32_t application_status,
                ProtocolStatus status) {
  append_header(out, {.type = kEndRequest, .id = id, .content = 8});
  append_number(out, application_status, 4);
  append_byte(out, static_cast<std::size_t>(status));
  out.append(3, '\0');
}

void append_unknown_type(std::string& out, RecordType type) {
  append_header(out, {.type = kUnknownType, .content = 8});
  append_byte(out, type);
  out.append(7, '\0');
}

void append_stream(std::string& out, RecordType type, std::uint16_t id, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kMaxContent);
    bytes.remove_prefix(part.size());
    append_header(out,
                  {.type = type, .id = id, .content = static_cast<std::uint16_t>(part.size())});
    out += part;
  }
}

void append_stream_end(std::string& out, RecordType type, std::uint16_t id) {
  append_header(out, {.type = type, .id = id});
}

void append_pair(std::string& out, std::string_view name, std::string_view value) {
  append_length(out, name.size());
  append_length(out, value.size());
  out += name;
  out += value;
}

std::size_t PairReader::long_length(const char* at) {
  const std::string_view bytes(at, 4);
  return (byte_at(bytes, 0) & 0x7f) << 24 | byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 |
         byte_at(bytes, 3);
}

}  // namespace penstock::proto::fastcgi
