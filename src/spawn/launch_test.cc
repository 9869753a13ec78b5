// SPDX-License-Identifier: MIT
#include "spawn/launch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "spawn/pipes.h"
#include "spawn/search_path.h"

namespace penstock::spawn {
namespace {

/// What a program wrote, and how it ended.
struct Outcome {
  std::string output;
  int wait_status = -1;
};

Command shell(std::string script) {
  Command command;
  command.arguments = {"sh", "-c", std::move(script)};
  command.programs = {"/bin/sh"};
  command.environment = {"PATH=/usr/bin:/bin"};
  return command;
}

std::string read_all(const Fd& from) {
  std::string result;
  char bytes[4096];
  for (;;) {
    const ssize_t got = ::read(from.get(), bytes, sizeof bytes);
    if (got <= 0) return result;
    result.append(bytes, static_cast<std::size_t>(got));
  }
}

Outcome run(Command command) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd ours{ends[0]};
  Fd theirs{ends[1]};
  command.standard = {0, theirs.get(), theirs.get()};
  const auto child = launch(command);
  theirs.reset();
  Outcome outcome;
  if (!child) {
    ADD_FAILURE() << "launch: " << std::strerror(child.error().code);
    return outcome;
  }
  outcome.output = read_all(ours);
  EXPECT_EQ(::waitpid(child->pid, &outcome.wait_status, 0), child->pid);
  return outcome;
}

TEST(Launch, RunsTheProgramWithItsArgumentsAndEnvironmentOnly) {
  Command command = shell("echo \"$1\"; env");
  command.arguments.insert(command.arguments.end(), {"name", "a b"});
  command.environment = {"PATH=/usr/bin:/bin", "ONE=1"};
  const std::string output = run(command).output;
  EXPECT_EQ(output.substr(0, 4), "a b\n");
  EXPECT_NE(output.find("ONE=1\n"), std::string::npos);
  EXPECT_EQ(output.find("HOME="), std::string::npos);
}

TEST(Launch, SaysWhyAProgramCannotBeRunAndLeavesNoProcess) {
  const struct {
    const char* program;
    int code;
  } cases[] = {{"/nonexistent", ENOENT}, {"/etc/passwd", EACCES}, {"/", EACCES}};
  for (const auto& item : cases) {
    SCOPED_TRACE(item.program);
    Command command = shell("");
    command.programs = {item.program};
    const auto child = launch(command);
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().step, Step::Program);
    EXPECT_EQ(child.error().code, item.code);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
}

TEST(Launch, TriesProgramsInOrderAndPrefersTheTellingReason) {
  Command command = shell("echo here");
  command.programs = {"/nonexistent/sh", "/etc/passwd", "/bin/sh"};
  EXPECT_EQ(run(command).output, "here\n");
  command.programs = {"/etc/passwd", "/nonexistent/sh"};
  EXPECT_EQ(launch(command).error().code, EACCES);
}

TEST(Launch, RunsInTheFolderOrSaysThatItCannot) {
  Command command = shell("pwd");
  command.directory = "/usr/bin";
  EXPECT_EQ(run(command).output, "/usr/bin\n");
  command.directory = "/nonexistent";
  const auto child = launch(command);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().step, Step::Directory);
  EXPECT_EQ(child.error().code, ENOENT);
}

TEST(Launch, GivesNoDescriptorsButThoseNamed) {
  // Deliberately inheritable: such as a careless library might leave open.
  const Fd inheritable{::open("/dev/null", O_RDONLY)};
  const Fd passed{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const Fd above{::open("/dev/zero", O_RDONLY)};
  Command command = shell("for n in $(seq 3 200); do [ -e /proc/$$/fd/$n ] && echo $n; done; :");
  command.pass_fds = {passed.get(), 1, passed.get()};
  EXPECT_EQ(run(command).output, std::to_string(passed.get()) + "\n");
}

TEST(Launch, RefusesToPassADescriptorThatIsNotOpen) {
  Command command = shell("");
  command.pass_fds = {5000};
  const auto child = launch(command);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().step, Step::Descriptors);
  EXPECT_EQ(child.error().code, EBADF);
}

