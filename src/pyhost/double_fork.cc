// SPDX-License-Identifier: MIT
// A process in between forks the worker and exits at once. Python never runs in it, so no hook
// runs twice.
#include "pyhost/double_fork.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/pipe.h"
#include "pyhost/python.h"

namespace penstock::pyhost {
namespace {

/// What the process in between says: a process id, or why there is none.
struct Answer {
  pid_t pid = -1;
  int error = ECHILD;
};

[[noreturn]] void answer_and_exit(int pipe, Answer answer) {
  const bool written = ::write(pipe, &answer, sizeof answer) == sizeof answer;
  ::_exit(written ? 0 : 1);
}

Answer read_answer(int pipe) {
  Answer answer;
  ssize_t got = -1;
  do {
    got = ::read(pipe, &answer, sizeof answer);
  } while (got < 0 && errno == EINTR);
  return got == sizeof answer ? answer : Answer{};
}

}  // namespace

Result<pid_t> double_fork() {
  auto [reader, writer] = TRY(make_pipe());

  PyOS_BeforeFork();
  const pid_t between = ::fork();
  if (between == 0) {
    const pid_t worker = ::fork();
    if (worker != 0) answer_and_exit(writer.get(), Answer{worker, worker < 0 ? errno : 0});
    PyOS_AfterFork_Child();
    return 0;
  }
  const int error = errno;
  PyOS_AfterFork_Parent();
  if (between < 0) return os_error("fork", error);

  writer.reset();
  const Answer answer = read_answer(reader.get());
  // An app that ignores SIGCHLD has no such child any more; that is as good.
  while (::waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (answer.pid < 0) return os_error("fork", answer.error);
  return answer.pid;
}

}  // namespace penstock::pyhost
