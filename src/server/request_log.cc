// SPDX-License-Identifier: MIT
#include "server/request_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <climits>

#include "base/write_line.h"

namespace penstock::server {
namespace {

bool is_pipe(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && S_ISFIFO(about.st_mode);
}

bool is_class(int status, int hundreds) {
  return status / 100 == hundreds;
}

bool may_log(const config::LogConfig& config) {
  return config.requests || config.client_errors || config.server_errors || config.empty ||
         config.files || config.failed || config.slow > 0 || config.big > 0;
}

}  // namespace

RequestLog::RequestLog(int descriptor, const config::LogConfig& config, LogWorker worker)
    : descriptor_(descriptor),
      config_(config),
      worker_(worker),
      enabled_(may_log(config)),
      line_(config, worker) {}

RequestLog::~RequestLog() {
  flush();
}

bool RequestLog::is_wanted(const ExchangeRecord& record) const {
  if (config_.requests || record.log_in_any_case) return true;
  const auto taken = std::chrono::duration_cast<milliseconds>(record.done_at - record.head_at);
  return (config_.client_errors && is_class(record.status, 4)) ||
         (config_.server_errors && is_class(record.status, 5)) ||
         (config_.slow > 0 && taken.count() >= static_cast<std::int64_t>(config_.slow)) ||
         (config_.big > 0 && record.body_bytes >= config_.big) ||
         (config_.empty && record.body_bytes == 0) || (config_.files && record.sent_file) ||
         (config_.failed && record.write_failed);
}

void RequestLog::add_request(const LogEntry& entry) {
  if (!is_wanted(entry.record)) return;
  const std::lock_guard lock(mutex_);
  line_.append(lines_, entry);
  pending_.store(true, std::memory_order_relaxed);
  if (lines_.size() >= kGathered) flush_locked();
}

void RequestLog::flush() {
  const std::lock_guard lock(mutex_);
  flush_locked();
}

void RequestLog::flush_locked() {
  if (lines_.empty()) return;
  // A pipe keeps writes of at most PIPE_BUF in one piece: whole lines, as many as fit.
  const std::size_t most = is_pipe(descriptor_) ? std::size_t{PIPE_BUF} : lines_.size();
  std::string_view rest = lines_;
  while (!rest.empty()) {
    std::size_t size = std::min(most, rest.size());
    if (size < rest.size()) {
      const std::size_t line_end = rest.rfind('\n', size - 1);
      size = (line_end == std::string_view::npos ? rest.find('\n') : line_end) + 1;
    }
    const std::string_view piece = rest.substr(0, size);
    put(piece);
    rest.remove_prefix(size);
  }
  lines_.clear();
  pending_.store(false, std::memory_order_relaxed);
}

/// Writes whole lines. Of a full disk's part of them, the last may be torn: it is lost, and the
/// next write begins by ending it.
void RequestLog::put(std::string_view lines) {
  std::size_t written = 0;
  if (tell_of_lost_lines()) {
    written = write_bytes(descriptor_, lines);
    line_is_torn_ = written > 0 && lines[written - 1] != '\n';
  }
  const std::string_view lost = lines.substr(written);
  lost_ += static_cast<std::uint64_t>(std::count(lost.begin(), lost.end(), '\n'));
}

/// False: nothing can be written even now.
bool RequestLog::tell_of_lost_lines() {
  if (lost_ == 0) return true;
  std::string message(line_is_torn_ ? "\n" : "");
  message += "warning: worker ";
  append_number(message, std::int64_t{worker_.number});
  message += " (pid: ";
  append_number(message, std::int64_t{worker_.pid});
  message += "): ";
  append_number(message, lost_);
  message += " lines of the request log could not be written and are lost\n";
  const std::size_t written = write_bytes(descriptor_, message);
  if (written > 0) line_is_torn_ = message[written - 1] != '\n';
  if (written < message.size()) return false;
  lost_ = 0;
  return true;
}

}  // namespace penstock::server
