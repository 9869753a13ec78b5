// SPDX-License-Identifier: MIT
#include "proto/uwsgi/packet.h"

#include "base/check.h"

namespace penstock::proto::uwsgi {

namespace {

void append_length(std::string& out, std::size_t length) {
  CHECK(length <= 65535);
  out += static_cast<char>(length & 0xff);
  out += static_cast<char>(length >> 8);
}

}  // namespace

Prefix read_prefix(std::string_view bytes) {
  return {.modifier1 = static_cast<std::uint8_t>(bytes[0]),
          .block_size = read_length(bytes.data() + 1),
          .modifier2 = static_cast<std::uint8_t>(bytes[3])};
}

void append_variable(std::string& block, std::string_view name, std::string_view value) {
  append_length(block, name.size());
  block += name;
  append_length(block, value.size());
  block += value;
}

std::string make_packet(std::string_view block, std::uint8_t modifier1, std::uint8_t modifier2) {
  std::string packet;
  packet.reserve(kPrefixSize + block.size());
  packet += static_cast<char>(modifier1);
  append_length(packet, block.size());
  packet += static_cast<char>(modifier2);
  packet += block;
  return packet;
}

}  // namespace penstock::proto::uwsgi
