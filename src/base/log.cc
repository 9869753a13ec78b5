// SPDX-License-Identifier: MIT
// Messages through spdlog (levels, error containment) into a sink of our own (one write a line).
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/local_time.h"
#include "base/text.h"
#include "base/write_line.h"

namespace penstock::log {
namespace {

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      break;
  }
  return spdlog::level::err;
}

std::string_view prefix(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug:
      return "debug: ";
    case spdlog::level::warn:
      return "warning: ";
    case spdlog::level::err:
      return "error: ";
    default:
      return {};
  }
}

/// Holds no lock and no buffer, so that a fork in another thread cannot leave it half used.
class StandardError final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& message) override {
    std::string_view text(message.payload.data(), message.payload.size());
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    std::string line = date();
    line += prefix(message.level);
    text::append_escaped_lines(line, text);
    line += '\n';
    write_line(2, line);
  }
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}
  void set_date(std::string format) { date_ = std::move(format); }

 private:
  /// As uWSGI writes it: "Tue Nov 14 22:13:20 2023 - ".
  std::string date() const {
    if (date_.empty()) return {};
    return local_time(date_.c_str(), wall_micros() / 1'000'000) + " - ";
  }

  std::string date_;
};

/// Never destroyed: messages may come from other static objects' destructors.
const std::shared_ptr<StandardError>& sink() {
  static const auto& instance = *new std::shared_ptr<StandardError>(new StandardError);
  return instance;
}

spdlog::logger& logger() {
  static spdlog::logger& instance = [&]() -> spdlog::logger& {
    auto* made = new spdlog::logger("penstock", sink());
    made->set_level(spdlog::level::info);
    made->set_error_handler([](const std::string&) {});
    return *made;
  }();
  return instance;
}

}  // namespace

void set_level(Level level) {
  logger().set_level(spdlog_level(level));
}

void set_date(std::string format) {
  sink()->set_date(std::move(format));
}

void write(Level level, std::string_view message) {
  logger().log(spdlog_level(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace penstock::log
