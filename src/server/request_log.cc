// SPDX-License-Identifier: MIT
#include "server/request_log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <type_traits>

#include "base/text.h"
#include "base/write_line.h"
#include "server/exchange.h"

namespace penstock::server {
namespace {

/// Longer lines lose what the peer sent, as uWSGI's do.
constexpr std::size_t kLongestLine = 4096;

bool is_pipe(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && S_ISFIFO(about.st_mode);
}

/// ctime(3) without the line feed: "Tue Nov 24 22:04:20 2026", local time.
std::string local_time(std::int64_t second) {
  const auto time = static_cast<std::time_t>(second);
  std::tm parts{};
  ::localtime_r(&time, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%a %b %e %H:%M:%S %Y", &parts);
  return {text, size};
}

}  // namespace

RequestLog::RequestLog(int descriptor, bool enabled)
    : descriptor_(descriptor), enabled_(enabled), pid_(::getpid()) {}

RequestLog::~RequestLog() {
  flush();
}

void RequestLog::add_request(const http::Request& request, const ExchangeRecord& record,
                             std::uint64_t worker_requests, std::uint64_t total_requests) {
  const std::lock_guard lock(mutex_);
  if (record.wall_seconds != time_second_) {
    time_second_ = record.wall_seconds;
    time_text_ = local_time(record.wall_seconds);
  }
  const auto milliseconds_taken =
      std::chrono::duration_cast<milliseconds>(record.done_at - record.head_at).count();
  const std::size_t begin = lines_.size();
  const auto add_line = [&](std::string_view address, std::string_view user,
                            std::string_view method, std::string_view target,
                            std::string_view protocol) {
    add("[pid: ", pid_, "|app: 0|req: ", worker_requests, "/", total_requests, "] ");
    text::append_escaped(lines_, address);
    add(" (");
    text::append_escaped(lines_, user);
    // uWSGI counts keys and values, and so twice the variables.
    add(") {", request.variable_count * 2, " vars in ", request.packet_size, " bytes} [",
        time_text_, "] ");
    text::append_escaped(lines_, method);
    add(" ");
    text::append_escaped(lines_, target);
    add(" => generated ", record.body_bytes, " bytes in ", milliseconds_taken,
        record.sent_file ? " msecs via sendfile() (" : " msecs (");
    text::append_escaped(lines_, protocol);
    add(" ", record.status, ") ", record.header_count, " headers in ", record.header_bytes,
        " bytes (1 switches on core ", record.slot, ")\n");
  };
  add_line(request.remote_address, request.remote_user, request.method, request.target,
           request.protocol);
  if (lines_.size() - begin > kLongestLine) {
    lines_.resize(begin);
    add_line("0.0.0.0", "", "-", "-", "-");
  }
  pending_.store(true, std::memory_order_relaxed);
  if (lines_.size() >= kGathered) flush_locked();
}

/// Appends texts and numbers. Format strings would cost more than all the rest of a request.
template <class... Parts>
void RequestLog::add(const Parts&... parts) {
  const auto append = [this](const auto& part) {
    if constexpr (std::is_integral_v<std::remove_cvref_t<decltype(part)>>) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, part).ptr;
      lines_.append(digits, static_cast<std::size_t>(end - digits));
    } else {
      lines_.append(part);
    }
  };
  (append(parts), ...);
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
    write_line(descriptor_, rest.substr(0, size));
    rest.remove_prefix(size);
  }
  lines_.clear();
  pending_.store(false, std::memory_order_relaxed);
}

}  // namespace penstock::server
