// SPDX-License-Identifier: MIT
// The numbers that a zygote knows its descriptors by: see ipc/boot.h, then one after the other.
#include "supervisor/launcher.h"

#include <unistd.h>

#include <string_view>

#include "base/environment.h"
#include "supervisor/spawn.h"

namespace penstock::supervisor {
namespace {

constexpr int kFirstFreeFd = ipc::kBootFd + 1;

}  // namespace

Result<pid_t> Launcher::start_zygote(const ipc::Channel& theirs) {
  Command command;
  command.program = settings_.interpreter;
  command.arguments.push_back(settings_.packages.front() + "/penstock/_bootstrap.py");
  command.arguments.insert(command.arguments.end(), settings_.packages.begin(),
                           settings_.packages.end());
  command.environment = current_environment();
  for (const std::string& name : settings_.unset)
    remove_variable(command.environment, name);
  for (const auto& [name, value] : settings_.environment)
    set_variable(command.environment, name, value);
  command.blocked_signals = mask_;

  ipc::Boot boot{settings_.settings, settings_.placeholders, settings_.listeners, kFirstFreeFd,
                 STDERR_FILENO};
  command.descriptors.push_back({settings_.scoreboard_fd, kFirstFreeFd});
  for (ipc::InheritedListener& listener : boot.listeners) {
    const int number = ipc::kBootFd + static_cast<int>(command.descriptors.size()) + 1;
    command.descriptors.push_back({listener.fd, number});
    listener.fd = number;
  }
  if (settings_.request_log_fd > STDERR_FILENO) {
    boot.request_log_fd = ipc::kBootFd + static_cast<int>(command.descriptors.size()) + 1;
    command.descriptors.push_back({settings_.request_log_fd, boot.request_log_fd});
  }
  const Fd boot_file = TRY(boot.write());
  command.descriptors.push_back({boot_file.get(), ipc::kBootFd});
  command.descriptors.push_back({theirs.fd(), ipc::kControlFd});
  return spawn(command);
}

Memory Launcher::memory_of(pid_t pid) {
  return supervisor::memory_of(pid);
}

void Launcher::send_signal(pid_t pid, int signal) {
  ::kill(pid, signal);
}

}  // namespace penstock::supervisor
