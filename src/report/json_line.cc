// SPDX-License-Identifier: MIT
#include "report/json_line.h"

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <optional>

#include "report/scan.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

constexpr int kDeepest = 32;

struct Value {
  bool is_text = false;
  std::string_view text;  // between its quotes, escapes as they stand; or the number's digits
};

bool take_string(Scan& scan, std::string_view& text) {
  if (!scan.take("\"")) return false;
  const std::string_view rest = scan.rest();
  std::size_t end = rest.find('"');
  if (end == rest.npos) return false;
  // Hardly a string has escapes.
  for (std::size_t i = rest.substr(0, end).find('\\'); i < end; ++i) {
    if (rest[i] != '\\') continue;
    if (++i < end) continue;
    end = rest.find('"', end + 1);  // that quote was escaped
    if (end == rest.npos) return false;
  }
  text = rest.substr(0, end);
  scan.skip(end + 1);
  return true;
}

/// Passes over an object or array; strings in it may have any bracket.
bool skip_nested(Scan& scan) {
  int depth = 0;
  do {
    const char c = scan.front();
    std::string_view ignored;
    if (c == '"') {
      if (!take_string(scan, ignored)) return false;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    scan.skip(1);
  } while (depth > 0 && depth < kDeepest && !scan.at_end());
  return depth == 0;
}

bool take_value(Scan& scan, Value& value) {
  value = {};
  if (scan.front() == '"') {
    value.is_text = true;
    return take_string(scan, value.text);
  }
  if (scan.front() == '{' || scan.front() == '[') return skip_nested(scan);
  const std::size_t end = scan.rest().find_first_of(",} \t");
  if (end == std::string_view::npos || end == 0) return false;
  value.text = scan.rest().substr(0, end);
  scan.skip(end);
  return true;
}

std::optional<std::uint64_t> number_of(const Value& value) {
  std::uint64_t number = 0;
  Scan scan(value.text);
  if (!scan.take_number(number) || (!scan.at_end() && scan.front() != '.')) return std::nullopt;
  return number;
}

/// Seconds with a fraction as microseconds.
std::optional<std::uint64_t> micros_of_seconds(const Value& value) {
  double number = 0;
  Scan scan(value.text);
  if (!scan.take_number(number) || !scan.at_end() || !(number >= 0) || number > 1e12)
    return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(number * 1e6));
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0U | code >> 6U);
    out += static_cast<char>(0x80U | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xe0U | code >> 12U);
    out += static_cast<char>(0x80U | (code >> 6U & 0x3fU));
    out += static_cast<char>(0x80U | (code & 0x3fU));
  }
}

/// A string without its escapes. Halves of surrogate pairs stay apart: nobody reads them as text.
std::string_view unescaped(std::string_view text, std::string& storage) {
  if (text.find('\\') == text.npos) return text;
  storage.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      storage += text[i];
      continue;
    }
    const char escape = text[++i];
    constexpr std::string_view kNames = "bfnrt";
    constexpr std::string_view kBytes = "\b\f\n\r\t";
    std::uint32_t code = 0;
    const char* const digits = text.data() + i + 1;
    if (escape == 'u' && i + 4 < text.size() &&
        std::from_chars(digits, digits + 4, code, 16).ptr == digits + 4) {
      append_utf8(storage, code);
      i += 4;
    } else if (const std::size_t at = kNames.find(escape); at != kNames.npos) {
      storage += kBytes[at];
    } else {
      storage += escape;
    }
  }
  return storage;
}

