// SPDX-License-Identifier: MIT
#include "proto/cgi_names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

namespace penstock::proto {
namespace {

const KnownName* find(std::string_view name) {
  return find_known_name(name, hash_name(name)).entry;
}

TEST(CgiNames, KnowsTheVariablesOfRfc3875) {
  struct Row {
    std::string_view name;
    CgiName meaning;
  };
  for (const Row& row : {Row{"REQUEST_METHOD", CgiName::RequestMethod},
                         {"REQUEST_URI", CgiName::RequestUri},
                         {"PATH_INFO", CgiName::PathInfo},
                         {"QUERY_STRING", CgiName::QueryString},
                         {"SCRIPT_NAME", CgiName::ScriptName},
                         {"SERVER_PROTOCOL", CgiName::ServerProtocol},
                         {"SERVER_NAME", CgiName::ServerName},
                         {"SERVER_PORT", CgiName::ServerPort},
                         {"REMOTE_ADDR", CgiName::RemoteAddr},
                         {"REMOTE_PORT", CgiName::RemotePort},
                         {"REMOTE_USER", CgiName::RemoteUser},
                         {"CONTENT_TYPE", CgiName::ContentType},
                         {"CONTENT_LENGTH", CgiName::ContentLength},
                         {"HTTPS", CgiName::Https},
                         {"REQUEST_SCHEME", CgiName::RequestScheme},
                         {"UWSGI_SCHEME", CgiName::UwsgiScheme},
                         {"DOCUMENT_URI", CgiName::DocumentUri},
                         {"SCRIPT_FILENAME", CgiName::ScriptFilename}}) {
    const KnownName* known = find(row.name);
    ASSERT_NE(known, nullptr) << row.name;
    EXPECT_EQ(known->name, row.name);
    EXPECT_EQ(known->meaning, row.meaning) << row.name;
  }
}

TEST(CgiNames, GivesFieldsTheirNameAndIdentity) {
  struct Row {
    std::string_view variable;
    std::string_view field;
  };
  for (const Row& row : {Row{"HTTP_HOST", "host"},
                         {"HTTP_USER_AGENT", "user-agent"},
                         {"HTTP_TE", "te"},
                         {"HTTP_X_FORWARDED_PROTO", "x-forwarded-proto"},
                         {"HTTP_UPGRADE_INSECURE_REQUESTS", "upgrade-insecure-requests"}}) {
    const KnownName* known = find(row.variable);
    ASSERT_NE(known, nullptr) << row.variable;
    EXPECT_EQ(known->meaning, CgiName::Field);
    EXPECT_EQ(known->field, row.field);
    EXPECT_EQ(known->id, http::identify_field(row.field)) << row.field;
  }
}

// A field with an identity that is not in the table would reach the application as Other, past
// the policy that drops it.
TEST(CgiNames, KnowsEveryFieldThatTheServerUnderstands) {
  std::set<http::FieldId> found;
  for (const std::string_view variable :
       {"HTTP_CONNECTION", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_COOKIE", "HTTP_DATE",
        "HTTP_EXPECT", "HTTP_HOST", "HTTP_KEEP_ALIVE", "HTTP_PROXY", "HTTP_PROXY_CONNECTION",
        "HTTP_SERVER", "HTTP_TE", "HTTP_TRAILER", "HTTP_TRANSFER_ENCODING", "HTTP_UPGRADE",
        "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"}) {
    const KnownName* known = find(variable);
    ASSERT_NE(known, nullptr) << variable;
    EXPECT_EQ(known->id, http::identify_field(known->field)) << variable;
    found.insert(known->id);
  }
  const auto last = static_cast<std::size_t>(http::FieldId::XForwardedProto);
  EXPECT_EQ(found.size(), last) << "every FieldId but Other";
}

TEST(CgiNames, TakesNothingElseForAKnownName) {
  for (const std::string_view name :
       {"HTTP_HOSt", "HTTP_HOST_", "HTTP_HOS", "PATH_INF0", "https", "HTTP-HOST", "HTTP_",
        "DOCUMENT_ROOT", "SERVER_SOFTWARE", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    EXPECT_EQ(find(name), nullptr) << name;
}

TEST(CgiNames, GivesEachNameAPlaceOfItsOwn) {
  std::set<int> places;
  for (const std::string_view name : {"HTTP_HOST", "HTTP_ACCEPT", "REQUEST_METHOD", "HTTPS",
                                      "SCRIPT_FILENAME", "HTTP_VIA", "PATH_INFO"}) {
    const FoundName found = find_known_name(name, hash_name(name));
    ASSERT_NE(found.entry, nullptr) << name;
    EXPECT_LT(found.place, kMostKnownNames);
    EXPECT_TRUE(places.insert(found.place).second) << name;
  }
}

}  // namespace
}  // namespace penstock::proto
