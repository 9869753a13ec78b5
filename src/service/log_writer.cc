// SPDX-License-Identifier: MIT
// The parent's side. The child's is log_writer_process.cc.
#include "service/log_writer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/output.h"
#include "service/log_writer_process.h"

namespace penstock::service {
namespace {

constexpr milliseconds kLastMoment{2000};
constexpr int kFirstFree = 3;

Result<Fd> copy_of(int descriptor) {
  Fd copy{::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFree)};
  if (!copy) return os_error("fcntl(F_DUPFD_CLOEXEC)");
  return copy;
}

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::start(Settings settings) {
  // Lines of requests that are only encoded differently go where the messages go.
  config::LogTargetsConfig& targets = settings.targets;
  if (targets.requests.is_used() && targets.requests.targets.empty())
    targets.requests.targets = targets.messages.targets;
  for (config::LogStreamConfig* const stream : {&targets.messages, &targets.requests}) {
    if (!stream->is_used()) continue;
    if (stream->targets.empty()) stream->targets.emplace_back();
    for (config::LogTarget& target : stream->targets) {
      if (target.kind != config::LogTarget::Kind::Standard || settings.files.path.empty()) continue;
      target.kind = config::LogTarget::Kind::File;
      target.where = settings.files.path;
    }
  }
  std::unique_ptr<LogWriter> writer(new LogWriter(std::move(settings)));
  TRY(writer->open());
  return writer;
}

Result<> LogWriter::open() {
  output_ = TRY(copy_of(STDOUT_FILENO));
  error_ = TRY(copy_of(STDERR_FILENO));
  for (const auto& [stream, pipe] : {std::pair{&settings_.targets.messages, &messages_},
                                     std::pair{&settings_.targets.requests, &requests_}}) {
    if (!stream->is_used()) continue;
    *pipe = TRY(make_pipe());
  }
  TRY(launch());
  if (messages_.writer) TRY(become_output(messages_.writer.get()));
  return {};
}

Result<> LogWriter::launch() {
  LogWriterProcess process({error_.get(), settings_.max_bytes});
  TRY(process.add(settings_.targets.messages, settings_.files, messages_.reader.get()));
  TRY(process.add(settings_.targets.requests, settings_.files, requests_.reader.get()));
  const pid_t pid = ::fork();
  if (pid < 0) return os_error("fork");
  if (pid == 0) process.run();
  pid_ = pid;
  return {};
}

LogWriter::~LogWriter() {
  finish();
}

int LogWriter::request_descriptor() const {
  return requests_.writer ? requests_.writer.get() : STDERR_FILENO;
}

void LogWriter::exited(pid_t pid) {
  if (pid != pid_) return;
  pid_ = -1;
  log::warning("the process that writes the log (pid: {}) has died: starting another", pid);
  if (const auto done = launch(); !done) {
    if (messages_.writer) static_cast<void>(become_output(error_.get()));
    log::error("the log cannot be written: {}", done.error().what);
  }
}

void LogWriter::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

void LogWriter::reopen() {
  signal(SIGHUP);
}

void LogWriter::rotate() {
  signal(SIGUSR1);
}

void LogWriter::finish() {
  if (output_) ::dup2(output_.get(), STDOUT_FILENO);
  if (error_) ::dup2(error_.get(), STDERR_FILENO);
  messages_ = Pipe();
  requests_ = Pipe();
  if (pid_ <= 0) return;
  // A program that the app has left behind may hold the pipe for as long as it likes.
  const SteadyTime until = steady_now() + kLastMoment;
  const timespec pause{0, 2'000'000};
  while (::waitpid(pid_, nullptr, WNOHANG) == 0 && steady_now() < until)
    ::nanosleep(&pause, nullptr);
  pid_ = -1;
}

}  // namespace penstock::service
