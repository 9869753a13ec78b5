// SPDX-License-Identifier: MIT
// The names of CGI variables that nearly every request carries, and what each of them means
// (RFC 3875, section 4.1). Found without a copy: the lower-case field names are static.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/field.h"

namespace penstock::proto {

enum class CgiName : std::uint8_t {
  Field,  // HTTP_*: a header field
  RequestMethod,
  RequestUri,
  PathInfo,
  QueryString,
  ScriptName,
  ServerProtocol,
  ServerName,
  ServerPort,
  RemoteAddr,
  RemotePort,
  RemoteUser,
  ContentType,
  ContentLength,
  Https,
  RequestScheme,
  UwsgiScheme,
  DocumentUri,
  ScriptFilename,
};

struct KnownName {
  std::string_view name;  // "HTTP_USER_AGENT"
  CgiName meaning;
  std::string_view field;  // "user-agent"
  http::FieldId id;
};

inline constexpr std::size_t kShortestKnownName = 5;
inline constexpr std::size_t kMostKnownNames = 128;

/// Four bytes as a number. Written so that a compiler makes one load of it.
constexpr std::uint32_t name_word(const char* at) {
  const auto byte = [&](int i) { return std::uint32_t{static_cast<unsigned char>(at[i])}; };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

/// Spreads names of `kShortestKnownName` bytes and more over 32 bits.
constexpr std::uint32_t hash_name(std::string_view name) {
  const std::size_t size = name.size();
  const std::uint32_t last = name_word(name.data() + size - 4);
  const std::uint32_t middle = name_word(name.data() + size / 2 - 2);
  const std::uint32_t mixed =
      last ^ (middle * 0x97f2a703U) ^ (static_cast<std::uint32_t>(size) * 0x9e3779b1U);
  const std::uint32_t spread = mixed * 0x23669677U;
  return spread ^ (spread >> 15);
}

/// The entry of a name, and its place in the table (below kMostKnownNames); null where the name
/// is none of them. `hash` is hash_name(name).
struct FoundName {
  const KnownName* entry = nullptr;
  std::uint8_t place = 0;
};
FoundName find_known_name(std::string_view name, std::uint32_t hash);

}  // namespace penstock::proto