TEST(Launch, ArrangesStandardDescriptorsThatOverwriteEachOther) {
  auto pipe = make_pipe(Flow::FromProgram);
  ASSERT_TRUE(pipe);
  Command command = shell("[ /proc/$$/fd/0 -ef /proc/$$/fd/1 ] && echo wrong; echo x >&0; :");
  // Standard input becomes our standard error, whose number is overwritten by the pipe.
  command.standard = {2, 1, pipe->theirs.get()};
  command.arguments[2] = "echo x >&2; [ /proc/self/fd/0 -ef /proc/self/fd/2 ] && exit 1; exit 7";
  const auto child = launch(command);
  ASSERT_TRUE(child);
  int status = 0;
  EXPECT_EQ(::waitpid(child->pid, &status, 0), child->pid);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  char bytes[8];
  EXPECT_EQ(::read(pipe->ours.get(), bytes, sizeof bytes), 2);
}

TEST(Launch, MakesTheProgramTheLeaderOfAGroupOrASession) {
  Command command = shell("set -- $(cat /proc/$$/stat); echo $(($1 == $5)) $(($1 == $6))");
  EXPECT_EQ(run(command).output, "1 0\n");
  command.leads = Leads::Session;
  EXPECT_EQ(run(command).output, "1 1\n");
}

TEST(Launch, SetsLimits) {
  Command command = shell("ulimit -v; ulimit -St; ulimit -Ht");
  command.address_space = 512 * 1024 * 1024;
  command.cpu_seconds = 7;
  EXPECT_EQ(run(command).output, "524288\n7\n8\n");
}

TEST(Launch, StartsWithAnEmptySignalMaskAndDefaultActions) {
  struct sigaction before_usr1 {};
  struct sigaction before_pipe {};
  struct sigaction handled {};
  handled.sa_handler = [](int) {};
  sigaction(SIGUSR1, &handled, &before_usr1);
  struct sigaction ignored {};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &before_pipe);
  sigset_t blocked;
  sigset_t before_mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before_mask);

  const std::string output =
      run(shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -c 9-")).output;
  sigset_t after_mask;
  pthread_sigmask(SIG_SETMASK, &before_mask, &after_mask);
  sigaction(SIGUSR1, &before_usr1, nullptr);
  sigaction(SIGPIPE, &before_pipe, nullptr);

  EXPECT_EQ(output, "0000000000000000\n0000000000000000\n");
  EXPECT_EQ(sigismember(&after_mask, SIGTERM), 1) << "the caller's own mask stays";
}

TEST(Launch, BecomesAnotherUserWithItsGroupsOnly) {
  if (::geteuid() != 0) {
    Command command = shell("");
    command.identity = Identity{0, 0, {}};
    EXPECT_EQ(launch(command).error().step, Step::Identity);
    return;
  }
  Command command = shell("id -u; id -g; id -G");
  command.identity = Identity{65534, 65534, {65534, 12345}};
  EXPECT_EQ(run(command).output, "65534\n65534\n65534 12345\n");
  EXPECT_EQ(::geteuid(), 0U);
}

TEST(Launch, GivesADescriptorOfTheProcess) {
  Command command = shell("exit 3");
  const auto child = launch(command);
  ASSERT_TRUE(child);
  siginfo_t info{};
  EXPECT_EQ(
      ::waitid(static_cast<idtype_t>(3), static_cast<id_t>(child->pidfd.get()), &info, WEXITED), 0);
  EXPECT_EQ(info.si_pid, child->pid);
  EXPECT_EQ(info.si_status, 3);
  EXPECT_NE(::fcntl(child->pidfd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace penstock::spawn
