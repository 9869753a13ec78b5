// SPDX-License-Identifier: MIT
#include "config/option_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

std::vector<const Option*> all_options() {
  std::vector<const Option*> all;
  for (const Section& section : sections())
    for (const Option& option : section.options)
      all.push_back(&option);
  return all;
}

TEST(OptionTable, GivesEveryNameAndLetterToOneOption) {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const Option* const option : all_options()) {
    for (const std::string_view name : option->all_names())
      EXPECT_TRUE(names.insert(name).second) << name;
    if (option->letter) {
      EXPECT_TRUE(letters.insert(option->letter).second) << option->letter;
    }
  }
}

TEST(OptionTable, FindsAnOptionByEachOfItsNames) {
  for (const Option* const option : all_options())
    for (const std::string_view name : option->all_names())
      EXPECT_EQ(find_option(name), option) << name;
  EXPECT_EQ(find_option("no-such-option"), nullptr);
  EXPECT_EQ(find_option(""), nullptr);
}

TEST(OptionTable, HasUwsgisAliases) {
  const std::map<std::string_view, std::vector<std::string_view>> aliases{
      {"module", {"wsgi"}},
      {"wsgi-file", {"file"}},
      {"virtualenv", {"home", "venv", "pyhome"}},
      {"pythonpath", {"pp", "python-path"}},
      {"processes", {"workers"}},
      {"http-socket", {"http", "http11-socket"}},
      {"protocol", {"socket-protocol"}},
      {"lazy-apps", {"lazy"}},
      {"chmod-socket", {"chmod"}},
      {"xml", {"xmlconfig"}},
      {"help", {"usage"}},
  };
  for (const auto& [name, others] : aliases)
    for (const std::string_view other : others) {
      ASSERT_NE(find_option(other), nullptr) << other;
      EXPECT_EQ(find_option(other)->name(), name);
    }
}

TEST(OptionTable, GivesEveryLetterUwsgisMeaning) {
  const std::map<char, std::string_view> uwsgi{{'s', "socket"},
                                               {'p', "processes"},
                                               {'t', "harakiri"},
                                               {'x', "xml"},
                                               {'S', "set"},
                                               {'d', "daemonize"},
                                               {'l', "listen"},
                                               {'v', "max-vars"},
                                               {'b', "buffer-size"},
                                               {'m', "memory-report"},
                                               {'c', "cgi-mode"},
                                               {'a', "abstract-socket"},
                                               {'C', "chmod-socket"},
                                               {'T', "enable-threads"},
                                               {'i', "single-interpreter"},
                                               {'M', "master"},
                                               {'h', "help"},
                                               {'r', "reaper"},
                                               {'R', "max-requests"},
                                               {'z', "socket-timeout"},
                                               {'A', "sharedarea"},
                                               {'Q', "spooler"},
                                               {'L', "disable-logging"},
                                               {'y', "yaml"},
                                               {'j', "json"},
                                               {'w', "module"},
                                               {'J', "test"},
                                               {'H', "virtualenv"},
                                               {'O', "optimize"}};
  for (const auto& [letter, name] : uwsgi) {
    const Option* const option = find_letter(letter);
    EXPECT_EQ(option ? option->name() : uwsgi_name_of(letter), name) << letter;
  }
  for (const Option* const option : all_options()) {
    EXPECT_TRUE(!option->letter || uwsgi.contains(option->letter)) << option->letter;
  }
}

TEST(OptionTable, HasEveryLimitThatAPeerMeets) {
  for (const std::string_view name :
       {"header-timeout", "body-timeout", "keepalive-timeout", "write-timeout", "minimum-rate",
        "max-connections", "max-connections-per-ip", "max-queue", "keepalive-requests",
        "max-head-bytes", "max-request-line", "max-headers", "max-variables", "limit-post",
        "post-buffering", "spool-directory", "response-memory", "response-buffer",
        "worker-reload-mercy"})
    EXPECT_NE(find_option(name), nullptr) << name;
}

TEST(OptionTable, HasDefaultsThatItWouldAcceptItself) {
  for (const Option* const option : all_options()) {
    const Number* const number = std::get_if<Number>(&option->effect);
    if (!number) continue;
    const std::uint64_t value = number->get(Config{});
    EXPECT_GE(value, number->minimum) << option->name();
    EXPECT_LE(value, number->maximum) << option->name();
  }
}

TEST(OptionTable, SetsForEveryNumberTheFieldThatItReads) {
  for (const Option* const option : all_options()) {
    const Number* const number = std::get_if<Number>(&option->effect);
    if (!number) continue;
    Config config;
    const std::uint64_t other =
        number->get(config) == number->maximum ? number->minimum : number->maximum;
    number->set(config, other);
    EXPECT_EQ(number->get(config), other) << option->name();
  }
}

TEST(OptionTable, DescribesEveryOption) {
  for (const Option* const option : all_options()) {
    EXPECT_FALSE(option->help.empty()) << option->name();
    EXPECT_FALSE(option->help.ends_with('.')) << option->name();
    EXPECT_EQ(option->placeholder.empty(), option->kind == Kind::Flag) << option->name();
    EXPECT_EQ(option->implied.empty(), option->kind != Kind::OptionalValue) << option->name();
  }
}

TEST(UwsgiNames, AreSortedAndComplete) {
  const std::vector<std::string_view>& names = uwsgi_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_GT(names.size(), 1000U);
  for (const std::string_view name :
       {"abstract-socket", "harakiri", "limit-as", "max-requests", "daemonize", "ini", "yaml",
        "vhost", "static-map", "stats", "http-to", "http-websockets", "gevent", "zerg-server"})
    EXPECT_TRUE(is_uwsgi_name(name)) << name;
  EXPECT_FALSE(is_uwsgi_name("header-timeout"));
}

}  // namespace
}  // namespace penstock::config
