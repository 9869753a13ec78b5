// SPDX-License-Identifier: MIT
#include "config/apply.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace penstock::config {
namespace {

TEST(Apply, AllowsACommentBehindAValueThatCannotHoldOne) {
  const auto config = build_with({{"processes", "4   ; as many as cores"},
                                  {"threads", "2\t# each"},
                                  {"limit-post", "1M ; of a body"},
                                  {"buffer-size", "131072  # long cookies"},
                                  {"chmod-socket", "660 ; the group too"},
                                  {"max-fd", "1000 ; whatever"},
                                  {"disable-logging", "true   ; quiet"}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->worker.processes, 4);
  EXPECT_EQ(config->worker.threads, 2);
  EXPECT_EQ(config->limits.body_bytes, 1U << 20);
  EXPECT_EQ(config->limits.head_bytes, 131072U);
  EXPECT_EQ(config->socket.chmod, 0660U);
  EXPECT_FALSE(config->log.requests);
  EXPECT_TRUE(build_with({{"disable-logging", "false  ; loud"}})->log.requests);
}

TEST(Apply, LeavesTextsAlone) {
  const auto config = build_with({{"env", "A=1 ; 2 # 3"}, {"chdir", "/a ;b"}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->app.environment.at(0).second, "1 ; 2 # 3");
  EXPECT_EQ(config->app.chdir, "/a ;b");
}

TEST(Apply, TellsTheWholeValueThatIsWrong) {
  EXPECT_EQ(error_of(build_with({{"processes", "many ; of them"}})),
            "--processes: expected a whole number from 1 to 4096, got \"many ; of them\"");
  EXPECT_EQ(error_of(build_with({{"processes", "4;5"}})),
            "--processes: expected a whole number from 1 to 4096, got \"4;5\"");
  EXPECT_EQ(error_of(build_with({{"processes", "; 4"}})),
            "--processes: expected a whole number from 1 to 4096, got \"; 4\"");
}

TEST(Apply, MountsOneAppAtTheRoot) {
  const Setting place{"http-socket", ":80", std::string(kCommandLine)};
  const auto mounted = [&](const std::string& value) {
    return build({place, {"mount", value, "site.ini:2"}});
  };
  EXPECT_EQ(mounted("/=blog:app")->app.module, "blog:app");
  EXPECT_EQ(mounted("/=app.py")->app.file, "app.py");
  EXPECT_EQ(mounted("/=site.wsgi")->app.file, "site.wsgi");
  for (const std::string value : {"/blog=blog:app", "/=", "blog:app", ""})
    EXPECT_TRUE(error_of(mounted(value)).starts_with("site.ini:2: mount: expected /=APP "))
        << value;
  EXPECT_EQ(error_of(build({place, {"mount", "/=app.py", "a.ini:1"}, {"module", "b", "a.ini:2"}})),
            "a.ini:2: module and a.ini:1: mount name two apps; one server runs one app");
}

TEST(Apply, PutsSharedSocketsWhereTheyAreUsed) {
  const auto config = build_with({{"http", "=1"},
                                  {"shared-socket", "127.0.0.1:80"},
                                  {"undeferred-shared-socket", "127.0.0.1:81"},
                                  {"socket", "=0"}});
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->listen[0].address, "127.0.0.1:81");
  EXPECT_EQ(config->listen[1].address, "127.0.0.1:80");
  EXPECT_EQ(error_of(build_with({{"http", "=1"}, {"shared-socket", ":80"}})),
            "--http: there is no shared socket =1");
  EXPECT_EQ(error_of(build_with({{"http", "=x"}})), "--http: there is no shared socket =x");
  EXPECT_EQ(error_of(build_with({{"shared-socket", ":80"}})),
            "shared-socket :80: no socket uses it, such as http = =0");
}

TEST(Apply, RoutesHttpToNobodyButItself) {
  EXPECT_TRUE(build_with({{"socket", ":3031"}, {"http-to", "127.0.0.1:3031"}}));
  EXPECT_TRUE(build_with({{"http-to", "/run/x.sock"}, {"socket", "/run/x.sock"}}));
  EXPECT_EQ(error_of(build_with({{"socket", ":3031"}, {"http-to", "127.0.0.1:3032"}})),
            "--http-to: expected the address of one of this server's own sockets (the web server "
            "in front may balance over others, such as nginx with upstream), got "
            "\"127.0.0.1:3032\"");
}

TEST(Apply, GrantsTheOneHookThatStopsGracefully) {
  EXPECT_TRUE(
      build_with({{"hook-master-start", "unix_signal:15 gracefully_kill_them_all"},
                  {"hook-master-start", "unix_signal:2\tgracefully_kill_them_all"},
                  {"hook-master-start", "unix_signal:15  gracefully_kill_them_all # yes"}}));
  for (const std::string hook : {"exec:date", "unix_signal:1 gracefully_kill_them_all",
                                 "unix_signal:15 reload", "unix_signal:15", ""})
    EXPECT_FALSE(build_with({{"hook-master-start", hook}})) << hook;
}

}  // namespace
}  // namespace penstock::config
