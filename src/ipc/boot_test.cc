// SPDX-License-Identifier: MIT
#include "ipc/boot.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

namespace penstock::ipc {
namespace {

using testing::HasSubstr;

Boot sample() {
  Boot boot;
  boot.settings = {{"http", ":8000", "command line"},
                   {"env", "GREETING=h\xc3\xa9llo=1\n", "site.ini:12"},
                   {"lazy-apps", "true", ""}};
  boot.placeholders = {{"site", "blog", "site.ini:3"}};
  boot.listeners = {{config::Protocol::Http, 6}, {config::Protocol::Uwsgi, 7}};
  boot.scoreboard_fd = 5;
  boot.request_log_fd = 8;
  return boot;
}

std::string contents(const Fd& file) {
  std::string bytes(4096, '\0');
  const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return bytes;
}

Fd file_with(const std::string& bytes) {
  Fd file{::memfd_create("test", MFD_CLOEXEC)};
  EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return file;
}

TEST(Boot, ReadsBackWhatItWrote) {
  const auto file = sample().write();
  ASSERT_TRUE(file) << file.error().what;
  const auto boot = Boot::read(file->get());
  ASSERT_TRUE(boot) << boot.error().what;

  ASSERT_EQ(boot->settings.size(), 3u);
  EXPECT_EQ(boot->settings[1].name, "env");
  EXPECT_EQ(boot->settings[1].value, "GREETING=h\xc3\xa9llo=1\n");
  EXPECT_EQ(boot->settings[1].origin, "site.ini:12");
  ASSERT_EQ(boot->placeholders.size(), 1u);
  EXPECT_EQ(boot->placeholders[0].value, "blog");
  ASSERT_EQ(boot->listeners.size(), 2u);
  EXPECT_EQ(boot->listeners[0].protocol, config::Protocol::Http);
  EXPECT_EQ(boot->listeners[1].protocol, config::Protocol::Uwsgi);
  EXPECT_EQ(boot->listeners[1].fd, 7);
  EXPECT_EQ(boot->scoreboard_fd, 5);
  EXPECT_EQ(boot->request_log_fd, 8);
}

TEST(Boot, CanBeReadAgainWhereverTheFileStands) {
  const auto file = sample().write();
  ASSERT_TRUE(file);
  std::array<char, 16> some{};
  ASSERT_EQ(::read(file->get(), some.data(), some.size()), 16);
  EXPECT_TRUE(Boot::read(file->get()));
  EXPECT_TRUE(Boot::read(file->get()));
}

TEST(Boot, IsEmptyWithoutSettings) {
  const auto file = Boot{}.write();
  ASSERT_TRUE(file);
  const auto boot = Boot::read(file->get());
  ASSERT_TRUE(boot);
  EXPECT_TRUE(boot->settings.empty());
  EXPECT_TRUE(boot->listeners.empty());
  EXPECT_EQ(boot->scoreboard_fd, -1);
}

TEST(Boot, CannotBeChangedByThoseWhoGetIt) {
  const auto file = sample().write();
  ASSERT_TRUE(file);
  EXPECT_NE(::fcntl(file->get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_LT(::pwrite(file->get(), "x", 1, 0), 0);
  EXPECT_LT(::ftruncate(file->get(), 0), 0);
}

TEST(Boot, RefusesDataThatIsCutAnywhere) {
  const auto file = sample().write();
  ASSERT_TRUE(file);
  const std::string whole = contents(*file);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    SCOPED_TRACE(cut);
    EXPECT_FALSE(Boot::read(file_with(whole.substr(0, cut)).get()));
  }
  EXPECT_TRUE(Boot::read(file_with(whole).get()));
  EXPECT_FALSE(Boot::read(file_with(whole + "x").get()));
}

TEST(Boot, NamesBothSidesWhenAnotherVersionWroteIt) {
  const auto file = sample().write();
  ASSERT_TRUE(file);
  std::string bytes = contents(*file);
  const std::size_t digit = bytes.find("(boot ") + 6;
  bytes[digit] = '~';
  const auto boot = Boot::read(file_with(bytes).get());
  ASSERT_FALSE(boot);
  EXPECT_THAT(boot.error().what, HasSubstr("(boot ~)"));
  EXPECT_THAT(boot.error().what, HasSubstr("(boot 3)"));
}

TEST(Boot, SaysWhenTheDescriptorIsSomethingElse) {
  const auto boot = Boot::read(file_with("GET / HTTP/1.1\r\n\r\n").get());
  ASSERT_FALSE(boot);
  EXPECT_THAT(boot.error().what, HasSubstr("not start-up data"));
  EXPECT_EQ(Boot::read(-1).error().code, EBADF);
}

}  // namespace
}  // namespace penstock::ipc
