// SPDX-License-Identifier: MIT
#include "proto/cgi_names.h"

#include <array>
#include <cstring>
#include <iterator>

#include "base/text.h"

namespace penstock::proto {

namespace {

using http::FieldId;

constexpr std::string_view kFieldPrefix = "HTTP_";

struct FieldName {
  std::string_view field;
  FieldId id = FieldId::Other;
};

constexpr FieldName kFields[] = {
    {"host", FieldId::Host},
    {"user-agent"},
    {"accept"},
    {"accept-encoding"},
    {"accept-language"},
    {"accept-charset"},
    {"cookie", FieldId::Cookie},
    {"connection", FieldId::Connection},
    {"keep-alive", FieldId::KeepAlive},
    {"proxy", FieldId::Proxy},
    {"proxy-connection", FieldId::ProxyConnection},
    {"content-length", FieldId::ContentLength},
    {"content-type", FieldId::ContentType},
    {"transfer-encoding", FieldId::TransferEncoding},
    {"te", FieldId::Te},
    {"trailer", FieldId::Trailer},
    {"upgrade", FieldId::Upgrade},
    {"expect", FieldId::Expect},
    {"date", FieldId::Date},
    {"server", FieldId::Server},
    {"x-forwarded-for", FieldId::XForwardedFor},
    {"x-forwarded-proto", FieldId::XForwardedProto},
    {"x-forwarded-host"},
    {"x-forwarded-port"},
    {"x-forwarded-ssl"},
    {"x-real-ip"},
    {"x-request-id"},
    {"x-requested-with"},
    {"x-csrftoken"},
    {"x-scheme"},
    {"authorization"},
    {"cache-control"},
    {"content-encoding"},
    {"content-language"},
    {"dnt"},
    {"forwarded"},
    {"from"},
    {"if-match"},
    {"if-modified-since"},
    {"if-none-match"},
    {"if-range"},
    {"if-unmodified-since"},
    {"origin"},
    {"pragma"},
    {"priority"},
    {"range"},
    {"referer"},
    {"sec-ch-ua"},
    {"sec-ch-ua-mobile"},
    {"sec-ch-ua-platform"},
    {"sec-fetch-dest"},
    {"sec-fetch-mode"},
    {"sec-fetch-site"},
    {"sec-fetch-user"},
    {"sec-gpc"},
    {"sec-websocket-extensions"},
    {"sec-websocket-key"},
    {"sec-websocket-protocol"},
    {"sec-websocket-version"},
    {"traceparent"},
    {"tracestate"},
    {"upgrade-insecure-requests"},
    {"via"},
};

struct Variable {
  std::string_view name;
  CgiName meaning;
};

constexpr Variable kVariables[] = {
    {"REQUEST_METHOD", CgiName::RequestMethod}, {"REQUEST_URI", CgiName::RequestUri},
    {"PATH_INFO", CgiName::PathInfo},           {"QUERY_STRING", CgiName::QueryString},
    {"SCRIPT_NAME", CgiName::ScriptName},       {"SERVER_PROTOCOL", CgiName::ServerProtocol},
    {"SERVER_NAME", CgiName::ServerName},       {"SERVER_PORT", CgiName::ServerPort},
    {"REMOTE_ADDR", CgiName::RemoteAddr},       {"REMOTE_PORT", CgiName::RemotePort},
    {"REMOTE_USER", CgiName::RemoteUser},       {"CONTENT_TYPE", CgiName::ContentType},
    {"CONTENT_LENGTH", CgiName::ContentLength}, {"HTTPS", CgiName::Https},
    {"REQUEST_SCHEME", CgiName::RequestScheme}, {"UWSGI_SCHEME", CgiName::UwsgiScheme},
    {"DOCUMENT_URI", CgiName::DocumentUri},     {"SCRIPT_FILENAME", CgiName::ScriptFilename},
};

constexpr std::size_t kFieldCount = std::size(kFields);
constexpr std::size_t kNameCount = kFieldCount + std::size(kVariables);
static_assert(kNameCount <= kMostKnownNames);

// "HTTP_USER_AGENT" and its kin, made from kFields so that each name stands here once.
constexpr std::size_t kLongestName = 32;
constexpr auto kFieldVariables = [] {
  std::array<std::array<char, kLongestName>, kFieldCount> names{};
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    std::size_t at = 0;
    for (const char c : kFieldPrefix)
      names[i][at++] = c;
    for (const char c : kFields[i].field)
      names[i][at++] = c == '-' ? '_' : text::upper(c);
  }
  return names;
}();

constexpr auto kNames = [] {
  std::array<KnownName, kNameCount> names{};
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const std::size_t size = kFieldPrefix.size() + kFields[i].field.size();
    names[i] = {std::string_view(kFieldVariables[i].data(), size), CgiName::Field, kFields[i].field,
                kFields[i].id};
  }
  for (std::size_t i = 0; i < std::size(kVariables); ++i)
    names[kFieldCount + i] = {kVariables[i].name, kVariables[i].meaning, {}, FieldId::Other};
  return names;
}();

// Open addressing with linear probes. A place is 1 + the index of a name; 0 ends a search.
constexpr std::size_t kSlots = 512;
constexpr auto kTable = [] {
  std::array<std::uint8_t, kSlots> slots{};
  for (std::size_t i = 0; i < kNameCount; ++i) {
    std::size_t at = hash_name(kNames[i].name) % kSlots;
    while (slots[at] != 0)
      at = (at + 1) % kSlots;
    slots[at] = static_cast<std::uint8_t>(i + 1);
  }
  return slots;
}();

std::uint64_t name_half(const char* at) {
  std::uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

/// Names are short and mostly equal here: a call of memcmp would cost more than the comparison.
bool equal(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) return false;
  if (size < 8) {
    const std::size_t last = size - 4;
    return ((name_word(a.data()) ^ name_word(b.data())) |
            (name_word(a.data() + last) ^ name_word(b.data() + last))) == 0;
  }
  const std::size_t last = size - 8;
  std::uint64_t differs = name_half(a.data() + last) ^ name_half(b.data() + last);
  for (std::size_t at = 0; at < last; at += 8)
    differs |= name_half(a.data() + at) ^ name_half(b.data() + at);
  return differs == 0;
}

}  // namespace

FoundName find_known_name(std::string_view name, std::uint32_t hash) {
  for (std::size_t at = hash % kSlots; kTable[at] != 0; at = (at + 1) % kSlots) {
    const auto place = static_cast<std::uint8_t>(kTable[at] - 1);
    if (equal(kNames[place].name, name)) return {&kNames[place], place};
  }
  return {};
}

}  // namespace penstock::proto
