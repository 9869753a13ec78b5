// SPDX-License-Identifier: MIT
// The order matters: sockets and files are opened with the rights that are given up then.
#include "spawnfcgi/spawn_fcgi.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/environment.h"
#include "service/owned_file.h"
#include "spawn/launch.h"
#include "spawnfcgi/account.h"
#include "spawnfcgi/foreground.h"
#include "spawnfcgi/message.h"
#include "spawnfcgi/options.h"
#include "spawnfcgi/pid_file.h"
#include "spawnfcgi/socket.h"
#include "supervisor/listeners.h"

namespace penstock::spawnfcgi {
namespace {

constexpr int kFailed = 255;
constexpr int kWatchMs = 100;  // how long a new program is watched: who dies so young has failed

struct OpenSocket {
  Fd fd;
  service::OwnedFile file;
};
using Sockets = std::vector<OpenSocket>;

mode_t default_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0660 & ~mask;
}

Result<Sockets> open_sockets(const Options& options, const Account& account) {
  Account owner = TRY(find_account(options.owner_user, options.owner_group));
  if (owner.user == 0) owner.user = account.user;
  if (owner.group == 0) owner.group = account.group;
  const mode_t mode = options.mode.value_or(default_mode());
  Sockets sockets;
  for (const Place& place : options.places) {
    Fd fd = TRY(open_socket(place, options.backlog, owner, mode));
    // Programs that are left alone keep the file; those that we watch leave it to us.
    const bool removes_file = options.foreground && !place.path.empty();
    sockets.push_back(
        {std::move(fd), removes_file ? service::OwnedFile(place.path) : service::OwnedFile()});
  }
  return sockets;
}

Result<> change_root(const std::string& root) {
  if (root.empty()) return {};
  if (::chroot(root.c_str()) < 0) return os_error(fmt::format("chroot('{}') failed", root));
  if (::chdir("/") < 0) return os_error("chdir('/') failed");
  return {};
}

/// Opens the sockets and becomes who the programs are to be, where they are to be.
Result<Sockets> settle(const Options& options) {
  const Account account = TRY(find_account(options.user, options.group));
  if (account.user != 0 && account.group == 0) {
    complain(
        fmt::format("WARNING: couldn't find the user for uid {} and no group was specified, "
                    "so only the user privileges will be dropped",
                    account.user));
  }
  Sockets sockets;
  if (options.bind_outside) sockets = TRY(open_sockets(options, account));
  TRY(take_groups(account));
  TRY(change_root(options.root));
  if (!options.bind_outside) sockets = TRY(open_sockets(options, account));
  TRY(take_user(account));
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) < 0)
    return os_error(fmt::format("chdir('{}') failed", options.directory));
  return sockets;
}

spawn::Command command_of(const Options& options, const std::string& python_path) {
  spawn::Command command;
  command.arguments = options.program;
  command.programs = {options.program.front()};
  command.environment = current_environment();
  if (options.php_children)
    set_variable(command.environment, "PHP_FCGI_CHILDREN", std::to_string(*options.php_children));
  if (!python_path.empty() && options.root.empty()) {
    const auto before = find_variable(command.environment, "PYTHONPATH").value_or("");
    set_variable(command.environment, "PYTHONPATH",
                 before.empty() ? python_path : fmt::format("{}:{}", python_path, before));
  }
  return command;
}

/// Whether a program that has just been started still runs; else its exit code, ours then.
int watch_briefly(const spawn::Child& child, PidFile& pids) {
  pollfd ended{child.pidfd.get(), POLLIN, 0};
  int status = 0;
  if (::poll(&ended, 1, kWatchMs) <= 0 || ::waitpid(child.pid, &status, WNOHANG) != child.pid) {
    say(fmt::format("child spawned successfully: PID: {}", child.pid));
    if (const auto written = pids.add(child.pid); !written) complain(written.error().what);
    return 0;
  }
  if (WIFEXITED(status)) {
    complain(fmt::format("child exited with: {}", WEXITSTATUS(status)));
    return WEXITSTATUS(status);
  }
  complain(fmt::format("child signaled: {}", WTERMSIG(status)));
  return 1;
}

/// Starts the programs in sessions of their own and leaves them alone. The last failure counts.
Result<int> detach(const Options& options, spawn::Command command, const Sockets& sockets,
                   PidFile pids, int null) {
  command.standard = {-1, null, null};
  command.leads = spawn::Leads::Session;
  int exit_code = 0;
  for (const OpenSocket& socket : sockets) {
    command.standard[0] = socket.fd.get();
    for (int i = 0; i < options.children; ++i) {
      const auto child = spawn::launch(command);
      if (child) {
        if (const int code = watch_briefly(*child, pids)) exit_code = code;
      } else {
        complain(fmt::format("exec failed: {}: {}", command.programs.front(),
                             std::generic_category().message(child.error().code)));
        complain(fmt::format("child exited with: {}", child.error().code));
        exit_code = child.error().code;
      }
    }
  }
  return exit_code;
}

Result<int> stay(const Options& options, spawn::Command command, const Sockets& sockets) {
  command.ends_with_parent = true;
  std::vector<spawn::Command> commands;
  for (const OpenSocket& socket : sockets) {
    command.standard[0] = socket.fd.get();
    commands.insert(commands.end(), static_cast<std::size_t>(options.children), command);
  }
  const auto foreground = TRY(Foreground::create(std::move(commands)));
  return foreground->run();
}

Result<int> spawn_all(const Options& options, const std::string& python_path) {
  if (::getuid() != 0 && (::geteuid() != ::getuid() || ::getegid() != ::getgid()))
    return fail("this program must not have the SUID bit");
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));  // a new root may have none
  if (!null) return os_error_about("/dev/null", "open");
  auto pids = TRY(PidFile::open(options.foreground ? std::string() : options.pid_file));
  const Sockets sockets = TRY(settle(options));
  spawn::Command command = command_of(options, python_path);
  if (options.foreground) return stay(options, std::move(command), sockets);
  return detach(options, std::move(command), sockets, std::move(pids), null.get());
}

}  // namespace

int run(int argc, char* const* argv, const std::string& python_path) {
  const auto request = parse(argc, argv, ::getuid() == 0);
  if (!request) {
    complain(request.error().what);
    return kFailed;
  }
  if (request->kind == Request::Kind::Help) {
    std::fputs(help_text().c_str(), stdout);
    return request->exit_code;
  }
  if (request->kind == Request::Kind::Version) {
    std::puts("penstock spawn-fcgi v" PENSTOCK_VERSION " (ipv6) - spawns FastCGI processes");
    return 0;
  }
  const auto code = spawn_all(request->options, python_path);
  if (code) return *code;
  complain(code.error().what);
  return kFailed;
}

}  // namespace penstock::spawnfcgi
