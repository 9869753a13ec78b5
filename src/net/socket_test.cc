// SPDX-License-Identifier: MIT
#include "net/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>

#include <array>
#include <string>
#include <vector>

#include "net/listener.h"

namespace penstock::net {
namespace {

using Status = Transfer::Status;

iovec part(std::string& text) {
  return {text.data(), text.size()};
}

/// Two connected TCP sockets, the near one accepted as the server does.
class SocketTest : public testing::Test {
 protected:
  void SetUp() override {
    auto listener = listen_on("127.0.0.1:0", {});
    ASSERT_TRUE(listener) << listener.error().what;
    listener_ = std::move(*listener);
    far_ = connect();
    Accepted accepted = accept();
    ASSERT_EQ(accepted.status, Accepted::Status::Done);
    near_ = std::move(accepted.fd);
  }

  Fd connect() const {
    Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.get(), listener_.address.raw(), listener_.address.size()), 0);
    return client;
  }

  Accepted accept() const {
    wait(listener_.fd.get(), POLLIN);
    return accept_one(listener_.fd.get());
  }

  static void wait(int fd, short events) {
    pollfd wanted{fd, events, 0};
    EXPECT_EQ(::poll(&wanted, 1, 60'000), 1);
  }

  static std::string receive(int fd, std::size_t size) {
    std::string text(size, '\0');
    EXPECT_EQ(::recv(fd, text.data(), size, MSG_WAITALL), static_cast<ssize_t>(size));
    return text;
  }

  Listener listener_;
  Fd near_;
  Fd far_;
};

TEST_F(SocketTest, AcceptsConnectionsThatAreReadyForTheLoop) {
  EXPECT_EQ(accept_one(listener_.fd.get()).status, Accepted::Status::Again);
  const Fd client = connect();
  const Accepted accepted = accept();
  ASSERT_EQ(accepted.status, Accepted::Status::Done);
  EXPECT_NE(::fcntl(accepted.fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(accepted.fd.get(), F_GETFD) & FD_CLOEXEC, 0);

  const auto peer =
      Address::of(reinterpret_cast<const sockaddr*>(&accepted.peer), accepted.peer_size);
  EXPECT_EQ(peer.text(), Address::local(client.get())->text());

  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(accepted.fd.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_EQ(no_delay, 1);
}

TEST_F(SocketTest, TellsALackOfDescriptorsFromAListenerThatIsBroken) {
  const Fd client = connect();
  wait(listener_.fd.get(), POLLIN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const Fd lowest_free(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest_free.get());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Accepted full = accept_one(listener_.fd.get());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(full.status, Accepted::Status::NoDescriptors);
  EXPECT_EQ(full.error, EMFILE);
  EXPECT_EQ(accept_one(listener_.fd.get()).status, Accepted::Status::Done);

  EXPECT_EQ(accept_one(near_.get()).status, Accepted::Status::Failed);
  EXPECT_EQ(accept_one(-1).status, Accepted::Status::Failed);
}

TEST_F(SocketTest, ReadsWhatIsThereAndThenTheEnd) {
  std::array<char, 4> room{};
  EXPECT_TRUE(read_some(near_.get(), room).again());
  ASSERT_EQ(::send(far_.get(), "abcdef", 6, 0), 6);
  shutdown_write(far_.get());
  wait(near_.get(), POLLIN);
  Transfer got = read_some(near_.get(), room);
  EXPECT_TRUE(got.done());
  EXPECT_EQ(std::string_view(room.data(), got.size), "abcd");
  got = read_some(near_.get(), room);
  EXPECT_EQ(std::string_view(room.data(), got.size), "ef");
  wait(near_.get(), POLLRDHUP);
  EXPECT_EQ(read_some(near_.get(), room).status, Status::Ended);
}

TEST_F(SocketTest, ReportsAResetWithItsError) {
  const linger at_once{1, 0};
  ASSERT_EQ(::setsockopt(far_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  far_.reset();
  wait(near_.get(), POLLIN);
  std::array<char, 4> room{};
  const Transfer got = read_some(near_.get(), room);
  EXPECT_EQ(got.status, Status::Failed);
  EXPECT_EQ(got.error, ECONNRESET);

  std::string text = "late";
  const iovec late = part(text);
  const Transfer sent = send_gather(near_.get(), std::span(&late, 1));  // raises no SIGPIPE
  EXPECT_EQ(sent.status, Status::Failed);
  EXPECT_EQ(sent.error, EPIPE);
}

TEST_F(SocketTest, SendsPartsInTheirOrderAndStopsWhenThePeerDoesNotRead) {
  std::string head = "head ";
  std::string body = "body";
  const std::array<iovec, 2> parts{part(head), part(body)};
  Transfer sent = send_gather(near_.get(), parts, MSG_MORE);
  EXPECT_TRUE(sent.done());
  EXPECT_EQ(sent.size, 9U);
  sent = send_gather(near_.get(), parts);
  EXPECT_EQ(receive(far_.get(), 18), "head bodyhead body");

  std::string large(std::size_t{1} << 20U, 'x');
  const iovec all = part(large);
  do {
    sent = send_gather(near_.get(), std::span(&all, 1));
  } while (sent.done());
  EXPECT_TRUE(sent.again());
}

TEST_F(SocketTest, TakesMorePartsThanTheKernelDoes) {
  std::string byte = "x";
  const std::vector<iovec> parts(IOV_MAX + 1, part(byte));
  const Transfer sent = send_gather(near_.get(), parts);
  EXPECT_TRUE(sent.done());
  EXPECT_EQ(sent.size, std::size_t{IOV_MAX});
}

TEST_F(SocketTest, SendsAFileFromAnyOffsetUpToItsEnd) {
  const Fd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_TRUE(file);
  ASSERT_EQ(::write(file.get(), "0123456789", 10), 10);
  Transfer sent = send_file(near_.get(), file.get(), 2, 3);
  EXPECT_TRUE(sent.done());
  EXPECT_EQ(sent.size, 3U);
  sent = send_file(near_.get(), file.get(), 5, 100);
  EXPECT_EQ(sent.size, 5U);
  EXPECT_EQ(send_file(near_.get(), file.get(), 10, 1).status, Status::Ended);
  EXPECT_EQ(send_file(near_.get(), file.get(), 0, 0).status, Status::Done);
  EXPECT_EQ(receive(far_.get(), 8), "23456789");

  ASSERT_EQ(::ftruncate(file.get(), 1 << 24), 0);
  do {
    sent = send_file(near_.get(), file.get(), 0, 1 << 24);
  } while (sent.done());
  EXPECT_TRUE(sent.again());
  EXPECT_EQ(send_file(near_.get(), -1, 0, 1).status, Status::Failed);
}

}  // namespace
}  // namespace penstock::net
