// SPDX-License-Identifier: MIT
// For tests: a shell script under a hub.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <memory>
#include <string>

#include "spawn/hub.h"
#include "spawn/pipes.h"
#include "spawn/string_sink.h"

namespace penstock::spawn {

struct TestProgram {
  TestProgram(Hub& hub, std::string script, Terms terms = {},
              InletTerms output_terms = {1 << 26, WhenFull::Discard}) {
    Pipe in = make_pipe(Flow::ToProgram).value();
    Pipe out = make_pipe(Flow::FromProgram).value();
    Pipe err = make_pipe(Flow::FromProgram).value();
    Command command;
    command.arguments = {"sh", "-c", std::move(script)};
    command.programs = {"/bin/sh"};
    command.environment = {"PATH=/usr/bin:/bin"};
    command.standard = {in.theirs.get(), out.theirs.get(), err.theirs.get()};
    Setup setup;
    setup.started = steady_now();
    setup.child = launch(command).value();
    setup.terms = terms;
    setup.input = std::move(in.ours);
    setup.output = std::move(out.ours);
    setup.errors = std::move(err.ours);
    setup.output_sink = &output;
    setup.errors_sink = &errors;
    setup.output_terms = output_terms;
    setup.errors_terms = {1 << 26, WhenFull::Discard};
    setup.owner = this;
    process = std::make_unique<Process>(hub, std::move(setup));
    EXPECT_TRUE(process->begin());
  }

  StringSink output;
  StringSink errors;
  std::unique_ptr<Process> process;
};

constexpr int kPatienceMs = 60'000;

/// Turns the hub, as a loop would, until `done` says so; gives all news of the way.
template <class Done>
unsigned turn_until(Hub& hub, Done done) {
  unsigned all = 0;
  while (!done()) {
    pollfd ready{hub.fd(), POLLIN, 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) {
      ADD_FAILURE() << "nothing happened";
      break;
    }
    for (const Hub::Notice& notice : hub.turn())
      all |= notice.news;
  }
  return all;
}

inline unsigned turn_until_ended(Hub& hub, const TestProgram& program) {
  return turn_until(hub, [&program] { return program.process->ending().has_value(); });
}

}  // namespace penstock::spawn
