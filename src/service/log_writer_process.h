// SPDX-License-Identifier: MIT
// The process behind LogWriter: lines from pipes, through encoders, into sinks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/log_targets.h"
#include "service/log_sink.h"

namespace penstock::service {

class LogWriterProcess {
 public:
  struct Settings {
    int standard = 2;             // what "stdio" is
    std::uint64_t max_bytes = 0;  // of files; 0: no limit
  };
  explicit LogWriterProcess(Settings settings) : settings_(settings) {}

  /// Opens the places of a stream, which is read from `reader`; -1: there is none.
  Result<> add(const config::LogStreamConfig& config, const LogFile::Settings& files, int reader);

  /// In the child: closes all other descriptors, works until the end of all streams, and exits.
  [[noreturn]] void run();

 private:
  struct Target {
    std::shared_ptr<LogSink> sink;
    std::vector<config::LogEncoder> encoders;
  };
  struct Stream {
    int reader = -1;
    std::vector<Target> targets;
    std::string begun;  // a line whose end has not come yet
  };

  Result<std::shared_ptr<LogSink>> sink_of(const config::LogTarget& target,
                                           const LogFile::Settings& files);
  void close_the_rest(int kept) const;
  void wait();
  void read(Stream& stream);
  static void write(Stream& stream, std::string_view line);
  void obey(int signal);

  const Settings settings_;
  std::vector<Stream> streams_;
  std::map<std::string, std::shared_ptr<LogSink>> files_;  // by path
  int signals_ = -1;
};

}  // namespace penstock::service
