// SPDX-License-Identifier: MIT
#include "service/log_writer_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "service/log_line_encoder.h"

namespace penstock::service {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;

/// The numbers of all open descriptors, and one that was only for that.
std::vector<int> open_descriptors() {
  std::vector<int> open;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error))
    if (const auto number = text::parse_unsigned(entry.path().filename().native()); number)
      open.push_back(static_cast<int>(*number));
  return open;
}

}  // namespace

Result<> LogWriterProcess::add(const config::LogStreamConfig& config,
                               const LogFile::Settings& files, int reader) {
  if (reader < 0) return {};
  Stream& stream = streams_.emplace_back();
  stream.reader = reader;
  for (const config::LogTarget& target : config.targets) {
    Target made{TRY(sink_of(target, files)), {}};
    for (const config::LogEncoder& encoder : config.encoders)
      if (encoder.target.empty() || encoder.target == target.name) made.encoders.push_back(encoder);
    stream.targets.push_back(std::move(made));
  }
  return {};
}

/// Of one file there is one sink, so that it is rotated once and by all at the same time.
Result<std::shared_ptr<LogSink>> LogWriterProcess::sink_of(const config::LogTarget& target,
                                                           const LogFile::Settings& files) {
  const bool is_file = target.kind == config::LogTarget::Kind::File;
  if (const auto open = files_.find(target.where); is_file && open != files_.end())
    return open->second;
  std::shared_ptr<LogSink> sink = TRY(open_log_sink(target, files, settings_.standard));
  if (is_file) files_.emplace(target.where, sink);
  return sink;
}

void LogWriterProcess::run() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);  // it ends with the streams, whoever says what
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGHUP);
  ::sigaddset(&wanted, SIGUSR1);
  signals_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  close_the_rest(signals_);
  while (!streams_.empty())
    wait();
  ::_exit(EXIT_SUCCESS);
}

/// Above all the write ends of the pipes, and the server's sockets.
void LogWriterProcess::close_the_rest(int kept) const {
  std::vector<int> needed{kept, settings_.standard};
  for (const Stream& stream : streams_) {
    needed.push_back(stream.reader);
    for (const Target& target : stream.targets)
      needed.push_back(target.sink->descriptor());
  }
  for (const int descriptor : open_descriptors())
    if (std::find(needed.begin(), needed.end(), descriptor) == needed.end()) ::close(descriptor);
}

void LogWriterProcess::wait() {
  std::vector<pollfd> waiting{{signals_, POLLIN, 0}};
  for (const Stream& stream : streams_)
    waiting.push_back({stream.reader, POLLIN, 0});
  if (::poll(waiting.data(), waiting.size(), -1) < 0) return;
  signalfd_siginfo info{};
  if (waiting[0].revents != 0)
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      obey(static_cast<int>(info.ssi_signo));
  for (std::size_t i = 0; i < streams_.size(); ++i)
    if (waiting[i + 1].revents != 0) read(streams_[i]);
  std::erase_if(streams_, [](const Stream& stream) { return stream.reader < 0; });
}

void LogWriterProcess::read(Stream& stream) {
  std::array<char, kLongestLine> buffer;
  const ssize_t got = ::read(stream.reader, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return;
  if (got > 0) stream.begun.append(buffer.data(), static_cast<std::size_t>(got));
  std::string_view rest = stream.begun;
  for (std::size_t end; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1))
    write(stream, rest.substr(0, end));
  const bool at_end = got <= 0;
  if (!rest.empty() && (at_end || rest.size() >= kLongestLine)) {
    write(stream, rest);
    rest = {};
  }
  stream.begun = std::string(rest);
  if (at_end) stream.reader = -1;
  for (const auto& [path, file] : files_)
    file->look_at_size(settings_.max_bytes);
}

void LogWriterProcess::write(Stream& stream, std::string_view line) {
  const std::int64_t now = wall_micros();
  for (Target& target : stream.targets) {
    std::string made(line);
    for (const config::LogEncoder& encoder : target.encoders)
      made = encode(encoder, made, now);
    target.sink->write(made, now);
  }
}

/// What fails stays as it was; its next line says why.
void LogWriterProcess::obey(int signal) {
  for (const auto& [path, file] : files_) {
    const auto done = signal == SIGHUP ? file->reopen() : file->rotate();
    if (!done) file->write("error: " + done.error().what, wall_micros());
  }
}

}  // namespace penstock::service
