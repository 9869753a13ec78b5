// SPDX-License-Identifier: MIT
#include "report/line.h"

#include "report/json_line.h"
#include "report/scan.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

constexpr std::string_view kBegin = "[pid: ";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// Undoes the escapes of our own log, \xHH. Stock uWSGI has none, and hardly a URI looks so.
std::string_view unescaped(std::string_view text, std::string& storage) {
  if (text.find("\\x") == text.npos) return text;
  storage.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      const int high = hex_digit(text[i + 2]);
      const int low = hex_digit(text[i + 3]);
      if (high >= 0 && low >= 0) {
        storage += static_cast<char>(high * 16 + low);
        i += 3;
        continue;
      }
    }
    storage += text[i];
  }
  return storage;
}

/// " [receive 1 queue 2 app 3 gil 4 cpu 5 write 6 micros]"
bool read_timings(Scan& scan, Timings& timings) {
  return scan.take(" [receive ") && scan.take_number(timings.receive) && scan.take(" queue ") &&
         scan.take_number(timings.queue) && scan.take(" app ") && scan.take_number(timings.app) &&
         scan.take(" gil ") && scan.take_number(timings.gil) && scan.take(" cpu ") &&
         scan.take_number(timings.cpu) && scan.take(" write ") && scan.take_number(timings.write) &&
         scan.take(" micros]");
}

/// What follows " => generated ".
bool read_answer(Scan scan, Line& line) {
  std::string_view protocol;
  if (!scan.take_number(line.body_bytes) || !scan.take(" bytes in ") ||
      !scan.take_number(line.micros))
    return false;
  if (scan.take(" msecs")) {
    if (line.micros > UINT64_MAX / 1000) return false;
    line.micros *= 1000;
  } else if (!scan.take(" micros")) {
    return false;
  }
  std::string_view via;
  if (!scan.take_until(" (", via) || !scan.take_until(") ", protocol)) return false;
  Scan status(protocol.substr(protocol.rfind(' ') + 1));
  if (!status.take_number(line.status) || !status.at_end()) return false;
  std::string_view headers;
  if (!scan.take_until(" switches on core ", headers)) return false;
  std::string_view core;
  if (!scan.take_until(")", core)) return false;
  line.has_timings = read_timings(scan, line.timings);
  return true;
}

/// From "[pid: " on. What the peer sent stands between fixed texts: the first of those before it,
/// the last of those after it.
bool read_default_line(std::string_view text, Line& line) {
  constexpr std::string_view kArrow = " => generated ";
  Scan scan(text);
  std::string_view ignored;
  std::string_view time;
  if (!scan.take_until(" bytes} [", ignored) || !scan.take_until("] ", time)) return false;
  const auto second = read_ctime(time);
  if (!second) return false;
  line.second = *second;
  const std::size_t arrow = scan.rest().rfind(kArrow);
  if (arrow == std::string_view::npos) return false;
  const std::string_view request = scan.rest().substr(0, arrow);
  const std::size_t blank = request.find(' ');
  if (blank == std::string_view::npos) return false;
  line.method = request.substr(0, blank);
  line.uri = request.substr(blank + 1);
  scan.skip(arrow + kArrow.size());
  return read_answer(scan, line);
}

}  // namespace

LineKind LineReader::read(std::string_view text, Line& line) {
  line = Line{};
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  if (text.starts_with('{')) {
    // The memory report of -m begins so too.
    if (!text.starts_with("{address space usage: "))
      return read_json_line(text, line, method_, uri_) ? LineKind::Request : LineKind::Broken;
  }
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string_view::npos) return LineKind::Message;
  if (!read_default_line(text.substr(begin), line)) return LineKind::Broken;
  line.method = unescaped(line.method, method_);
  line.uri = unescaped(line.uri, uri_);
  return LineKind::Request;
}

}  // namespace penstock::report
