// SPDX-License-Identifier: MIT
#include "spawn/outlet.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "spawn/pipes.h"

namespace penstock::spawn {
namespace {

std::string read_some(const Fd& from) {
  char bytes[65536];
  const ssize_t got = ::read(from.get(), bytes, sizeof bytes);
  return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
}

TEST(Outlet, WritesPiecesInOrderAndIsDoneOnceFinished) {
  Pipe pipe = make_pipe(Flow::ToProgram).value();
  Outlet outlet(std::move(pipe.ours));
  outlet.push({"one", nullptr});
  outlet.push({"", nullptr});
  outlet.push({"two", nullptr});
  EXPECT_EQ(outlet.pending(), 6U);
  outlet.pump();
  EXPECT_EQ(outlet.pending(), 0U);
  EXPECT_FALSE(outlet.is_done());
  outlet.finish();
  EXPECT_TRUE(outlet.is_done());
  EXPECT_EQ(read_some(pipe.theirs), "onetwo");
}

TEST(Outlet, KeepsWhatThePipeDoesNotTakeAndLetsGoOfWhatItTook) {
  Pipe pipe = make_pipe(Flow::ToProgram).value();
  Outlet outlet(std::move(pipe.ours));
  const auto big = std::make_shared<const std::string>(200'000, 'x');
  outlet.push({*big, big});
  outlet.pump();
  EXPECT_GT(outlet.pending(), 0U);
  EXPECT_EQ(big.use_count(), 2);
  std::size_t total = 0;
  while (total < big->size()) {
    total += read_some(pipe.theirs).size();
    outlet.pump();
  }
  EXPECT_EQ(outlet.pending(), 0U);
  EXPECT_EQ(big.use_count(), 1);
}

TEST(Outlet, BreaksWithoutASignalWhenNobodyReads) {
  struct sigaction fatal {};
  struct sigaction before {};
  fatal.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &fatal, &before);
  Pipe pipe = make_pipe(Flow::ToProgram).value();
  Outlet outlet(std::move(pipe.ours));
  pipe.theirs.reset();
  outlet.push({"lost", nullptr});
  outlet.pump();
  sigset_t pending;
  sigpending(&pending);
  sigaction(SIGPIPE, &before, nullptr);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
  EXPECT_TRUE(outlet.is_broken());
  EXPECT_TRUE(outlet.is_done());
  EXPECT_EQ(outlet.pending(), 0U);
}

}  // namespace
}  // namespace penstock::spawn
