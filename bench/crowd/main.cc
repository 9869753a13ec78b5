// SPDX-License-Identifier: MIT
// Keeps a crowd of idle or slow clients on a server until its standard input ends. Prints a line
// of JSON when the crowd stands, and another at the end.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "crowd/crowd.h"

namespace penstock::bench {
namespace {

constexpr seconds kPatience{30};
// What the slow ones have asked for is made and buffered by then.
constexpr seconds kSettling{2};

void report(const Crowd& crowd) {
  std::printf("{\"connected\":%zu,\"closed\":%zu,\"settled\":%s}\n", crowd.connected(),
              crowd.closed(), crowd.settled() ? "true" : "false");
  std::fflush(stdout);
}

bool input_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

Result<> run(const std::string& address, const CrowdOptions& options) {
  const ServerAddress server = TRY(ServerAddress::parse(address));
  const auto crowd = TRY(Crowd::connect(server, options));
  const SteadyTime give_up = steady_now() + kPatience;
  while (!crowd->settled() && steady_now() < give_up)
    crowd->turn();
  const bool slow = options.drip + options.sip > 0;
  const SteadyTime settled = steady_now() + (slow ? kSettling : seconds{0});
  while (steady_now() < settled)
    crowd->turn();
  report(*crowd);
  while (!input_ended())
    crowd->turn();
  report(*crowd);
  return {};
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  using namespace penstock::bench;
  std::string address;
  CrowdOptions options;
  CLI::App program("Keeps idle or slow clients on a server");
  program.add_option("--connect", address, "127.0.0.1:PORT or the path of a socket")->required();
  program.add_option("--idle", options.idle, "Clients that ask once and stay");
  program.add_option("--drip", options.drip, "Clients that send a byte a second");
  program.add_option("--sip", options.sip, "Clients that read 1 KiB a second");
  program.add_option("--sip-target", options.sip_target);
  CLI11_PARSE(program, argc, argv);

  if (const auto result = run(address, options); !result) {
    std::fprintf(stderr, "bench_crowd: %s\n", result.error().what.c_str());
    return 1;
  }
}
