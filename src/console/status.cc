// SPDX-License-Identifier: MIT
// `penstock status ADDRESS|PIDFILE`: one look, for people and scripts.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "console/commands.h"
#include "console/screen.h"
#include "console/stats_client.h"

namespace penstock::console {
namespace {

constexpr milliseconds kPatience{5000};
constexpr std::string_view kUsage =
    "usage: penstock status [--json] ADDRESS|PIDFILE\n"
    "ADDRESS is that of --stats: HOST:PORT, a UNIX path, @abstract, or http://HOST:PORT/\n"
    "The exit code is 0 if the server serves (with a pid file: if it runs), else 1.\n";

bool is_file(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

Result<int> by_address(const std::string& address, bool as_json) {
  auto client = TRY(StatsClient::create(address));
  const std::string json = TRY(client.fetch(kPatience));
  const View view = TRY(read_view(json));
  const std::string text = as_json ? json + "\n" : summary(view);
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return os_error("standard output");
  for (const WorkerRow& worker : view.workers)
    if (worker.accepting) return 0;
  return 1;
}

Result<std::string> first_line(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 64> bytes{};
  const ssize_t got = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  if (got < 0) return os_error_about(path, "read");
  const std::string_view all(bytes.data(), static_cast<std::size_t>(got));
  return std::string(text::trim(all.substr(0, all.find('\n'))));
}

/// Any process has an executable; a stale number is most often nobody's, or another program's.
bool runs(std::uint64_t pid) {
  std::error_code error;
  const auto program =
      std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", error);
  // Another user's process does not show its program.
  if (error) return error == std::errc::permission_denied;
  return program.filename().string().starts_with("penstock");
}

Result<int> by_pid_file(const std::string& path, bool as_json) {
  const auto pid = text::parse_unsigned(TRY(first_line(path)));
  if (!pid || *pid == 0 || *pid > 1U << 30) return fail(path + ": this is no pid file");
  const bool is_running = runs(*pid);
  if (as_json) {
    std::printf("{\"running\": %s, \"pid\": %llu}\n", is_running ? "true" : "false",
                static_cast<unsigned long long>(*pid));
  } else {
    std::printf(
        is_running ? "penstock runs (pid %llu)\n" : "penstock does not run (pid was %llu)\n",
        static_cast<unsigned long long>(*pid));
  }
  return is_running ? 0 : 1;
}

}  // namespace

int status(int argc, char* const* argv) {
  bool as_json = false;
  std::string where;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      as_json = true;
    } else if (word == "--help" || word == "-h") {
      std::fputs(kUsage.data(), stdout);
      return 0;
    } else if (where.empty() && !word.starts_with('-')) {
      where = word;
    } else {
      where.clear();
      break;
    }
  }
  if (where.empty()) {
    std::fputs(kUsage.data(), stderr);
    return 1;
  }
  const auto code = is_file(where) ? by_pid_file(where, as_json) : by_address(where, as_json);
  if (code) return *code;
  log::error("{}", code.error().what);
  return 1;
}

}  // namespace penstock::console
