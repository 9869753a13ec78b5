// SPDX-License-Identifier: MIT
#include "base/write_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/fd.h"

namespace penstock {
namespace {

struct Pair {
  Fd reader;
  Fd writer;
};

Pair make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

Pair make_sockets() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

Pair make_terminal() {
  Fd reader(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  EXPECT_EQ(::grantpt(reader.get()), 0);
  EXPECT_EQ(::unlockpt(reader.get()), 0);
  Fd writer(::open(::ptsname(reader.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  EXPECT_TRUE(writer);
  return {std::move(reader), std::move(writer)};
}

std::string read_all(int fd) {
  std::string all;
  std::array<char, 8192> part;
  for (ssize_t size; (size = ::read(fd, part.data(), part.size())) > 0;)
    all.append(part.data(), static_cast<std::size_t>(size));
  return all;
}

class WriteLine : public testing::Test {
 protected:
  // As in the programs: a closed pipe is an error of the call and not the end of the process.
  void SetUp() override { before_ = std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { std::signal(SIGPIPE, before_); }

 private:
  void (*before_)(int) = SIG_DFL;
};

TEST_F(WriteLine, WritesTheLineToPipesSocketsAndFiles) {
  for (auto make : {make_pipe, make_sockets}) {
    Pair pair = make();
    EXPECT_TRUE(write_line(pair.writer.get(), "hello\n"));
    pair.writer.reset();
    EXPECT_EQ(read_all(pair.reader.get()), "hello\n");
  }
  const Fd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_TRUE(file);
  EXPECT_TRUE(write_line(file.get(), "hello\n"));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
  EXPECT_EQ(read_all(file.get()), "hello\n");
}

TEST_F(WriteLine, WritesALineThatIsLargerThanOneAtomicWrite) {
  const std::string line(std::size_t{15} * PIPE_BUF, 'x');
  for (auto make : {make_pipe, make_sockets}) {
    Pair pair = make();
    EXPECT_TRUE(write_line(pair.writer.get(), line));
    pair.writer.reset();
    EXPECT_EQ(read_all(pair.reader.get()), line);
  }
}

TEST_F(WriteLine, LosesTheLineWhenNobodyLooksAtTheTerminal) {
  Pair pair = make_terminal();
  const std::string line(PIPE_BUF, 'x');
  int written = 0;
  while (write_line(pair.writer.get(), line))
    ++written;
  EXPECT_GT(written, 0);
  EXPECT_EQ(::fcntl(pair.writer.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(WriteLine, LosesTheLineWhenNobodyReads) {
  for (auto make : {make_pipe, make_sockets}) {
    Pair pair = make();
    const std::string line(PIPE_BUF, 'x');
    int written = 0;
    while (write_line(pair.writer.get(), line))
      ++written;
    EXPECT_GT(written, 1);
    EXPECT_EQ(::fcntl(pair.writer.get(), F_GETFL) & O_NONBLOCK, 0);

    // Once the reader reads again, lines arrive again.
    std::array<char, std::size_t{4} * PIPE_BUF> part;
    ASSERT_GT(::read(pair.reader.get(), part.data(), part.size()), 0);
    EXPECT_TRUE(write_line(pair.writer.get(), "again\n"));
  }
}

TEST_F(WriteLine, LosesTheLineOnAFullDiskAClosedPipeAndAClosedDescriptor) {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_FALSE(write_line(full.get(), "hello\n"));
  for (auto make : {make_pipe, make_sockets}) {
    Pair pair = make();
    pair.reader.reset();
    EXPECT_FALSE(write_line(pair.writer.get(), "hello\n"));
  }
  EXPECT_FALSE(write_line(-1, "hello\n"));
}

}  // namespace
}  // namespace penstock
