// SPDX-License-Identifier: MIT
#include "spawn/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

// The child runs in the parent's memory and on a stack inside the parent's frame. Sanitizers know
// nothing of that, so they are kept out of everything that it calls.
#define PENSTOCK_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))

namespace penstock::spawn {
namespace {

constexpr int kSignals = 64;
constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD, which older headers lack

/// The kernel's own signal types: glibc's hide two signals that its handlers for setuid and
/// cancellation need, and those would run in the borrowed memory too.
using KernelMask = std::uint64_t;
struct KernelAction {
  std::uint64_t handler = 0;
  std::uint64_t rest[7] = {};
};

/// All that the child needs, laid out before it starts: it must not allocate.
struct Briefing {
  const Command& command;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<int> kept;  // sorted, all above 2
  Step step = Step::Clone;
  volatile int code = 0;  // written by the child
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings)
    result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

PENSTOCK_IN_CHILD bool reset_signals() {
  for (int number = 1; number <= kSignals; ++number) {
    KernelAction action;
    if (::syscall(SYS_rt_sigaction, number, nullptr, &action, sizeof(KernelMask)) < 0) return false;
    const bool is_handled = action.handler > 1;  // neither SIG_DFL nor SIG_IGN
    if (!is_handled && number != SIGPIPE && number != SIGXFSZ) continue;
    action = {};
    if (::syscall(SYS_rt_sigaction, number, &action, nullptr, sizeof(KernelMask)) < 0) return false;
  }
  return true;
}

PENSTOCK_IN_CHILD bool lead(Leads leads) {
  return leads == Leads::Session ? ::setsid() >= 0 : ::setpgid(0, 0) == 0;
}

PENSTOCK_IN_CHILD bool close_between(int first, int last) {
  return first > last || ::syscall(SYS_close_range, first, last, 0) == 0;
}

PENSTOCK_IN_CHILD bool arrange_descriptors(const Briefing& briefing) {
  int source[3];
  for (int number = 0; number < 3; ++number) {
    source[number] = briefing.command.standard[static_cast<std::size_t>(number)];
    if (source[number] > 2 || source[number] == number) continue;
    source[number] = ::fcntl(source[number], F_DUPFD_CLOEXEC, 3);  // before it is overwritten
    if (source[number] < 0) return false;
  }
  for (int number = 0; number < 3; ++number) {
    if (source[number] == number ? ::fcntl(number, F_SETFD, 0) < 0
                                 : ::dup2(source[number], number) < 0)
      return false;
  }
  int next = 3;
  for (const int kept : briefing.kept) {
    if (::fcntl(kept, F_SETFD, 0) < 0 || !close_between(next, kept - 1)) return false;
    next = kept + 1;
  }
  return ::syscall(SYS_close_range, next, ~0U, 0) == 0;
}

PENSTOCK_IN_CHILD bool limit_to(int resource, std::uint64_t soft, std::uint64_t hard) {
  const rlimit64 limit{soft, hard};
  return ::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) == 0;
}

PENSTOCK_IN_CHILD bool set_limits(const Command& command) {
  if (command.address_space && !limit_to(RLIMIT_AS, *command.address_space, *command.address_space))
    return false;
  return !command.cpu_seconds ||
         limit_to(RLIMIT_CPU, *command.cpu_seconds, *command.cpu_seconds + 1);
}

/// By system calls: glibc's functions would change the identity of the parent's other threads.
PENSTOCK_IN_CHILD bool become(const Identity& identity) {
  return ::syscall(SYS_setgroups, identity.groups.size(), identity.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, identity.group, identity.group, identity.group) == 0 &&
         ::syscall(SYS_setresuid, identity.user, identity.user, identity.user) == 0;
}

PENSTOCK_IN_CHILD void execute(Briefing& briefing) {
  int reason = ENOENT;
  for (const std::string& program : briefing.command.programs) {
    ::execve(program.c_str(), briefing.arguments.data(), briefing.environment.data());
    // As the shell: what is there but cannot be run says more than what is not there.
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
  }
  errno = reason;
}

PENSTOCK_IN_CHILD bool prepare(Briefing& briefing) {
  const Command& command = briefing.command;
  briefing.step = Step::Signals;
  if (!reset_signals()) return false;
  briefing.step = Step::Group;
  if (!lead(command.leads)) return false;
  briefing.step = Step::Descriptors;
  if (!arrange_descriptors(briefing)) return false;
  briefing.step = Step::Limits;
  if (!set_limits(command)) return false;
  briefing.step = Step::Identity;
  if (command.identity && !become(*command.identity)) return false;
  // Afterwards, since the kernel forgets it with a change of identity.
  if (command.ends_with_parent && ::prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) return false;
  briefing.step = Step::Directory;  // after the identity: the program's user must reach it
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) < 0) return false;
  briefing.step = Step::Signals;
  const KernelMask none = 0;
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none) < 0) return false;
  briefing.step = Step::Program;
  return true;
}

PENSTOCK_IN_CHILD int run_child(void* argument) {
  Briefing& briefing = *static_cast<Briefing*>(argument);
  if (prepare(briefing)) execute(briefing);
  briefing.code = errno;
  ::_exit(127);
}

/// All signals, glibc's own too, are held back while the child has this process's memory.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    const KernelMask all = ~KernelMask{0};
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before_, sizeof all);
  }
  ~SignalsBlocked() {
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  KernelMask before_ = 0;
};

int clone_child(Briefing& briefing, int* pidfd) {
  alignas(16) char stack[16384];
  const SignalsBlocked blocked;
  return ::clone(run_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                 &briefing, pidfd);
}

}  // namespace

Result<Child, LaunchError> launch(const Command& command) {
  Briefing briefing{command, pointers(command.arguments), pointers(command.environment), {}};
  std::copy_if(command.pass_fds.begin(), command.pass_fds.end(), std::back_inserter(briefing.kept),
               [](int fd) { return fd > 2; });
  std::sort(briefing.kept.begin(), briefing.kept.end());
  briefing.kept.erase(std::unique(briefing.kept.begin(), briefing.kept.end()), briefing.kept.end());

  // A change of identity in shared memory makes the kernel forbid core dumps of this process too.
  const int dumpable = command.identity ? ::prctl(PR_GET_DUMPABLE) : 0;
  int pidfd = -1;
  const pid_t pid = clone_child(briefing, &pidfd);
  if (pid < 0) return unexpected(LaunchError{Step::Clone, errno});
  Child child{pid, Fd{pidfd}};
  if (dumpable == 1) ::prctl(PR_SET_DUMPABLE, 1);
  if (briefing.code == 0) return child;

  siginfo_t ignored;
  while (::waitid(kByPidfd, static_cast<id_t>(child.pidfd.get()), &ignored, WEXITED) < 0 &&
         errno == EINTR) {
  }
  return unexpected(LaunchError{briefing.step, briefing.code});
}

}  // namespace penstock::spawn
