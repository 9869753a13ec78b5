// SPDX-License-Identifier: MIT
#include "server/log_line.h"

#include <type_traits>

#include "base/text.h"
#include "server/log_value.h"

namespace penstock::server {
namespace {

constexpr std::size_t kShortened = 200;  // bytes of a value in a line that would be too long
constexpr std::uint64_t kMega = 1024 * 1024;

/// Appends texts and numbers. Format strings would cost more than all the rest of a request.
template <class... Parts>
void add(std::string& out, const Parts&... parts) {
  const auto append = [&out](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (std::is_integral_v<Part> && std::is_signed_v<Part>) {
      append_number(out, std::int64_t{part});
    } else if constexpr (std::is_integral_v<Part>) {
      append_number(out, std::uint64_t{part});
    } else {
      out.append(part);
    }
  };
  (append(parts), ...);
}

// The configuration was checked when it was read; a format that is none any more is an empty one.
config::LogFormat format_of(const config::LogConfig& config) {
  return config::parse_log_format(config.format, config.escape).value_or(config::LogFormat{});
}

}  // namespace

LogLine::LogLine(const config::LogConfig& config, LogWorker worker)
    : config_(config),
      worker_(worker),
      format_(format_of(config)),
      wants_timings_(config.format.empty()
                         ? config.timings
                         : format_.uses(config::LogField::Receive, config::LogField::Write)),
      clock_(config.date) {}

void LogLine::append(std::string& out, const LogEntry& entry) {
  const std::size_t begin = out.size();
  const auto too_long = [&] { return out.size() - begin > kLongestLine; };
  if (config_.format.empty()) {
    const http::Request& request = entry.request;
    append_default(out, entry,
                   {client_address(request, config_.forwarded_for), request.remote_user,
                    request.method, request.target, request.protocol});
    if (!too_long()) return;
    // As uWSGI does.
    out.resize(begin);
    return append_default(out, entry, {"0.0.0.0", "", "-", "-", "-"});
  }
  for (const std::size_t longest : {std::string_view::npos, kShortened, kShortened / 10}) {
    append_formatted(out, entry, longest);
    if (!too_long()) return;
    out.resize(begin);
  }
  append_formatted(out, entry, 0);
}

void LogLine::append_default(std::string& out, const LogEntry& entry, const Peer& peer) {
  const http::Request& request = entry.request;
  const ExchangeRecord& record = entry.record;
  if (config_.memory) append_memory(out);
  add(out, "[pid: ", worker_.pid, "|app: 0|req: ", entry.worker_requests, "/", entry.total_requests,
      "] ");
  text::append_escaped(out, peer.address);
  add(out, " (");
  text::append_escaped(out, peer.user);
  // uWSGI counts keys and values, and so twice the variables.
  add(out, ") {", request.variable_count * 2, " vars in ", request.packet_size, " bytes} [",
      clock_.text(LogClock::Form::CTime, record.wall_micros), "] ");
  text::append_escaped(out, peer.method);
  add(out, " ");
  text::append_escaped(out, peer.target);
  const auto taken = record.done_at - record.head_at;
  add(out, " => generated ", record.body_bytes, " bytes in ");
  if (config_.micros) {
    add(out, std::chrono::duration_cast<std::chrono::microseconds>(taken).count(), " micros");
  } else {
    add(out, std::chrono::duration_cast<milliseconds>(taken).count(), " msecs");
  }
  add(out, record.sent_file ? " via sendfile() (" : " (");
  text::append_escaped(out, peer.protocol);
  add(out, " ", record.status, ") ", record.header_count, " headers in ", record.header_bytes,
      " bytes (1 switches on core ", record.slot, ")");
  if (config_.timings) append_timings(out, record);
  add(out, "\n");
}

void LogLine::append_memory(std::string& out) {
  const MemoryUse use = memory_.read();
  add(out, "{address space usage: ", use.address_space, " bytes/", use.address_space / kMega,
      "MB} {rss usage: ", use.resident, " bytes/", use.resident / kMega, "MB} ");
}

void LogLine::append_timings(std::string& out, const ExchangeRecord& record) {
  const LogTimings timings(record);
  add(out, " [receive ", timings.receive, " queue ", timings.queue, " app ", timings.app, " gil ",
      timings.lock, " cpu ", timings.cpu, " write ", timings.write, " micros]");
}

void LogLine::append_formatted(std::string& out, const LogEntry& entry, std::size_t longest) {
  LogValues values(entry, worker_, config_, clock_, memory_);
  for (const config::LogPart& part : format_.parts) {
    if (part.field == config::LogField::Literal) {
      out += part.text;
    } else {
      values.append(out, part, {format_.escape, longest});
    }
  }
  out += '\n';
}

}  // namespace penstock::server
