// SPDX-License-Identifier: MIT
#include "spawn/process.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>

#include "spawn/test_program.h"

namespace penstock::spawn {
namespace {

class ProcessTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(hub_->running(), 0U);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a zombie, or a process, is left";
    EXPECT_EQ(errno, ECHILD);
  }

  std::unique_ptr<Hub> hub_ = Hub::create().value();
};

/// A number that the program wrote: of a process.
pid_t number_in(const std::string& text) {
  return static_cast<pid_t>(std::stol(text));
}

/// Gone, a zombie that its new parent has not reaped yet, or one that is just being reaped.
bool is_over(pid_t pid) {
  std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return true;
  char bytes[512];
  const ssize_t got = ::read(file.get(), bytes, sizeof bytes);
  if (got <= 0) return true;
  const std::string text(bytes, static_cast<std::size_t>(got));
  const char state = text[text.rfind(')') + 2];
  return state == 'Z' || state == 'X';
}

/// Waits for the end of a process that is not our child.
void wait_until_over(pid_t pid) {
  const Fd pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (!pidfd) return;
  pollfd exit{pidfd.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&exit, 1, kPatienceMs), 1);
  EXPECT_TRUE(is_over(pid));
}

TEST_F(ProcessTest, TellsOutputAndStatus) {
  TestProgram program(*hub_, "echo out; echo err >&2; exit 3");
  const unsigned news = turn_until_ended(*hub_, program);
  EXPECT_EQ(news, kOutput | kErrors | kEnded);
  EXPECT_EQ(program.output.text(), "out\n");
  EXPECT_EQ(program.errors.text(), "err\n");
  const Ending& ending = *program.process->ending();
  EXPECT_EQ(ending.status, 3);
  EXPECT_TRUE(ending.is_status_known);
  EXPECT_FALSE(ending.timed_out);
  EXPECT_GT(ending.wall.count(), 0);
  EXPECT_GT(ending.peak_memory, 0);
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
  TestProgram program(*hub_, "kill -USR1 $$");
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, -SIGUSR1);
}

TEST_F(ProcessTest, SeesTheEndOfAProgramThatClosedItsOutputLongBefore) {
  TestProgram program(*hub_, "exec >&- 2>&-; read line; exit 5");
  turn_until(*hub_, [&] {
    return !program.process->output().is_open() && !program.process->errors().is_open();
  });
  EXPECT_FALSE(program.process->ending());
  program.process->finish_input();
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, 5);
}

TEST_F(ProcessTest, CountsTheProcessorTime) {
  TestProgram program(*hub_, "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done");
  turn_until_ended(*hub_, program);
  const Ending& ending = *program.process->ending();
  EXPECT_GT(ending.user_time + ending.system_time, 1ms);
}

TEST_F(ProcessTest, EndsAProgramWhoseTimeIsOver) {
  TestProgram program(*hub_, "exec sleep 1000", {.timeout = 10ms});
  const unsigned news = turn_until_ended(*hub_, program);
  EXPECT_NE(news & kTimedOut, 0U);
  EXPECT_TRUE(program.process->ending()->timed_out);
  EXPECT_EQ(program.process->ending()->status, -SIGTERM);
}

TEST_F(ProcessTest, KillsAProgramThatIgnoresTheRequestToEnd) {
  TestProgram program(*hub_, "trap '' TERM; echo ready; while :; do sleep 1000; done",
                      {.grace = 10ms});
  turn_until(*hub_, [&] { return program.output.held() > 0; });
  program.process->terminate();
  EXPECT_TRUE(program.process->is_ending());
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, -SIGKILL);
  EXPECT_FALSE(program.process->ending()->timed_out);
}

TEST_F(ProcessTest, IsNotTimedOutIfItEndedByItselfBeforeAnyoneLooked) {
  TestProgram program(*hub_, "exit 0", {.timeout = 0ns});
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(program.process->pid()), &info, WEXITED | WNOWAIT),
            0);
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, 0);
  EXPECT_FALSE(program.process->ending()->timed_out);
}

TEST_F(ProcessTest, EndsGrandchildrenThatOutliveTheProgram) {
  TestProgram program(*hub_, "sleep 1000 & echo $!");
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, 0);
  wait_until_over(number_in(program.output.text()));
}

TEST_F(ProcessTest, EndsGrandchildrenThatHoldNoPipe) {
  TestProgram program(*hub_, "sleep 1000 >/dev/null 2>&1 & echo $!");
  turn_until_ended(*hub_, program);
  wait_until_over(number_in(program.output.text()));
}

TEST_F(ProcessTest, KillsGrandchildrenThatIgnoreTheRequestToEnd) {
  TestProgram program(*hub_,
                      "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & "
                      "while ! read line; do :; done",
                      {.grace = 10ms});
  turn_until(*hub_, [&] { return program.output.held() > 0; });
  program.process->write({"go\n", nullptr});
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, 0);
  wait_until_over(number_in(program.output.text()));
}

