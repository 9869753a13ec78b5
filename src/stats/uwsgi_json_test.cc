// SPDX-License-Identifier: MIT
#include "stats/uwsgi_json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace penstock::stats {
namespace {

using Json = nlohmann::json;

Snapshot busy() {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  snapshot.pid = 10;
  snapshot.folder = "/srv/\"quoted\"";
  snapshot.now = 1000;
  snapshot.listen_overflows = 5;
  snapshot.sockets.push_back({"127.0.0.1:80", "http", 3, 1024});
  snapshot.sockets.push_back({"/run/x.sock", "uwsgi", 1, 100});
  WorkerSnapshot worker;
  worker.number = 1;
  worker.starts = 2;
  worker.counts.requests = 42;
  worker.counts.harakiris = 1;
  worker.counts.by_class[5] = 2;
  ProcessSnapshot process;
  process.state = WorkerState::Ready;
  process.pid = 11;
  process.running = 1;
  process.accepting = true;
  process.requests = 40;
  process.cores.resize(2);
  worker.core_requests = {40, 2};
  process.cores[1].in_request = true;
  process.cores[1].age = 3'000'000'000;
  process.cores[1].request = "GET /a\"b\\c\n\x80\x1b";
  process.cores[1].peer = "192.0.2.1";
  worker.processes = {process};
  snapshot.workers.resize(2);
  snapshot.workers[0] = worker;
  snapshot.workers[1].number = 2;
  return snapshot;
}

TEST(UwsgiJson, HasEveryKeyThatUwsgitopReads) {
  const Json json = Json::parse(uwsgi_json(busy(), {}));
  for (const char* const key : {"version", "listen_queue", "listen_queue_errors", "signal_queue",
                                "load", "pid", "uid", "gid", "cwd", "locks", "sockets", "workers"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const Json& worker : json["workers"])
    for (const char* const key :
         {"id", "pid", "accepting", "requests", "delta_requests", "exceptions", "harakiri_count",
          "signals", "signal_queue", "status", "rss", "vsz", "running_time", "last_spawn",
          "respawn_count", "tx", "avg_rt", "apps", "cores"})
      EXPECT_TRUE(worker.contains(key)) << key;
}

TEST(UwsgiJson, SumsTheQueuesOfAllSockets) {
  const Json json = Json::parse(uwsgi_json(busy(), {}));
  EXPECT_EQ(json["listen_queue"], 4);
  EXPECT_EQ(json["listen_queue_errors"], 5);
  EXPECT_EQ(json["sockets"][1]["name"], "/run/x.sock");
}

TEST(UwsgiJson, UsesTheWordsOfUwsgiForStates) {
  Snapshot snapshot = busy();
  EXPECT_EQ(Json::parse(uwsgi_json(snapshot, {}))["workers"][0]["status"], "busy");
  EXPECT_EQ(Json::parse(uwsgi_json(snapshot, {}))["workers"][1]["status"], "cheap");
  snapshot.workers[0].processes[0].running = 0;
  EXPECT_EQ(Json::parse(uwsgi_json(snapshot, {}))["workers"][0]["status"], "idle");
}

TEST(UwsgiJson, EscapesWhatPeersWrote) {
  const std::string text = uwsgi_json(busy(), {});
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\x1b")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\x80")));
  const Json core = Json::parse(text)["workers"][0]["cores"][1];
  EXPECT_EQ(core["vars"], (Json{"REQUEST_METHOD=GET", "REQUEST_URI=/a\"b\\c\n\uFFFD\x1b",
                                "REMOTE_ADDR=192.0.2.1", ""}));
  EXPECT_EQ(core["req_info"]["request_start"], 997);
  EXPECT_EQ(core["in_request"], 1);
  EXPECT_EQ(core["requests"], 2);
}

TEST(UwsgiJson, LeavesOutWhatIsNotWanted) {
  const std::string text = uwsgi_json(busy(), {.minified = true, .cores = false});
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("\n")));
  EXPECT_FALSE(Json::parse(text)["workers"][0].contains("cores"));
}

TEST(UwsgiJson, ShowsProcessesThatLeaveBesideTheirSuccessor) {
  Snapshot snapshot = busy();
  ProcessSnapshot old = snapshot.workers[0].processes[0];
  old.pid = 9;
  old.state = WorkerState::Stopping;
  snapshot.workers[0].processes.push_back(old);
  const Json worker = Json::parse(uwsgi_json(snapshot, {}))["workers"][0];
  EXPECT_EQ(worker["pid"], 11);
  EXPECT_EQ(worker["leaving"][0]["pid"], 9);
  EXPECT_EQ(worker["leaving"][0]["state"], "stopping");
  EXPECT_EQ(worker["leaving"][0]["cores"].size(), 2u);
}

}  // namespace
}  // namespace penstock::stats
