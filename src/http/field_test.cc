// SPDX-License-Identifier: MIT
#include "http/field.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace penstock::http {
namespace {

struct Known {
  std::string_view name;
  FieldId id;
};

constexpr Known kKnown[] = {
    {"Connection", FieldId::Connection},
    {"Content-Length", FieldId::ContentLength},
    {"Content-Type", FieldId::ContentType},
    {"Cookie", FieldId::Cookie},
    {"Date", FieldId::Date},
    {"Expect", FieldId::Expect},
    {"Host", FieldId::Host},
    {"Keep-Alive", FieldId::KeepAlive},
    {"Proxy", FieldId::Proxy},
    {"Proxy-Connection", FieldId::ProxyConnection},
    {"Server", FieldId::Server},
    {"TE", FieldId::Te},
    {"Trailer", FieldId::Trailer},
    {"Transfer-Encoding", FieldId::TransferEncoding},
    {"Upgrade", FieldId::Upgrade},
    {"X-Forwarded-For", FieldId::XForwardedFor},
    {"X-Forwarded-Proto", FieldId::XForwardedProto},
};

TEST(IdentifyField, KnowsItsNamesInAnyCase) {
  for (const Known& known : kKnown) {
    std::string lower;
    std::string upper;
    for (const char c : known.name) {
      lower.push_back(text::lower(c));
      upper.push_back(text::upper(c));
    }
    EXPECT_EQ(identify_field(known.name), known.id) << known.name;
    EXPECT_EQ(identify_field(lower), known.id) << lower;
    EXPECT_EQ(identify_field(upper), known.id) << upper;
  }
}

TEST(IdentifyField, TakesNoOtherByteForALetterOrADash) {
  for (const Known& known : kKnown) {
    for (std::size_t place = 0; place < known.name.size(); ++place) {
      for (unsigned i = 0; i < 256; ++i) {
        const auto c = static_cast<char>(i);
        if (text::lower(c) == text::lower(known.name[place])) continue;
        std::string other(known.name);
        other[place] = c;
        EXPECT_EQ(identify_field(other), FieldId::Other) << other;
      }
    }
  }
}

TEST(IdentifyField, TakesNoLongerOrShorterName) {
  for (const Known& known : kKnown) {
    EXPECT_EQ(identify_field(std::string(known.name) + "s"), FieldId::Other);
    EXPECT_EQ(identify_field(std::string(known.name) + "-"), FieldId::Other);
    EXPECT_EQ(identify_field("x" + std::string(known.name)), FieldId::Other);
    EXPECT_EQ(identify_field(known.name.substr(1)), FieldId::Other);
    EXPECT_EQ(identify_field(known.name.substr(0, known.name.size() - 1)), FieldId::Other);
  }
  EXPECT_EQ(identify_field(""), FieldId::Other);
  EXPECT_EQ(identify_field(std::string(1000, 'x')), FieldId::Other);
}

TEST(IsToken, AcceptsWhatTheRfcLists) {
  constexpr std::string_view kTokenBytes =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<char>(i);
    const bool token = kTokenBytes.find(c) != kTokenBytes.npos;
    EXPECT_EQ(is_token(std::string(1, c)), token) << i;
    EXPECT_EQ(is_token("x" + std::string(1, c)), token) << i;
    EXPECT_EQ(is_token(std::string(1, c) + "x"), token) << i;
  }
  EXPECT_FALSE(is_token(""));
}

TEST(IsFieldValue, RefusesControlBytesButTab) {
  for (unsigned i = 0; i < 256; ++i) {
    const bool allowed = (i >= 32 && i != 127) || i == '\t';
    EXPECT_EQ(is_field_value(std::string(1, static_cast<char>(i))), allowed) << i;
    EXPECT_EQ(is_field_value(std::string(40, ' ') + static_cast<char>(i) + "."), allowed) << i;
  }
  EXPECT_TRUE(is_field_value(""));
}

}  // namespace
}  // namespace penstock::http
