// SPDX-License-Identifier: MIT
#include "spawn/hub.h"

#include <dirent.h>
#include <sys/wait.h>

#include <vector>

#include "spawn/test_program.h"

namespace penstock::spawn {
namespace {

std::size_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  std::size_t count = 0;
  while (::readdir(folder) != nullptr)
    ++count;
  ::closedir(folder);
  return count;
}

bool has_children() {
  return ::waitpid(-1, nullptr, WNOHANG) >= 0;
}

TEST(Hub, RunsManyProgramsAndLeavesNothing) {
  const std::size_t before = open_descriptors();
  {
    const auto hub = Hub::create().value();
    std::vector<std::unique_ptr<TestProgram>> programs;
    std::size_t ended = 0;
    for (int i = 0; i < 200; ++i)
      programs.push_back(std::make_unique<TestProgram>(*hub, "echo $$; exit " + std::to_string(i)));
    EXPECT_EQ(hub->running(), 200U);
    turn_until(*hub, [&] { return hub->running() == 0; });
    for (int i = 0; i < 200; ++i) {
      const TestProgram& program = *programs[static_cast<std::size_t>(i)];
      EXPECT_EQ(program.process->ending()->status, i);
      EXPECT_EQ(program.output.text(), std::to_string(program.process->pid()) + "\n");
      ++ended;
    }
    EXPECT_EQ(ended, 200U);
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_FALSE(has_children());
}

TEST(Hub, IsQuietWhileNothingHappens) {
  const auto hub = Hub::create().value();
  TestProgram program(*hub, "read line", {.timeout = 1h});
  pollfd ready{hub->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0);
  EXPECT_TRUE(hub->turn().empty());
  program.process->finish_input();
  turn_until_ended(*hub, program);
}

TEST(Hub, KeepsSeveralTimeLimitsInAnyOrder) {
  const auto hub = Hub::create().value();
  TestProgram late(*hub, "exec sleep 1000", {.timeout = 60ms});
  TestProgram early(*hub, "exec sleep 1000", {.timeout = 20ms});
  TestProgram never(*hub, "read line", {.timeout = 1h});
  turn_until_ended(*hub, early);
  turn_until_ended(*hub, late);
  EXPECT_TRUE(early.process->ending()->timed_out);
  EXPECT_TRUE(late.process->ending()->timed_out);
  never.process->finish_input();
  turn_until_ended(*hub, never);
  EXPECT_FALSE(never.process->ending()->timed_out);
}

TEST(Hub, KillsAllThatRunsWhenItCloses) {
  const auto hub = Hub::create().value();
  TestProgram one(*hub, "trap '' TERM; while :; do sleep 1000; done");
  TestProgram two(*hub, "exec sleep 1000");
  hub->close();
  EXPECT_EQ(hub->running(), 0U);
  EXPECT_EQ(one.process->ending()->status, -SIGKILL);
  EXPECT_EQ(two.process->ending()->status, -SIGKILL);
  EXPECT_FALSE(has_children());
}

TEST(Hub, TouchesNothingOfTheParentInAFork) {
  const auto hub = Hub::create().value();
  TestProgram program(*hub, "read line; exit 6");
  const pid_t fork_of_us = ::fork();
  if (fork_of_us == 0) {
    const bool inert = !hub->is_ours() && hub->turn().empty() && !program.process->signal(SIGKILL);
    program.process->kill();
    hub->abandon();
    program.process.reset();
    ::_exit(inert ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(fork_of_us, &status, 0), fork_of_us);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(program.process->ending());
  program.process->finish_input();
  turn_until_ended(*hub, program);
  EXPECT_EQ(program.process->ending()->status, 6);
}

}  // namespace
}  // namespace penstock::spawn
