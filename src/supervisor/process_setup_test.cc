// SPDX-License-Identifier: MIT
#include "supervisor/process_setup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::supervisor {
namespace {

/// Runs `check` in a process of its own, since all this lasts; true if it returned true.
template <class Check>
bool holds_in_child(Check check) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

TEST(ProcessSetup, OpensTheStandardDescriptorsThatAreClosed) {
  EXPECT_TRUE(holds_in_child([] {
    ::close(0);
    ::close(2);
    prepare_process();
    const bool both = ::fcntl(0, F_GETFD) == 0 && ::fcntl(2, F_GETFD) == 0;
    return both && ::write(2, "x", 1) == 1;
  }));
}

TEST(ProcessSetup, RaisesTheLimitOfDescriptorsToWhatIsAllowed) {
  EXPECT_TRUE(holds_in_child([] {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 64;
    limit.rlim_max = 128;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    prepare_process();
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur == 128 && limit.rlim_max == 128;
  }));
}

TEST(ProcessSetup, MakesAClosedPipeAnErrorAndOrphansOurs) {
  EXPECT_TRUE(holds_in_child([] {
    prepare_process();
    int reaper = 0;
    ::prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0UL, 0UL, 0UL);
    return ::signal(SIGPIPE, SIG_DFL) == SIG_IGN && reaper == 1;
  }));
}

TEST(ProcessSetup, KeepsInheritedDescriptorsFromChildren) {
  EXPECT_TRUE(holds_in_child([] {
    const int inherited = ::open("/dev/null", O_RDONLY);
    keep_descriptors_from_children();
    return ::fcntl(inherited, F_GETFD) == FD_CLOEXEC && ::fcntl(0, F_GETFD) == 0;
  }));
}

}  // namespace
}  // namespace penstock::supervisor
