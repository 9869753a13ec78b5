// SPDX-License-Identifier: MIT
#include "spawn/inlet.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "spawn/pipes.h"
#include "spawn/string_sink.h"

namespace penstock::spawn {
namespace {

constexpr std::size_t kPlenty = 1 << 20;

struct Fixture {
  explicit Fixture(InletTerms terms) : pipe(make_pipe(Flow::FromProgram).value()) {
    inlet.emplace(std::move(pipe.ours), &sink, terms);
  }
  void write(std::string_view bytes) const {
    ASSERT_EQ(::write(pipe.theirs.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  StringSink sink;
  Pipe pipe;
  std::optional<Inlet> inlet;
};

TEST(Inlet, ReadsWhatIsThereAndMarksTheEnd) {
  Fixture f({kPlenty, WhenFull::Discard});
  EXPECT_EQ(f.inlet->pump(kPlenty), 0U);
  f.write("one");
  EXPECT_EQ(f.inlet->pump(kPlenty), 3U);
  EXPECT_FALSE(f.inlet->at_end());
  f.write("two");
  f.pipe.theirs.reset();
  f.inlet->pump(kPlenty);
  EXPECT_TRUE(f.inlet->at_end());
  EXPECT_EQ(f.sink.text(), "onetwo");
  EXPECT_FALSE(f.inlet->is_truncated());
}

TEST(Inlet, KeepsTheBeginningWithinTheLimitWhereverItFalls) {
  const std::string wire(100, 'x');
  for (std::size_t limit = 0; limit <= wire.size() + 1; ++limit) {
    SCOPED_TRACE(limit);
    Fixture f({limit, WhenFull::Discard});
    f.write(wire);
    f.pipe.theirs.reset();
    EXPECT_EQ(f.inlet->pump(kPlenty), wire.size());
    EXPECT_TRUE(f.inlet->at_end());
    EXPECT_EQ(f.sink.text().size(), std::min(limit, wire.size()));
    EXPECT_EQ(f.inlet->is_truncated(), limit < wire.size());
  }
}

TEST(Inlet, ReadsNoMoreThanItsBudget) {
  Fixture f({kPlenty, WhenFull::Discard});
  f.write(std::string(1000, 'x'));
  EXPECT_EQ(f.inlet->pump(300), 300U);
  EXPECT_EQ(f.inlet->pump(kPlenty), 700U);
}

TEST(Inlet, LeavesInThePipeWhatAPausedSinkCannotHold) {
  Fixture f({4, WhenFull::Pause});
  f.write("abcdefgh");
  EXPECT_EQ(f.inlet->pump(kPlenty), 4U);
  EXPECT_TRUE(f.inlet->is_paused());
  EXPECT_EQ(f.inlet->pump(kPlenty), 0U);
  EXPECT_EQ(f.sink.take(), "abcd");
  EXPECT_FALSE(f.inlet->is_paused());
  EXPECT_EQ(f.inlet->pump(kPlenty), 4U);
  EXPECT_EQ(f.sink.take(), "efgh");
  EXPECT_FALSE(f.inlet->is_truncated());
}

TEST(Inlet, LosesOutputButGoesOnWithoutMemory) {
  Fixture f({kPlenty, WhenFull::Discard});
  f.sink.refuse();
  f.write("lost");
  EXPECT_EQ(f.inlet->pump(kPlenty), 4U);
  EXPECT_TRUE(f.inlet->is_truncated());
}

TEST(Inlet, WidensThePipeOfABusyProgram) {
  Fixture f({kPlenty, WhenFull::Discard});
  const int before = ::fcntl(f.pipe.theirs.get(), F_GETPIPE_SZ);
  f.write(std::string(static_cast<std::size_t>(before), 'x'));
  f.inlet->pump(kPlenty);
  EXPECT_GT(::fcntl(f.pipe.theirs.get(), F_GETPIPE_SZ), before);
}

}  // namespace
}  // namespace penstock::spawn
