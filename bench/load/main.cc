// SPDX-License-Identifier: MIT
// Puts load on a server and prints what came of it: bench_load --connect 127.0.0.1:8000
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "load/driver.h"
#include "load/report.h"
#include "load/request.h"

namespace penstock::bench {
namespace {

struct Options {
  std::string address;
  std::string protocol = "http";
  RequestOptions request;
  LoadOptions load;
  std::size_t pipeline = 1;
  double warm_up = 0.5;
  double duration = 2;
  std::vector<pid_t> watched;
};

void declare(CLI::App& program, Options& options) {
  program.add_option("--connect", options.address, "127.0.0.1:PORT or the path of a socket")
      ->required();
  program.add_option("--protocol", options.protocol)
      ->check(CLI::IsMember({"http", "uwsgi", "fastcgi", "scgi"}));
  program.add_option("--method", options.request.method);
  program.add_option("--target", options.request.target);
  program.add_option("--body-bytes", options.request.body_bytes, "Size of the request's body");
  program.add_flag("--browser", options.request.browser, "Send the fields of a browser");
  program.add_flag("--close", options.request.close, "Each request on a connection of its own");
  program.add_option("--connections", options.load.connections)->check(CLI::PositiveNumber);
  program.add_option("--pipeline", options.pipeline, "Requests sent at once on a connection")
      ->check(CLI::PositiveNumber);
  program.add_option("--rate", options.load.rate, "Requests a second; without it a closed loop");
  program.add_option("--warm-up", options.warm_up, "Seconds");
  program.add_option("--duration", options.duration, "Seconds");
  program.add_option("--requests", options.load.requests, "End after so many answers");
  program.add_option("--cpu-of", options.watched, "Processes whose CPU time is to be measured");
}

Result<LoadResult> run(const Options& options) {
  Plan plan;
  plan.address = TRY(ServerAddress::parse(options.address));
  plan.protocol = protocol_named(options.protocol).value_or(Protocol::Http);
  if (options.pipeline > 1 && plan.protocol != Protocol::Http)
    return fail("only HTTP is pipelined");
  plan.close = options.request.close || !keeps_connections(plan.protocol);
  plan.pipeline = options.pipeline;
  const std::string request = encode_request(plan.protocol, options.request);
  plan.request_size = request.size();
  for (std::size_t i = 0; i < plan.pipeline; ++i)
    plan.batch += request;

  LoadOptions load = options.load;
  load.warm_up = std::chrono::duration<double>(options.warm_up);
  load.duration = std::chrono::duration<double>(options.duration);
  const CpuClock cpu = TRY(CpuClock::of(options.watched));
  const auto driver = TRY(Driver::create(plan, load, cpu));
  return driver->run();
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  using namespace penstock::bench;
  Options options;
  CLI::App program("Puts load on a server");
  declare(program, options);
  CLI11_PARSE(program, argc, argv);

  const auto result = run(options);
  if (!result) {
    std::fprintf(stderr, "bench_load: %s\n", result.error().what.c_str());
    return 1;
  }
  std::puts(to_json(*result).c_str());
}
