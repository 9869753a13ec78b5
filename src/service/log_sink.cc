// SPDX-License-Identifier: MIT
#include "service/log_sink.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/local_time.h"
#include "base/write_line.h"
#include "net/address.h"

namespace penstock::service {
namespace {

class StandardSink final : public LogSink {
 public:
  explicit StandardSink(int descriptor) : descriptor_(descriptor) {}
  void write(std::string_view line, std::int64_t) override {
    write_line(descriptor_, std::string(line) + '\n');
  }

 private:
  int descriptor_;
};

class FileSink final : public LogSink {
 public:
  explicit FileSink(LogFile file) : file_(std::move(file)) {}
  void write(std::string_view line, std::int64_t) override {
    write_line(file_.fd(), std::string(line) + '\n');
  }
  int descriptor() const override { return file_.fd(); }
  void look_at_size(std::uint64_t most) override {
    if (most > 0 && file_.size() >= most) static_cast<void>(rotate());
  }
  Result<> reopen() override { return file_.reopen(); }
  Result<> rotate() override {
    TRY(file_.rotate(wall_micros() / 1'000'000));
    return {};
  }

 private:
  LogFile file_;
};

/// Datagrams. Who is not there is tried again with each line, which costs nothing on one machine
/// and for UDP.
class DatagramSink final : public LogSink {
 public:
  DatagramSink(config::LogTarget target, net::Address address)
      : target_(std::move(target)), address_(address) {}

  void write(std::string_view line, std::int64_t micros) override {
    const std::string datagram = head(micros) + std::string(line);
    if (!send(datagram)) send(datagram);
  }

 private:
  /// What RFC 3164 says, and what syslog(3) does.
  std::string head(std::int64_t micros) const {
    using Kind = config::LogTarget::Kind;
    if (target_.kind == Kind::Socket) return {};
    const std::string time = local_time("%b %e %H:%M:%S", micros / 1'000'000);
    return fmt::format("<{}>{} {}[{}]: ", target_.priority, time, target_.program, ::getppid());
  }

  /// False: worth another try, by a new socket.
  bool send(std::string_view datagram) {
    if (!socket_ && !connect()) return true;
    if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
      return true;
    if (errno == EAGAIN || errno == EMSGSIZE || errno == ENOBUFS) return true;
    socket_.reset();
    return false;
  }

  bool connect() {
    Fd made{::socket(address_.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!made || ::connect(made.get(), address_.raw(), address_.size()) < 0) return false;
    socket_ = std::move(made);
    return true;
  }

  config::LogTarget target_;
  net::Address address_;
  Fd socket_;
};

}  // namespace

Result<std::unique_ptr<LogSink>> open_log_sink(const config::LogTarget& target,
                                               const LogFile::Settings& files, int standard) {
  using Kind = config::LogTarget::Kind;
  if (target.kind == Kind::Standard) return std::make_unique<StandardSink>(standard);
  if (target.kind == Kind::File) {
    LogFile::Settings settings = files;
    settings.path = target.where;
    return std::make_unique<FileSink>(TRY(LogFile::open(std::move(settings))));
  }
  return std::make_unique<DatagramSink>(target, TRY(net::Address::parse(target.where)));
}

}  // namespace penstock::service
