// SPDX-License-Identifier: MIT
#include "service/daemon.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <functional>
#include <string>

namespace penstock::service {
namespace {

/// Runs daemonize() in a child of this test and gives the exit code of the process in front.
int exit_code_of(const std::function<void(StartReport&)>& daemon) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGPIPE, SIG_IGN);
    auto side = daemonize();
    if (!side) ::_exit(99);
    if (const int* const code = std::get_if<int>(&*side)) ::_exit(*code);
    daemon(std::get<StartReport>(*side));
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Daemonize, LeavesTheDaemonsWordAsExitCode) {
  EXPECT_EQ(exit_code_of([](StartReport& report) { report.send(0); }), 0);
  EXPECT_EQ(exit_code_of([](StartReport& report) { report.send(22); }), 22);
  EXPECT_EQ(exit_code_of([](StartReport& report) {
              report.send(0);
              report.send(22);
            }),
            0);
}

TEST(Daemonize, FailsWhenTheDaemonDiesWithoutAWord) {
  EXPECT_EQ(exit_code_of([](StartReport&) { ::_exit(0); }), 1);
  EXPECT_EQ(exit_code_of([](StartReport&) { ::kill(::getpid(), SIGKILL); }), 1);
}

TEST(Daemonize, GoesOnInASessionOfItsOwnWithNothingToRead) {
  EXPECT_EQ(exit_code_of([](StartReport& report) {
              const bool is_apart = ::getsid(0) != ::getpid() && ::getsid(0) == ::getpgrp();
              char byte = 0;
              const bool is_empty = ::read(0, &byte, 1) == 0;
              report.send(is_apart && is_empty ? 0 : 50);
            }),
            0);
}

TEST(StartReport, MayHaveNobodyToReportTo) {
  StartReport report;
  report.send(0);
}

}  // namespace
}  // namespace penstock::service
