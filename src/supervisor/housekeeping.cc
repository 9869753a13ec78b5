// SPDX-License-Identifier: MIT
// The letters are those of uWSGI's master FIFO, as far as they have a meaning here.
#include "supervisor/housekeeping.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/output.h"

namespace penstock::supervisor {
namespace {

constexpr milliseconds kSizeLook = 1000ms;

std::string in_quotes(char letter) {
  return {'\'', letter, '\''};
}

}  // namespace

Result<std::unique_ptr<Housekeeping>> Housekeeping::create(net::Loop& loop, Commands& commands,
                                                           Settings settings) {
  std::unique_ptr<Housekeeping> made(new Housekeeping(loop, commands, std::move(settings)));
  TRY(made->listen());
  return made;
}

Housekeeping::Housekeeping(net::Loop& loop, Commands& commands, Settings settings)
    : loop_(loop),
      commands_(commands),
      settings_(std::move(settings)),
      size_alarm_([this] { look_at_size(); }),
      watchdog_alarm_([this] { feed_watchdog(); }) {
  if (settings_.log.max_bytes > 0) look_at_size();
  if (settings_.watchdog) feed_watchdog();
}

Result<> Housekeeping::listen() {
  for (const std::string& path : settings_.service.master_fifos) {
    auto fifo =
        TRY(service::MasterFifo::create(loop_, path, [this](char letter) { obey(letter); }));
    fifos_.push_back(std::move(fifo));
  }

  const auto watch = [this](const std::vector<std::string>& paths, auto action) {
    for (const std::string& path : paths) {
      if (!touch_files_) touch_files_.emplace(loop_);
      touch_files_->add(path, [action](const std::string& touched) {
        log::info("{} was touched", touched);
        action();
      });
    }
  };
  watch(settings_.service.touch_reload, [this] { commands_.reload(); });
  watch(settings_.service.touch_workers_reload, [this] { commands_.reload_workers(); });
  watch(settings_.service.touch_chain_reload, [this] { commands_.reload_workers(); });
  watch(settings_.log.touch_reopen, [this] { reopen_log(); });
  watch(settings_.log.touch_rotate, [this] { rotate_log(); });
  return {};
}

void Housekeeping::obey(char letter) {
  log::info("master FIFO: command {}", in_quotes(letter));
  switch (letter) {
    case 'r':
    case 'R':
      return commands_.reload();
    case 'w':
    case 'W':
    case 'c':
      return commands_.reload_workers();
    case 'q':
      return commands_.stop();
    case 'Q':
      return commands_.kill();
    case 'p':
      return commands_.toggle_pause();
    case '+':
      return commands_.change_workers(1);
    case '-':
      return commands_.change_workers(-1);
    case 's':
      return commands_.log_stats();
    case 'l':
      return reopen_log();
    case 'L':
      return rotate_log();
    case 'P':
      return rewrite_pid_files();
    default:
      log::warning("no command has the letter {}", in_quotes(letter));
  }
}

void Housekeeping::rewrite_pid_files() {
  for (service::PidFile& file : settings_.pid_files)
    if (const auto written = file.rewrite(); !written) log::error("{}", written.error().what);
}

void Housekeeping::handed_over(pid_t pid) {
  settings_.notifier.send(fmt::format("MAINPID={}", pid));
}

void Housekeeping::serving() {
  if (settings_.later_file) {
    settings_.log_file = std::exchange(settings_.later_file, std::nullopt);
    adopt(*settings_.log_file);
  }
  settings_.start.send(0);
  settings_.notifier.send(fmt::format("READY=1\nMAINPID={}\nSTATUS=Serving requests", ::getpid()));
}

void Housekeeping::reloading() {
  if (settings_.log.reopen_on_reload) reopen_log();
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_now().time_since_epoch());
  settings_.notifier.send(
      fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=Starting new workers", now.count()));
}

void Housekeeping::stopping() {
  settings_.notifier.send("STOPPING=1\nSTATUS=Finishing requests");
}

void Housekeeping::ended(int exit_code) {
  settings_.start.send(exit_code);
}

void Housekeeping::adopt(service::LogFile& file) {
  if (const auto done = become_output(file.fd()); !done) return log::error("{}", done.error().what);
  commands_.output_became(file.fd());
}

void Housekeeping::exited(pid_t pid) {
  if (settings_.log_writer) settings_.log_writer->exited(pid);
}

std::vector<PassedDescriptor> Housekeeping::first_output() const {
  if (!settings_.log_writer) return {};
  return {{settings_.log_writer->standard_output(), STDOUT_FILENO},
          {settings_.log_writer->standard_error(), STDERR_FILENO}};
}

int Housekeeping::Settings::request_descriptor() const {
  return log_writer ? log_writer->request_descriptor() : STDERR_FILENO;
}

void Housekeeping::reopen_log() {
  if (settings_.log_writer) {
    settings_.log_writer->reopen();
    if (!settings_.log_file) return log::info("the log files are opened anew");
  }
  if (!settings_.log_file) return log::warning("there is no log file to open anew");
  if (const auto opened = settings_.log_file->reopen(); !opened)
    return log::error("{}; the log stays where it is", opened.error().what);
  adopt(*settings_.log_file);
  log::info("the log file was opened anew");
}

void Housekeeping::rotate_log() {
  if (settings_.log_writer) {
    settings_.log_writer->rotate();
    if (!settings_.log_file) return log::info("the log files are rotated");
  }
  if (!settings_.log_file) return log::warning("there is no log file to rotate");
  const auto backup = settings_.log_file->rotate(wall_micros() / 1'000'000);
  if (!backup) return log::error("{}; the log stays where it is", backup.error().what);
  adopt(*settings_.log_file);
  log::info("the log was rotated, what was before is in {}", *backup);
}

void Housekeeping::look_at_size() {
  if (settings_.log_file && settings_.log_file->size() >= settings_.log.max_bytes) rotate_log();
  loop_.timers().arm(size_alarm_, steady_now() + kSizeLook);
}

/// The loop itself is what is shown to turn: a timer of it calls this.
void Housekeeping::feed_watchdog() {
  if (commands_.is_healthy()) settings_.notifier.send("WATCHDOG=1");
  loop_.timers().arm(watchdog_alarm_, steady_now() + *settings_.watchdog / 2);
}

}  // namespace penstock::supervisor
