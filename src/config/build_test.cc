// SPDX-License-Identifier: MIT
#include "config/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <tuple>

#include "config/option_values.h"
#include "config/test_support.h"

namespace penstock::config {
namespace {

using testing::ElementsAre;
using testing::Pair;

Config built(const Pairs& pairs) {
  auto config = build_with(pairs);
  if (config) return std::move(*config);
  ADD_FAILURE() << config.error().what;
  return {};
}

TEST(Build, LetsTheLastSingleValueWinAndAddsListsUp) {
  const Config config = built({{"processes", "2"},
                               {"pythonpath", "/a"},
                               {"workers", "3"},
                               {"pp", "/b"},
                               {"env", "A=1"},
                               {"env", "B=x=y"},
                               {"env", "C="}});
  EXPECT_EQ(config.worker.processes, 3);
  EXPECT_THAT(config.app.python_path, ElementsAre("/a", "/b"));
  EXPECT_THAT(config.app.environment, ElementsAre(Pair("A", "1"), Pair("B", "x=y"), Pair("C", "")));
}

TEST(Build, FillsTheApp) {
  const Config config = built({{"callable", "create()"},
                               {"home", "/srv/env"},
                               {"chdir", "/srv/app"},
                               {"pyargv", "a  --b c"},
                               {"lazy", "true"}});
  EXPECT_EQ(config.app.module, "app");
  EXPECT_EQ(config.app.callable, "create()");
  EXPECT_EQ(config.app.virtualenv, "/srv/env");
  EXPECT_EQ(config.app.chdir, "/srv/app");
  EXPECT_THAT(config.app.arguments, ElementsAre("a", "--b", "c"));
  EXPECT_TRUE(config.app.lazy);
}

TEST(Build, KnowsWhoMayLookAtTheStatistics) {
  EXPECT_TRUE(built({}).stats.address.empty());
  const Config config = built({{"stats", "127.0.0.1:1717"},
                               {"stats-http", "true"},
                               {"stats-min", "true"},
                               {"stats-no-cores", "true"},
                               {"stats-no-metrics", "true"},
                               {"metrics", ":9100"}});
  EXPECT_EQ(config.stats.address, "127.0.0.1:1717");
  EXPECT_EQ(config.stats.metrics, ":9100");
  EXPECT_TRUE(config.stats.http);
  EXPECT_TRUE(config.stats.minified);
  EXPECT_FALSE(config.stats.cores);
}

TEST(Build, ListensWithTheProtocolOfEachOption) {
  const auto config = build(settings_of({{"socket", ":1"},
                                         {"uwsgi-socket", ":2"},
                                         {"http-socket", ":3"},
                                         {"http", "/run/x.sock"},
                                         {"fastcgi-socket", ":4"},
                                         {"scgi-socket", ":5"},
                                         {"fastcgi-nph-socket", ":6"},
                                         {"scgi-nph-socket", ":7"},
                                         {"module", "app"}}));
  ASSERT_TRUE(config) << config.error().what;
  std::vector<std::tuple<Protocol, std::string, std::string>> listeners;
  for (const ListenConfig& listen : config->listen)
    listeners.emplace_back(listen.protocol, listen.address, listen.origin);
  EXPECT_THAT(listeners, ElementsAre(std::tuple(Protocol::Uwsgi, ":1", "--socket"),
                                     std::tuple(Protocol::Uwsgi, ":2", "--uwsgi-socket"),
                                     std::tuple(Protocol::Http, ":3", "--http-socket"),
                                     std::tuple(Protocol::Http, "/run/x.sock", "--http"),
                                     std::tuple(Protocol::FastCgi, ":4", "--fastcgi-socket"),
                                     std::tuple(Protocol::Scgi, ":5", "--scgi-socket"),
                                     std::tuple(Protocol::FastCgiNph, ":6", "--fastcgi-nph-socket"),
                                     std::tuple(Protocol::ScgiNph, ":7", "--scgi-nph-socket")));
  EXPECT_EQ(config->socket.inherited, Protocol::Uwsgi);
}

TEST(Build, LetsTheProtocolDecideAboutPlainSocketsThatStandBeforeIt) {
  const auto config = build(settings_of(
      {{"socket", ":1"}, {"uwsgi-socket", ":2"}, {"protocol", "http"}, {"module", "app"}}));
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->listen[0].protocol, Protocol::Http);
  EXPECT_EQ(config->listen[1].protocol, Protocol::Uwsgi);
  EXPECT_EQ(config->socket.inherited, Protocol::Http);
  EXPECT_EQ(error_of(build_with({{"protocol", "raw"}})),
            "--protocol: expected uwsgi, http, fastcgi, scgi, fastcgi-nph or scgi-nph (Penstock "
            "speaks no others yet), got \"raw\"");
}

TEST(Build, KnowsEachProtocolByTheNameThatTheLogGivesIt) {
  for (const Protocol protocol : {Protocol::Http, Protocol::Uwsgi, Protocol::FastCgi,
                                  Protocol::Scgi, Protocol::FastCgiNph, Protocol::ScgiNph}) {
    const std::string name(protocol_name(protocol));
    EXPECT_EQ(built({{"socket-protocol", name}}).socket.inherited, protocol) << name;
  }
}

TEST(Build, SpeaksFastCgiOnStandardInputWhereNothingElseIsSaid) {
  EXPECT_EQ(built({}).socket.standard_input, Protocol::FastCgi);
  EXPECT_EQ(built({{"protocol", "uwsgi"}}).socket.standard_input, Protocol::Uwsgi);
  EXPECT_EQ(built({{"protocol", "http"}}).socket.standard_input, Protocol::Http);
}

TEST(Build, ReadsWhichWebServersMayConnect) {
  ::unsetenv("FCGI_WEB_SERVER_ADDRS");
  EXPECT_EQ(built({}).socket.fastcgi_peers, std::nullopt);
  ::setenv("FCGI_WEB_SERVER_ADDRS", "192.0.2.1, ::1,192.0.2.2", 1);
  EXPECT_THAT(built({}).socket.fastcgi_peers.value(), ElementsAre("192.0.2.1", "::1", "192.0.2.2"));
  ::setenv("FCGI_WEB_SERVER_ADDRS", "", 1);
  EXPECT_NE(built({}).socket.fastcgi_peers, std::nullopt);  // nobody
  ::unsetenv("FCGI_WEB_SERVER_ADDRS");
}

TEST(Build, SetsModeAndOwnerOfSockets) {
  EXPECT_EQ(built({}).socket.chmod, std::nullopt);
  EXPECT_EQ(built({{"chmod-socket", "666"}}).socket.chmod, 0666U);
  EXPECT_EQ(built({{"chmod", "0660"}}).socket.chmod, 0660U);
  for (const std::string bare : {"", "1", "true"})
    EXPECT_EQ(built({{"chmod-socket", bare}}).socket.chmod, 0666U);
  EXPECT_EQ(built({{"chown-socket", "www-data:adm"}}).socket.chown, "www-data:adm");
  for (const std::string wrong : {"9", "rw", "1777", "00660", "-1"})
    EXPECT_FALSE(build_with({{"chmod-socket", wrong}})) << wrong;
}

TEST(Build, TakesFlagsBothWays) {
  EXPECT_TRUE(built({}).log.requests);
  EXPECT_FALSE(built({{"disable-logging", "true"}}).log.requests);
  EXPECT_FALSE(built({{"disable-logging", ""}}).log.requests);
  EXPECT_TRUE(built({{"disable-logging", "true"}, {"disable-logging", "off"}}).log.requests);
  EXPECT_FALSE(built({{"lazy-apps", "1"}, {"lazy-apps", "no"}}).app.lazy);
}

TEST(Build, ReadsSizesAndTimesWithTheirUnits) {
  const Config config = built({{"max-head-bytes", "128K"},
                               {"limit-post", "10m"},
                               {"header-timeout", "500ms"},
                               {"body-timeout", "0"},
                               {"keepalive-timeout", "2m"},
                               {"worker-reload-mercy", "8"}});
  EXPECT_EQ(config.limits.head_bytes, 128U * 1024);
  EXPECT_EQ(config.limits.body_bytes, 10U << 20);
  EXPECT_EQ(config.limits.header_timeout, 500ms);
  EXPECT_EQ(config.limits.body_timeout, 0ms);
  EXPECT_EQ(config.limits.keepalive_timeout, 2min);
  EXPECT_EQ(config.worker.stop_grace, 8s);
}

TEST(Build, TakesNoLimitForUwsgisLimitPostOfZero) {
  EXPECT_EQ(built({{"limit-post", "0"}}).limits.body_bytes, kUnlimited);
}

TEST(Build, MapsUwsgisTimeoutsToOurs) {
  const LimitConfig all = built({{"socket-timeout", "7"}}).limits;
  EXPECT_EQ(all.header_timeout, 7s);
  EXPECT_EQ(all.body_timeout, 7s);
  EXPECT_EQ(all.write_timeout, 7s);
  EXPECT_EQ(all.keepalive_timeout, LimitConfig{}.keepalive_timeout);

  const LimitConfig router =
      built({{"http-timeout", "90"}, {"http-headers-timeout", "9"}, {"http-keepalive", "30"}})
          .limits;
  EXPECT_EQ(router.header_timeout, 9s);
  EXPECT_EQ(router.body_timeout, 90s);
  EXPECT_EQ(router.write_timeout, 90s);
  EXPECT_EQ(router.keepalive_timeout, 30s);

  for (const std::string plain : {"true", "1", "0", "false"})
    EXPECT_EQ(built({{"http-keepalive", plain}}).limits.keepalive_timeout,
              LimitConfig{}.keepalive_timeout);
  EXPECT_EQ(error_of(build_with({{"socket-timeout", "soon"}})),
            "--socket-timeout: expected a time such as 30 or 2m, at most 24h, got \"soon\"");
}

TEST(Build, LetsUwsgisSizesRaiseOurFloorsButNotLowerThem) {
  const LimitConfig standard;
  EXPECT_EQ(built({{"buffer-size", "4096"}}).limits.head_bytes, standard.head_bytes);
  EXPECT_EQ(built({{"buffer-size", "131072"}}).limits.head_bytes, 131072U);
  EXPECT_EQ(built({{"max-vars", "64"}}).limits.variables, standard.variables);
  EXPECT_EQ(built({{"max-vars", "4000"}}).limits.variables, 8000U);
  EXPECT_FALSE(build_with({{"buffer-size", "-1"}}));
  EXPECT_FALSE(build_with({{"max-vars", "32768"}}));
}

TEST(Build, SaysOptionValueWhatIsAllowedAndOrigin) {
  EXPECT_EQ(error_of(build_with({{"processes", "0"}})),
            "--processes: expected a whole number from 1 to 4096, got \"0\"");
  EXPECT_EQ(error_of(build_with({{"workers", "-4"}})),
            "--workers: expected a whole number from 1 to 4096, got \"-4\"");
  EXPECT_EQ(error_of(build_with({{"threads", "1025"}})),
            "--threads: expected a whole number from 1 to 1024, got \"1025\"");
  EXPECT_EQ(error_of(build_with({{"max-head-bytes", "4Q"}})),
            "--max-head-bytes: expected a size such as 4096, 64K or 128M from 1K to 16M, got "
            "\"4Q\"");
  EXPECT_EQ(error_of(build_with({{"listen", "99999999999999999999"}})),
            "--listen: expected a whole number from 1 to 1000000, got \"99999999999999999999\"");
  EXPECT_EQ(error_of(build_with({{"chmod-socket", "rw"}})),
            "--chmod-socket: expected an octal mode from 0 to 777, such as 660, got \"rw\"");
  EXPECT_EQ(error_of(build_with({{"env", "NAME"}})), "--env: expected NAME=VALUE, got \"NAME\"");
  EXPECT_EQ(error_of(build_with({{"env", "=x"}})), "--env: expected NAME=VALUE, got \"=x\"");
  EXPECT_EQ(error_of(build_with({{"chdir", ""}})), "--chdir: expected a text, got nothing");
  EXPECT_EQ(error_of(build_with({{"socket", ""}})), "--socket: expected an address, got nothing");
  EXPECT_EQ(error_of(build(settings_of({{"threads", "many\x1b[2J"}}, "site.ini:12"))),
            "site.ini:12: threads: expected a whole number from 1 to 1024, got "
            "\"many\\x1b[2J\"");
  EXPECT_EQ(error_of(build(settings_of({{"threads", "x"}}, "environment UWSGI_THREADS"))),
            "environment UWSGI_THREADS: expected a whole number from 1 to 1024, got \"x\"");
}

TEST(Build, SaysWhatIsUnknownAndWhere) {
  EXPECT_EQ(error_of(build(settings_of({{"proceses", "4"}}, "site.ini:3"))),
            "site.ini:3: proceses: no such option; did you mean processes?");
  EXPECT_EQ(error_of(build(settings_of({{"backtrace-depth", "9"}}, "site.ini:4"))),
            "site.ini:4: backtrace-depth: a uWSGI option that Penstock does not have yet");
  EXPECT_EQ(error_of(build(settings_of({{"help", "true"}}, "site.ini:5"))),
            "site.ini:5: help: works on the command line only");
}

TEST(Build, TakesTheLimitsOfRequests) {
  EXPECT_EQ(built({{"harakiri", "30"}}).time.harakiri, 30s);
  EXPECT_EQ(built({{"http-harakiri", "20"}}).time.harakiri, 20s);
  EXPECT_EQ(built({{"harakiri", "30"}, {"http-harakiri", "20"}}).time.harakiri, 30s);
  EXPECT_EQ(built({{"harakiri-graceful-timeout", "7"}}).time.harakiri_grace, 7s);
  EXPECT_TRUE(built({{"harakiri", "30"}}).time.harakiri_raise);
  EXPECT_FALSE(built({{"harakiri-raise", "false"}}).time.harakiri_raise);
  EXPECT_EQ(built({{"queue-timeout", "500ms"}}).time.queue, 500ms);
  EXPECT_EQ(built({{"limit-as", "128"}}).resources.address_space, 128U << 20);
  EXPECT_EQ(built({{"cpu-affinity", "2"}}).resources.cpus, 2);
  EXPECT_EQ(built({{"health", "/up"}}).health, "/up");
  EXPECT_EQ(error_of(build_with({{"health", "up"}})),
            "--health: expected a path that begins with /, got \"up\"");
}

TEST(Build, WantsSomewhereToListen) {
  const Settings settings = settings_of({{"module", "app"}});
  EXPECT_EQ(error_of(build(settings, InheritedSockets::No)),
            "nowhere to listen: name an address with --http-socket (HTTP) or --socket (uwsgi), "
            "such as --http-socket 127.0.0.1:8000");
  EXPECT_TRUE(build(settings, InheritedSockets::Yes));
  EXPECT_TRUE(build(settings_of({{"module", "app"}, {"http", ":80"}}), InheritedSockets::No));
}

TEST(Build, WantsExactlyOneApp) {
  EXPECT_EQ(error_of(build(settings_of({{"http", ":80"}}))),
            "no app to run: name one with --module package.module:callable or --wsgi-file FILE");
  EXPECT_TRUE(build(settings_of({{"http", ":80"}, {"file", "app.py"}})));
  EXPECT_EQ(error_of(build(settings_of({{"http", ":80"}, {"wsgi", "a"}, {"file", "app.py"}}))),
            "--wsgi and --file name two apps; one server runs one app");
}

TEST(Build, AcceptsWhatUwsgiConfigurationsSayForNothing) {
  const Pairs harmless{{"master", "true"},
                       {"enable-threads", "1"},
                       {"single-interpreter", "true"},
                       {"need-app", "true"},
                       {"die-on-term", "true"},
                       {"thunder-lock", "true"},
                       {"plugins", "http,python3"},
                       {"plugin", "python311"},
                       {"plugin", "python"},
                       {"autoload", "true"},
                       {"honour-stdin", "true"},
                       {"py-call-osafterfork", "true"},
                       {"py-call-uwsgi-fork-hooks", "true"},
                       {"ignore-sigpipe", "true"},
                       {"ignore-write-errors", "true"},
                       {"disable-write-exception", "true"},
                       {"skip-atexit", "true"},
                       {"max-fd", "65536"},
                       {"tcp-nodelay", "true"},
                       {"so-keepalive", "true"},
                       {"offload-threads", "2"}};
  const Config config = built(harmless);
  EXPECT_EQ(config.worker.processes, 1);
  EXPECT_EQ(error_of(build_with({{"plugin", "php"}})),
            "--plugin: expected plugins that are built in: python3 and http (others do not exist "
            "here), got \"php\"");
  EXPECT_FALSE(build_with({{"plugin", "python27"}}));
  EXPECT_FALSE(build_with({{"max-fd", "lots"}}));
}

TEST(Build, ExpandsPatternsOfThePythonPath) {
  const std::filesystem::path top =
      std::filesystem::path(testing::TempDir()) / "penstock_build_test_path";
  std::filesystem::create_directories(top / "b" / "lib");
  std::filesystem::create_directories(top / "a" / "lib");
  const Config config = built({{"pp", (top / "*" / "lib").string()}, {"pp", "/no/such/*"}});
  std::filesystem::remove_all(top);
  EXPECT_THAT(config.app.python_path, ElementsAre((top / "a" / "lib").string(),
                                                  (top / "b" / "lib").string(), "/no/such/*"));
}

TEST(Build, SpoolsWhereTheSystemPutsTemporaryFiles) {
  ::unsetenv("TMPDIR");
  EXPECT_EQ(built({}).limits.spool_directory, "/var/tmp");
  ::setenv("TMPDIR", "/scratch", 1);
  EXPECT_EQ(built({}).limits.spool_directory, "/scratch");
  EXPECT_EQ(built({{"spool-directory", "/srv/spool"}}).limits.spool_directory, "/srv/spool");
  ::unsetenv("TMPDIR");
}

TEST(Build, LetsTheBufferHoldWhatTheMemoryDoes) {
  EXPECT_EQ(built({{"response-memory", "1M"}, {"response-buffer", "64K"}}).limits.response_buffer,
            1U << 20);
}

TEST(Build, TakesMemoryInMegabytesAsUwsgiDoes) {
  const auto config =
      build({{"module", "app", ""}, {"reload-on-rss", "256", ""}, {"evil-reload-on-as", "2G", ""}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->recycle.rss, 256ULL << 20);
  EXPECT_EQ(config->recycle.evil_address_space, 2ULL << 30);
}

TEST(Build, RefusesLifetimesAndNumbersOfWorkersThatContradictEachOther) {
  const auto lifetimes = build({{"module", "app", ""}, {"max-worker-lifetime", "5", ""}});
  ASSERT_FALSE(lifetimes);
  EXPECT_EQ(lifetimes.error().what, "min-worker-lifetime must be shorter than max-worker-lifetime");
  const auto cheaper = build({{"module", "app", ""}, {"processes", "2", ""}, {"cheaper", "2", ""}});
  ASSERT_FALSE(cheaper);
  EXPECT_EQ(cheaper.error().what, "cheaper 2 must be below the number of processes, 2");
  const auto initial = build({{"module", "app", ""},
                              {"processes", "4", ""},
                              {"cheaper", "2", ""},
                              {"cheaper-initial", "5", ""}});
  ASSERT_FALSE(initial);
  EXPECT_EQ(initial.error().what,
            "cheaper-initial 5 must be from cheaper, 2, to the number of processes, 4");
}

}  // namespace
}  // namespace penstock::config