std::optional<std::int64_t> time_of(const Value& value) {
  if (!value.is_text) {
    const auto number = number_of(value);
    if (!number || *number > 253'402'300'799) return std::nullopt;
    return static_cast<std::int64_t>(*number);
  }
  if (const auto iso = read_iso_time(value.text)) return iso;
  if (const auto log = read_log_time(value.text)) return log;
  return read_ctime(value.text);
}

enum class Key : std::uint8_t {
  Other,
  Uri,
  Method,
  Status,
  Time,
  Bytes,
  Micros,
  Milliseconds,
  Seconds,
  Receive,
  Queue,
  App,
  Gil,
  Cpu,
  Write
};

struct Name {
  std::string_view name;
  Key key;
};

/// By length first: an object has some thirty names, and a log millions of objects.
Key key_of(std::string_view name) {
  const auto among = [name](std::initializer_list<Name> names) {
    for (const Name& known : names)
      if (std::memcmp(known.name.data(), name.data(), name.size()) == 0) return known.key;
    return Key::Other;
  };
  switch (name.size()) {
    case 3:
      return among({{"uri", Key::Uri},
                    {"app", Key::App},
                    {"gil", Key::Gil},
                    {"cpu", Key::Cpu},
                    {"iso", Key::Time}});
    case 4:
      return among({{"time", Key::Time}, {"secs", Key::Seconds}, {"size", Key::Bytes}});
    case 5:
      return among({{"queue", Key::Queue},
                    {"write", Key::Write},
                    {"msecs", Key::Milliseconds},
                    {"ltime", Key::Time},
                    {"ctime", Key::Time},
                    {"rsize", Key::Bytes}});
    case 6:
      return among({{"method", Key::Method}, {"status", Key::Status}, {"micros", Key::Micros}});
    case 7:
      return among({{"receive", Key::Receive}});
    case 8:
      return among({{"body_out", Key::Bytes}});
    default:
      return Key::Other;
  }
}

bool put_number(const Value& value, std::uint64_t& field) {
  const auto number = number_of(value);
  if (number) field = *number;
  return number.has_value();
}

/// Takes the values of one object's names.
class Collector {
 public:
  Collector(Line& line, std::string& method, std::string& uri)
      : line_(line), method_(method), uri_(uri) {}

  void put(Key key, const Value& value);
  bool complete() const { return has_uri_ && has_status_ && has_time_ && has_duration_; }

 private:
  void put_status(const Value& value);
  void put_time(const Value& value);
  void put_milliseconds(const Value& value);
  void put_seconds(const Value& value);

  Line& line_;
  std::string& method_;
  std::string& uri_;
  bool has_uri_ = false;
  bool has_status_ = false;
  bool has_time_ = false;
  bool has_duration_ = false;
};

void Collector::put(Key key, const Value& value) {
  Timings& timings = line_.timings;
  switch (key) {
    case Key::Other:
      return;
    case Key::Uri:
      line_.uri = unescaped(value.text, uri_);
      has_uri_ = true;
      return;
    case Key::Method:
      line_.method = unescaped(value.text, method_);
      return;
    case Key::Status:
      return put_status(value);
    case Key::Time:
      return put_time(value);
    case Key::Bytes:
      put_number(value, line_.body_bytes);
      return;
    case Key::Micros:
      has_duration_ = put_number(value, line_.micros);
      return;
    case Key::Milliseconds:
      return put_milliseconds(value);
    case Key::Seconds:
      return put_seconds(value);
    case Key::Receive:
      put_number(value, timings.receive);
      return;
    case Key::Queue:
      put_number(value, timings.queue);
      return;
    case Key::App:
      line_.has_timings = put_number(value, timings.app);
      return;
    case Key::Gil:
      put_number(value, timings.gil);
      return;
    case Key::Cpu:
      put_number(value, timings.cpu);
      return;
    case Key::Write:
      put_number(value, timings.write);
      return;
  }
}

void Collector::put_status(const Value& value) {
  std::uint64_t status = 0;
  has_status_ = put_number(value, status) && status < 1000;
  line_.status = has_status_ ? static_cast<int>(status) : 0;
}

void Collector::put_time(const Value& value) {
  const auto second = time_of(value);
  if (!second) return;
  line_.second = *second;
  has_time_ = true;
}

void Collector::put_milliseconds(const Value& value) {
  std::uint64_t milliseconds = 0;
  if (has_duration_ || !put_number(value, milliseconds) || milliseconds > UINT64_MAX / 1000) return;
  line_.micros = milliseconds * 1000;
  has_duration_ = true;
}

void Collector::put_seconds(const Value& value) {
  const auto micros = micros_of_seconds(value);
  if (has_duration_ || !micros) return;
  line_.micros = *micros;
  has_duration_ = true;
}

}  // namespace

bool read_json_line(std::string_view text, Line& line, std::string& method, std::string& uri) {
  Scan scan(text);
  Collector collector(line, method, uri);
  std::string_view key;
  Value value;
  scan.skip(1);  // the brace
  do {
    scan.skip_blanks();
    if (!take_string(scan, key)) return false;
    scan.skip_blanks();
    if (!scan.take(":")) return false;
    scan.skip_blanks();
    if (!take_value(scan, value)) return false;
    collector.put(key_of(key), value);
    scan.skip_blanks();
  } while (scan.take(","));
  if (!scan.take("}")) return false;
  scan.skip_blanks();
  return scan.at_end() && collector.complete();
}

}  // namespace penstock::report
