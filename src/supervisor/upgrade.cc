// SPDX-License-Identifier: MIT
#include "supervisor/upgrade.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/environment.h"
#include "supervisor/spawn.h"

namespace penstock::supervisor {

Result<Startup> Startup::of_this_process(int argc, const char* const* argv) {
  std::error_code error;
  std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (error) return os_error("/proc/self/exe", error.value());
  return Startup{
      std::move(program), {argv + 1, argv + argc}, current_environment(), TRY(StartFolder::here())};
}

Result<std::unique_ptr<Upgrade>> Upgrade::start(net::Loop& loop, const Startup& startup,
                                                const Inheritance& inheritance,
                                                const sigset_t& mask, Ended ended) {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
    return os_error("socketpair");
  Fd ours{ends[0]};
  const Fd theirs{ends[1]};

  const Fd folder = TRY(startup.folder.open());
  Command command;
  command.program = startup.program;
  command.arguments = startup.arguments;
  command.environment = startup.environment;
  command.environment.push_back(std::string(Heritage::kVariable) + '=' +
                                Heritage::describe(inheritance.sockets));
  command.blocked_signals = mask;
  command.folder = folder.get();
  int number = Heritage::kLine;
  command.descriptors.push_back({theirs.get(), number});
  for (const NamedSocket& socket : inheritance.sockets)
    command.descriptors.push_back({socket.second, ++number});
  command.descriptors.insert(command.descriptors.end(), inheritance.output.begin(),
                             inheritance.output.end());
  const pid_t pid = TRY(spawn(command));

  std::unique_ptr<Upgrade> upgrade(new Upgrade(loop, std::move(ours), pid, std::move(ended)));
  TRY(loop.watch(upgrade->line_.get(), EPOLLIN, *upgrade));
  return upgrade;
}

Upgrade::Upgrade(net::Loop& loop, Fd line, pid_t pid, Ended ended)
    : loop_(loop), line_(std::move(line)), pid_(pid), ended_(std::move(ended)) {}

Upgrade::~Upgrade() {
  loop_.forget(line_.get(), *this);
}

void Upgrade::on_ready(std::uint32_t) {
  char said = 0;
  const bool serves = ::read(line_.get(), &said, 1) == 1 && said == Heritage::kServing;
  loop_.forget(line_.get(), *this);
  if (ended_) std::exchange(ended_, nullptr)(serves);
}

}  // namespace penstock::supervisor
