// SPDX-License-Identifier: MIT
#include "console/view.h"

#include <gmock/gmock.h>

namespace penstock::console {
namespace {

View read(std::string_view json) {
  auto view = read_view(json);
  if (view) return std::move(*view);
  ADD_FAILURE() << view.error().what;
  return {};
}

TEST(View, ReadsWhatUwsgiSays) {
  const View view = read(R"({"version": "2.0.30", "pid": 5, "cwd": "/srv", "listen_queue": 3,
    "workers": [{"id": 1, "pid": 6, "status": "busy", "accepting": 1, "requests": 9,
                 "respawn_count": 2, "avg_rt": 1500,
                 "cores": [{"id": 0, "in_request": 0},
                           {"id": 1, "in_request": 1,
                            "vars": ["REQUEST_METHOD=GET", "REQUEST_URI=/a", ""]}]}]})");
  EXPECT_EQ(view.server, "uwsgi");
  EXPECT_EQ(view.uptime, -1);
  EXPECT_EQ(view.listen_queue, 3u);
  ASSERT_EQ(view.workers.size(), 1u);
  EXPECT_EQ(view.workers[0].state, "busy");
  EXPECT_EQ(view.workers[0].respawns, 1u);
  ASSERT_EQ(view.requests.size(), 1u);
  EXPECT_EQ(view.requests[0].text, "GET /a");
}

TEST(View, PutsTheOldestRequestFirst) {
  const View view = read(R"({"workers": [{"id": 1, "cores": [
      {"in_request": 1, "age": 5, "vars": ["REQUEST_METHOD=GET", "REQUEST_URI=/young"]}],
    "leaving": [{"pid": 3, "cores": [
      {"in_request": 1, "age": 50, "vars": ["REQUEST_METHOD=GET", "REQUEST_URI=/old"]}]}]}]})");
  ASSERT_EQ(view.requests.size(), 2u);
  EXPECT_EQ(view.requests[0].text, "GET /old");
  EXPECT_EQ(view.requests[0].pid, 3);
  EXPECT_EQ(view.workers[0].leaving, 1u);
}

TEST(View, LetsNoControlByteReachTheTerminal) {
  const View view = read(R"({"cwd": "/\u001b[2J", "workers": [{"id": 1, "status": "\u0007",
    "cores": [{"in_request": 1, "vars": ["REQUEST_METHOD=G\nT", "REQUEST_URI=/\u001b]0;x\u0007\u009b"]}]}]})");
  EXPECT_EQ(view.folder, "/\\x1b[2J");
  EXPECT_EQ(view.workers[0].state, "\\x07");
  EXPECT_EQ(view.requests[0].text, "G\\x0aT /\\x1b]0;x\\x07\\xc2\\x9b");
}

TEST(View, TakesWrongTypesForNothing) {
  const View view =
      read(R"({"pid": "5", "listen_queue": -3, "sockets": 1, "started_at": 5, "now": 4,
    "workers": [7, {"id": 1.5, "requests": null, "answers": [], "cores": [{"in_request": 1, "vars": [1]}]}]})");
  EXPECT_EQ(view.pid, 0);
  EXPECT_EQ(view.listen_queue, 0u);
  EXPECT_EQ(view.uptime, -1);
  EXPECT_EQ(view.workers.size(), 1u);
}

TEST(View, RefusesOtherTexts) {
  for (const std::string_view text : {"", "{", "[]", "{}", "HTTP/1.1 200 OK\r\n\r\n"})
    EXPECT_FALSE(read_view(text)) << text;
}

}  // namespace
}  // namespace penstock::console