TEST_F(ProcessTest, LetsGrandchildrenSayTheirLastWords) {
  TestProgram program(*hub_,
                      "sh -c 'trap \"echo bye; exit\" TERM; echo ready; while :; do sleep 1; "
                      "done' & read line",
                      {.grace = 60s});
  turn_until(*hub_, [&] { return program.output.held() > 0; });
  program.process->finish_input();
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.output.text(), "ready\nbye\n");
}

TEST_F(ProcessTest, LeavesGrandchildrenAloneIfTold) {
  TestProgram program(*hub_, "sleep 1000 & echo $!", {.leftovers = Leftovers::Kept});
  turn_until_ended(*hub_, program);
  const pid_t left = number_in(program.output.text());
  EXPECT_FALSE(is_over(left));
  EXPECT_EQ(::kill(left, SIGKILL), 0);
  wait_until_over(left);
}

TEST_F(ProcessTest, ReadsAllOfABigOutput) {
  TestProgram program(*hub_, "head -c 20000000 /dev/zero; head -c 1000 /dev/zero >&2");
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.output.held(), 20'000'000U);
  EXPECT_EQ(program.errors.held(), 1000U);
}

TEST_F(ProcessTest, WaitsForASlowReaderAndThenGoesOn) {
  constexpr InletTerms kTerms{1000, WhenFull::Pause};
  TestProgram program(*hub_, "head -c 500000 /dev/zero", {}, kTerms);
  std::size_t total = 0;
  while (total < 500'000) {
    turn_until(*hub_, [&] { return program.output.held() > 0; });
    EXPECT_LE(program.output.held(), 1000U + 2 * 1024 * 1024);
    total += program.output.take().size();
    program.process->resume_output(kTerms);
  }
  turn_until_ended(*hub_, program);
  EXPECT_EQ(total + program.output.held(), 500'000U);
  EXPECT_FALSE(program.process->output().is_truncated());
}

TEST_F(ProcessTest, PausesAtTheLimit) {
  constexpr InletTerms kTerms{1000, WhenFull::Pause};
  TestProgram program(*hub_, "head -c 500000 /dev/zero; echo full >&2", {}, kTerms);
  turn_until(*hub_, [&] { return program.process->output().is_paused(); });
  EXPECT_EQ(program.output.held(), 1000U);
  pollfd ready{hub_->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&ready, 1, 0), 0) << "a paused pipe must not wake the loop";
  program.process->resume_output({1 << 26, WhenFull::Discard});
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.output.held(), 500'000U);
}

TEST_F(ProcessTest, WritesInputBiggerThanThePipe) {
  TestProgram program(*hub_, "kill -STOP $$; exec wc -c");  // reads nothing before it goes on
  siginfo_t stopped{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(program.process->pid()), &stopped, WSTOPPED), 0);
  const auto big = std::make_shared<const std::string>(1'000'000, 'x');
  program.process->write({*big, big});
  EXPECT_GT(program.process->input().pending(), 0U);
  program.process->finish_input();
  EXPECT_TRUE(program.process->signal(SIGCONT));
  const unsigned news = turn_until_ended(*hub_, program);
  EXPECT_NE(news & kInput, 0U);
  EXPECT_EQ(program.output.text(), "1000000\n");
}

TEST_F(ProcessTest, GoesOnWhenTheProgramReadsNoInput) {
  TestProgram program(*hub_, "exec <&-; echo closed; read x; exit 4");
  const auto big = std::make_shared<const std::string>(1'000'000, 'x');
  program.process->write({*big, big});
  program.process->finish_input();
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.output.text(), "closed\n");
  EXPECT_EQ(program.process->ending()->status, 4);
}

TEST_F(ProcessTest, SaysWhenOtherCodeReapedTheProgram) {
  TestProgram program(*hub_, "exit 3");
  ASSERT_EQ(::waitpid(program.process->pid(), nullptr, 0), program.process->pid());
  turn_until_ended(*hub_, program);
  EXPECT_FALSE(program.process->ending()->is_status_known);
  EXPECT_EQ(program.process->ending()->status, 255);
}

TEST_F(ProcessTest, SignalsTheProgramAloneAndNotAfterItsEnd) {
  TestProgram program(*hub_, "trap 'exit 9' USR1; echo ready; while :; do read line; done");
  turn_until(*hub_, [&] { return program.output.held() > 0; });
  EXPECT_TRUE(program.process->signal(SIGUSR1));
  program.process->finish_input();
  turn_until_ended(*hub_, program);
  EXPECT_EQ(program.process->ending()->status, 9);
  EXPECT_FALSE(program.process->signal(SIGUSR1));
}

TEST_F(ProcessTest, IsKilledAndReapedWhenDestroyed) {
  TestProgram program(*hub_, "sleep 1000 & echo $!; exec sleep 1000");
  turn_until(*hub_, [&] { return program.output.held() > 0; });
  program.process.reset();
  wait_until_over(number_in(program.output.text()));
}

}  // namespace
}  // namespace penstock::spawn
