// SPDX-License-Identifier: MIT
// posix_spawn(3) of glibc: vfork, so nothing is copied however large this process is, and a
// failing exec is reported.
#include "supervisor/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"

namespace penstock::supervisor {
namespace {

class Actions {
 public:
  Actions() { ::posix_spawn_file_actions_init(&raw_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&raw_); }
  int pass(int ours, int theirs) { return ::posix_spawn_file_actions_adddup2(&raw_, ours, theirs); }
  int enter(int folder) { return ::posix_spawn_file_actions_addfchdir_np(&raw_, folder); }
  const posix_spawn_file_actions_t* raw() const { return &raw_; }

 private:
  posix_spawn_file_actions_t raw_{};
};

class Attributes {
 public:
  explicit Attributes(const sigset_t& blocked) {
    ::posix_spawnattr_init(&raw_);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&raw_, &defaults);
    ::posix_spawnattr_setsigmask(&raw_, &blocked);
    ::posix_spawnattr_setflags(&raw_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&raw_); }
  const posix_spawnattr_t* raw() const { return &raw_; }

 private:
  posix_spawnattr_t raw_{};
};

/// Copies of the descriptors above every number that the child knows one by, so that no dup2 in
/// the child overwrites a descriptor that a later one still needs.
Result<std::vector<Fd>> lifted(const std::vector<PassedDescriptor>& descriptors) {
  int floor = 3;
  for (const PassedDescriptor& passed : descriptors)
    floor = std::max(floor, passed.theirs + 1);
  std::vector<Fd> copies;
  for (const PassedDescriptor& passed : descriptors) {
    copies.emplace_back(::fcntl(passed.ours, F_DUPFD_CLOEXEC, floor));
    if (!copies.back()) return os_error("fcntl(F_DUPFD_CLOEXEC)");
  }
  return copies;
}

/// The form that exec wants: pointers that it promises not to write through.
std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 2);
  for (const std::string& text : strings)
    pointers.push_back(const_cast<char*>(text.c_str()));
  return pointers;
}

}  // namespace

Result<pid_t> spawn(const Command& command) {
  const std::vector<Fd> copies = TRY(lifted(command.descriptors));
  Actions actions;
  if (command.folder >= 0) {
    if (const int code = actions.enter(command.folder))
      return os_error("posix_spawn_file_actions_addfchdir_np", code);
  }
  for (std::size_t i = 0; i < copies.size(); ++i) {
    if (const int code = actions.pass(copies[i].get(), command.descriptors[i].theirs))
      return os_error("posix_spawn_file_actions_adddup2", code);
  }
  const Attributes attributes(command.blocked_signals);

  std::vector<char*> arguments = pointers_to(command.arguments);
  arguments.insert(arguments.begin(), const_cast<char*>(command.program.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> environment = pointers_to(command.environment);
  environment.push_back(nullptr);

  pid_t pid = -1;
  const int code = ::posix_spawn(&pid, command.program.c_str(), actions.raw(), attributes.raw(),
                                 arguments.data(), environment.data());
  if (code != 0) return os_error_about(command.program, "exec", code);
  return pid;
}

}  // namespace penstock::supervisor
