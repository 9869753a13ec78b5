// SPDX-License-Identifier: MIT
// The numbers that a zygote knows its descriptors by: see ipc/boot.h, then one after the other.
#include "supervisor/launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

#include "base/text.h"
#include "supervisor/spawn.h"

namespace penstock::supervisor {
namespace {

constexpr int kFirstFreeFd = ipc::kBootFd + 1;

/// Replaces or adds a variable.
void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value) {
  std::string entry(name);
  entry += '=';
  std::erase_if(environment, [&](const std::string& other) { return other.starts_with(entry); });
  environment.push_back(entry.append(value));
}

}  // namespace

Result<pid_t> Launcher::start_zygote(const ipc::Channel& theirs) {
  Command command;
  command.program = settings_.interpreter;
  command.arguments.push_back(settings_.packages.front() + "/penstock/_bootstrap.py");
  command.arguments.insert(command.arguments.end(), settings_.packages.begin(),
                           settings_.packages.end());
  command.environment = current_environment();
  for (const auto& [name, value] : settings_.environment)
    set_variable(command.environment, name, value);
  command.blocked_signals = mask_;

  ipc::Boot boot{settings_.settings, settings_.listeners, kFirstFreeFd};
  command.descriptors.push_back({settings_.scoreboard_fd, kFirstFreeFd});
  for (ipc::InheritedListener& listener : boot.listeners) {
    const int number = ipc::kBootFd + static_cast<int>(command.descriptors.size()) + 1;
    command.descriptors.push_back({listener.fd, number});
    listener.fd = number;
  }
  const Fd boot_file = TRY(boot.write());
  command.descriptors.push_back({boot_file.get(), ipc::kBootFd});
  command.descriptors.push_back({theirs.fd(), ipc::kControlFd});
  return spawn(command);
}

Memory Launcher::memory_of(pid_t pid) {
  // statm: pages of the address space, then of what is resident.
  const Fd file{::open(fmt::format("/proc/{}/statm", pid).c_str(), O_RDONLY | O_CLOEXEC)};
  char text[128];
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
  if (size <= 0) return {};
  const std::vector<std::string_view> fields =
      text::split({text, static_cast<std::size_t>(size)}, ' ');
  if (fields.size() < 2) return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {text::parse_unsigned(fields[1]).value_or(0) * page,
          text::parse_unsigned(fields[0]).value_or(0) * page};
}

void Launcher::send_signal(pid_t pid, int signal) {
  ::kill(pid, signal);
}

}  // namespace penstock::supervisor
