// SPDX-License-Identifier: MIT
#include "http/field.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "http/byte_class.h"

namespace penstock::http {

namespace {

/// A known name as 64-bit words and the bits in which its letters may differ by their case.
/// Words of names longer than eight bytes overlap, so that no byte beyond the name is read.
struct KnownName {
  std::size_t length = 0;
  FieldId id = FieldId::Other;
  std::array<char, 24> lower{};
  std::array<char, 24> case_bits{};
};

// Length and first letter tell all known names apart.
constexpr std::size_t kSlots = 64;
constexpr std::size_t slot_of(std::size_t length, char first) {
  return (length * 2 + static_cast<unsigned char>(first | 0x20) * 3u) % kSlots;
}

struct Entry {
  std::string_view name;
  FieldId id;
};

constexpr std::array kEntries{
    Entry{"connection", FieldId::Connection},
    Entry{"content-length", FieldId::ContentLength},
    Entry{"content-type", FieldId::ContentType},
    Entry{"cookie", FieldId::Cookie},
    Entry{"date", FieldId::Date},
    Entry{"expect", FieldId::Expect},
    Entry{"host", FieldId::Host},
    Entry{"keep-alive", FieldId::KeepAlive},
    Entry{"proxy", FieldId::Proxy},
    Entry{"proxy-connection", FieldId::ProxyConnection},
    Entry{"server", FieldId::Server},
    Entry{"te", FieldId::Te},
    Entry{"trailer", FieldId::Trailer},
    Entry{"transfer-encoding", FieldId::TransferEncoding},
    Entry{"upgrade", FieldId::Upgrade},
    Entry{"x-forwarded-for", FieldId::XForwardedFor},
    Entry{"x-forwarded-proto", FieldId::XForwardedProto},
};

constexpr std::array<KnownName, kSlots> kKnown = [] {
  std::array<KnownName, kSlots> known{};
  for (const Entry& entry : kEntries) {
    KnownName& slot = known[slot_of(entry.name.size(), entry.name[0])];
    slot.length = entry.name.size();
    slot.id = entry.id;
    for (std::size_t i = 0; i < entry.name.size(); ++i) {
      slot.lower[i] = entry.name[i];
      slot.case_bits[i] = entry.name[i] == '-' ? '\0' : '\x20';
    }
  }
  return known;
}();

static_assert(std::count_if(kKnown.begin(), kKnown.end(), [](const KnownName& known) {
                return known.length != 0;
              }) == std::ssize(kEntries));

template <class Word>
Word load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

template <class Word>
bool same(const KnownName& known, const char* name, std::size_t at) {
  const auto folded =
      static_cast<Word>(load<Word>(name + at) | load<Word>(known.case_bits.data() + at));
  return folded == load<Word>(known.lower.data() + at);
}

bool matches(const KnownName& known, std::string_view name) {
  const std::size_t size = name.size();
  if (size >= 8) {
    return same<std::uint64_t>(known, name.data(), 0) &&
           (size <= 16 || same<std::uint64_t>(known, name.data(), 8)) &&
           same<std::uint64_t>(known, name.data(), size - 8);
  }
  if (size >= 4) {
    return same<std::uint32_t>(known, name.data(), 0) &&
           same<std::uint32_t>(known, name.data(), size - 4);
  }
  return same<std::uint16_t>(known, name.data(), 0);
}

constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> bytes{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    bytes[static_cast<unsigned char>(c)] = true;
  return bytes;
}();

}  // namespace

FieldId identify_field(std::string_view name) {
  if (name.empty()) return FieldId::Other;
  const KnownName& known = kKnown[slot_of(name.size(), name[0])];
  if (known.length != name.size()) return FieldId::Other;
  return matches(known, name) ? known.id : FieldId::Other;
}

bool is_token(std::string_view text) {
  bool all = !text.empty();
  for (const char c : text)
    all = all && kTokenBytes[static_cast<unsigned char>(c)];
  return all;
}

bool is_field_value(std::string_view text) {
  return !has_control(text);
}

}  // namespace penstock::http
