// SPDX-License-Identifier: MIT
#include "spawnfcgi/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock::spawnfcgi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Request> read(std::vector<std::string> words, bool is_root = true) {
  words.insert(words.begin(), "spawn-fcgi");
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  return parse(static_cast<int>(words.size()), argv.data(), is_root);
}

std::string refusal(std::vector<std::string> words) {
  const auto request = read(std::move(words));
  return request ? "" : request.error().what;
}

std::vector<std::string> addresses(std::vector<std::string> words) {
  words.insert(words.end(), {"--", "app"});
  std::vector<std::string> texts;
  const auto request = read(std::move(words));
  if (!request) return {request.error().what};
  for (const Place& place : request->options.places)
    texts.push_back(place.path.empty() ? place.address + ":" + std::to_string(place.port)
                                       : place.path);
  return texts;
}

TEST(Options, HaveSpawnFcgisDefaults) {
  const auto request = read({"-p", "9000", "--", "app", "-x", "y"});
  ASSERT_TRUE(request);
  const Options& options = request->options;
  EXPECT_EQ(request->kind, Request::Kind::Spawn);
  EXPECT_THAT(options.program, ElementsAre("app", "-x", "y"));
  EXPECT_EQ(options.children, 1);
  EXPECT_EQ(options.backlog, 1024);
  EXPECT_FALSE(options.foreground);
  EXPECT_FALSE(options.mode);
  EXPECT_FALSE(options.php_children);
}

TEST(Options, MustNotBeEmpty) {
  for (const std::string option :
       {"-a", "-b", "-c", "-C", "-d", "-f", "-F", "-g", "-G", "-M", "-p", "-P", "-s", "-u", "-U"})
    EXPECT_EQ(refusal({"-s", "x.sock", option, "", "--", "app"}), option + " is empty");
}

TEST(Options, AreReadWhereverTheyStandBeforeTheProgram) {
  const auto request = read(
      {"-n",   "-F",   "3",    "-b",      "7",     "-C",     "2",  "-P",           "pids", "-M",
       "0770", "-d",   "/www", "-c",      "/jail", "-S",     "-u", "web",          "-g",   "www",
       "-U",   "sock", "-G",   "clients", "-s",    "x.sock", "-f", "/www/index.py"});
  ASSERT_TRUE(request);
  const Options& options = request->options;
  EXPECT_TRUE(options.foreground);
  EXPECT_EQ(options.children, 3);
  EXPECT_EQ(options.backlog, 7);
  EXPECT_EQ(options.php_children, 2);
  EXPECT_EQ(options.pid_file, "pids");
  EXPECT_EQ(options.mode, mode_t{0770});
  EXPECT_EQ(options.directory, "/www");
  EXPECT_EQ(options.root, "/jail");
  EXPECT_TRUE(options.bind_outside);
  EXPECT_EQ(options.user, "web");
  EXPECT_EQ(options.group, "www");
  EXPECT_EQ(options.owner_user, "sock");
  EXPECT_EQ(options.owner_group, "clients");
  EXPECT_THAT(options.program, ElementsAre("/bin/sh", "-c", "exec /www/index.py"));
}

TEST(Options, ForRootCountForNobodyElse) {
  const auto request = read({"-u", "web", "-c", "/jail", "-S", "-p", "9000", "app"}, false);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->options.user, "");
  EXPECT_EQ(request->options.root, "");
  EXPECT_FALSE(request->options.bind_outside);
}

TEST(Options, MayNameSeveralPlaces) {
  EXPECT_THAT(addresses({"-p", "1", "-p", "2"}), ElementsAre("0.0.0.0:1", "0.0.0.0:2"));
  EXPECT_THAT(addresses({"-p", "1", "-a", "::1", "-p", "2"}), ElementsAre("::1:1", "::1:2"));
  EXPECT_THAT(addresses({"-a", "127.0.0.1", "-p", "1", "-a", "::1", "-p", "2", "-p", "3"}),
              ElementsAre("127.0.0.1:1", "::1:2", "::1:3"));
  EXPECT_THAT(addresses({"-s", "a", "-s", "b"}), ElementsAre("a", "b"));
}

TEST(Options, ThatContradictOrAreMissingAreRefused) {
  EXPECT_EQ(refusal({"-p", "9000"}), "no FastCGI application given");
  EXPECT_EQ(refusal({"-f", "app"}), "no socket given (use either -p or -s)");
  EXPECT_EQ(refusal({"-p", "0", "app"}), "no socket given (use either -p or -s)");
  EXPECT_EQ(refusal({"-p", "1", "-s", "x", "app"}),
            "either a Unix domain socket or a TCP-port, but not both");
  EXPECT_THAT(refusal({"-a", "::1", "-a", "::", "-p", "1", "app"}), HasSubstr("more addresses"));
  EXPECT_EQ(refusal({"-s", std::string(108, 'x'), "app"}),
            "path of the Unix domain socket is too long");
}

TEST(Options, AreNumbersWhereNumbersAreDue) {
  for (const char* const wrong : {"x", "-1", "1x", "65536", "99999999999999999999"})
    EXPECT_THAT(refusal({"-p", wrong, "app"}), HasSubstr("invalid port")) << wrong;
  for (const char* const wrong : {"x", "-1", "2147483648"}) {
    EXPECT_THAT(refusal({"-p", "1", "-F", wrong, "app"}), HasSubstr("invalid number")) << wrong;
    EXPECT_THAT(refusal({"-p", "1", "-b", wrong, "app"}), HasSubstr("invalid backlog")) << wrong;
  }
  for (const char* const wrong : {"9", "rw", "10000", "077777777777777777777777"})
    EXPECT_THAT(refusal({"-s", "x", "-M", wrong, "app"}), HasSubstr("invalid mode")) << wrong;
}

TEST(Options, ShowHelpAsSpawnFcgiDoes) {
  const auto help = [](std::vector<std::string> words) {
    const auto request = read(std::move(words));
    return request && request->kind == Request::Kind::Help ? request->exit_code : -1;
  };
  EXPECT_EQ(help({}), 255);
  EXPECT_EQ(help({"-h"}), 0);
  EXPECT_EQ(help({"-?"}), 0);
  EXPECT_EQ(help({"-x"}), 0);
  EXPECT_EQ(help({"-p"}), 0);
  EXPECT_EQ(read({"-v"})->kind, Request::Kind::Version);
}

}  // namespace
}  // namespace penstock::spawnfcgi
