// SPDX-License-Identifier: MIT
// Replaces this program by its newer self, which inherits the sockets: the newcomer starts beside
// it, and when that serves, this one may go.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "net/loop.h"
#include "supervisor/heritage.h"
#include "supervisor/spawn.h"
#include "supervisor/start_folder.h"

namespace penstock::supervisor {

/// How this program was started.
struct Startup {
  std::string program;  // a path; what it leads to may be newer by now
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  StartFolder folder;

  /// To be called before anything of that changes.
  static Result<Startup> of_this_process(int argc, const char* const* argv);
};

/// What the newcomer gets.
struct Inheritance {
  std::vector<NamedSocket> sockets;
  std::vector<PassedDescriptor> output;  // instead of ours
};

class Upgrade final : public net::Watcher {
 public:
  using Ended = std::function<void(bool serves)>;

  /// Starts the newcomer. `ended` is told once whether it serves. `loop` outlives the result.
  static Result<std::unique_ptr<Upgrade>> start(net::Loop& loop, const Startup& startup,
                                                const Inheritance& inheritance,
                                                const sigset_t& mask, Ended ended);
  Upgrade(const Upgrade&) = delete;
  Upgrade& operator=(const Upgrade&) = delete;
  ~Upgrade();

  pid_t pid() const { return pid_; }

 private:
  Upgrade(net::Loop& loop, Fd line, pid_t pid, Ended ended);
  void on_ready(std::uint32_t events) override;

  net::Loop& loop_;
  const Fd line_;
  const pid_t pid_;
  Ended ended_;
};

}  // namespace penstock::supervisor
