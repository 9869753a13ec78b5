// SPDX-License-Identifier: MIT
// What it costs to make a request of the netstring that nginx sends, and to write a head.
#include <benchmark/benchmark.h>

#include <string>

#include "proto/gateway_bench.h"
#include "proto/scgi/head.h"
#include "proto/scgi/session.h"

namespace {

using namespace penstock::proto;

std::string netstring() {
  std::string content;
  scgi::append_variable(content, "CONTENT_LENGTH", "0");
  for (const auto& [name, value] : kBenchVariables)
    if (name != "CONTENT_LENGTH") scgi::append_variable(content, name, value);
  scgi::append_variable(content, "SCGI", "1");
  return scgi::make_netstring(content);
}

void decode_scgi(benchmark::State& state) {
  decode_one(state, scgi::make_session, netstring());
}
BENCHMARK(decode_scgi);

void encode_scgi(benchmark::State& state) {
  encode_one(state, scgi::make_session);
}
BENCHMARK(encode_scgi);

}  // namespace

BENCHMARK_MAIN();
