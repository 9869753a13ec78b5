// SPDX-License-Identifier: MIT
#include "supervisor/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/fd.h"

namespace penstock::supervisor {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Pipe {
  Fd reader;
  Fd writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

std::string read_to_end(const Fd& fd) {
  std::string all;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 1; got > 0;) {
    got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) all.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return all;
}

Command shell(const std::string& script) {
  Command command;
  command.program = "/bin/sh";
  command.arguments = {"-c", script};
  ::sigemptyset(&command.blocked_signals);
  return command;
}

int exit_code(pid_t pid) {
  int status = -1;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/// What a script writes to descriptor 3.
std::string written_by(Command command) {
  Pipe pipe = make_pipe();
  command.descriptors.push_back({pipe.writer.get(), 3});
  const auto pid = spawn(command);
  EXPECT_TRUE(pid) << pid.error().what;
  pipe.writer.reset();
  std::string output = read_to_end(pipe.reader);
  if (pid) exit_code(*pid);
  return output;
}

TEST(Spawn, RunsAProgramWithItsArgumentsAndEnvironmentOnly) {
  Command command = shell("echo \"$1-$GREETING-$HOME\" >&3");
  command.arguments.insert(command.arguments.end(), {"name", "one two"});
  command.environment = {"GREETING=hello"};
  EXPECT_EQ(written_by(command), "one two-hello-\n");
}

TEST(Spawn, ReturnsTheProcessWhoseStatusCanBeWaitedFor) {
  const auto pid = spawn(shell("exit 22"));
  ASSERT_TRUE(pid);
  EXPECT_EQ(exit_code(*pid), 22);
}

TEST(Spawn, SaysThatAProgramIsMissing) {
  Command command = shell("");
  command.program = "/nowhere/bin/python";
  const auto pid = spawn(command);
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().code, ENOENT);
  EXPECT_THAT(pid.error().what, HasSubstr("/nowhere/bin/python"));
}

TEST(Spawn, PassesDescriptorsAlsoWhenTheirNumbersCross) {
  Pipe first = make_pipe();
  Pipe second = make_pipe();
  const int a = first.writer.get();
  const int b = second.writer.get();
  Command command = shell(fmt::format("echo one >/dev/fd/{}; echo two >/dev/fd/{}", b, a));
  command.descriptors = {{a, b}, {b, a}};
  const auto pid = spawn(command);
  ASSERT_TRUE(pid) << pid.error().what;
  first.writer.reset();
  second.writer.reset();
  EXPECT_EQ(read_to_end(first.reader), "one\n");
  EXPECT_EQ(read_to_end(second.reader), "two\n");
  exit_code(*pid);
}

TEST(Spawn, PassesADescriptorUnderItsOwnNumber) {
  Pipe pipe = make_pipe();
  const int number = pipe.writer.get();
  Command command = shell(fmt::format("echo same >/dev/fd/{}", number));
  command.descriptors = {{number, number}};
  const auto pid = spawn(command);
  ASSERT_TRUE(pid);
  pipe.writer.reset();
  EXPECT_EQ(read_to_end(pipe.reader), "same\n");
  exit_code(*pid);
}

TEST(Spawn, LeaksNoOtherDescriptor) {
  const Pipe secret = make_pipe();
  std::array<char, 64> target{};
  const std::string link = fmt::format("/proc/self/fd/{}", secret.writer.get());
  ASSERT_GT(::readlink(link.c_str(), target.data(), target.size() - 1), 0);
  const std::string listed = written_by(shell("ls -l /proc/self/fd >&3"));
  EXPECT_THAT(listed, HasSubstr(" 3 -> "));
  EXPECT_THAT(listed, Not(HasSubstr(target.data())));
}

TEST(Spawn, GivesTheChildItsOwnSignalMaskAndPipeSignal) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(::sigprocmask(SIG_BLOCK, &blocked, &before), 0);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  const std::string status = written_by(shell("grep -E 'SigBlk|SigIgn' /proc/self/status >&3"));
  ::signal(SIGPIPE, old);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(status, HasSubstr("SigBlk:\t0000000000000000"));
  const std::size_t at = status.find("SigIgn:\t");
  ASSERT_NE(at, std::string::npos);
  const auto ignored = std::stoull(status.substr(at + 8, 16), nullptr, 16);
  EXPECT_EQ(ignored & (1ULL << (SIGPIPE - 1)), 0u);
}

}  // namespace
}  // namespace penstock::supervisor
