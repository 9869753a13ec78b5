// SPDX-License-Identifier: MIT
#include "report/command.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "base/text.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/progress.h"
#include "report/source.h"
#include "report/text_report.h"

namespace penstock::report {
namespace {

constexpr std::string_view kUsage =
    "Usage: penstock report [OPTION]... FILE...\n"
    "\n"
    "Reads request logs of penstock (its default line, --log-timings, --log-json) and of uWSGI, "
    "also\n"
    "packed by gzip; - is standard input. Shows requests and errors over time, latency, the "
    "routes\n"
    "that took most time, and where the time went.\n"
    "\n"
    "  --html FILE    write it as one HTML page\n"
    "  --json         write it as JSON\n"
    "  --routes N     so many routes (20 in a terminal, 200 in a page or JSON)\n"
    "  --colour WHEN  auto (in a terminal), always or never\n"
    "  --help         this\n";

enum class When : std::uint8_t { Auto, Always, Never };

struct Options {
  std::vector<std::string> files;
  std::string html;
  bool json = false;
  bool help = false;
  std::size_t routes = 0;  // 0: as the form of the report has it
  When colour = When::Auto;
};

Result<std::size_t> read_count(const std::string& text) {
  const auto number = text::parse_unsigned(text);
  if (!number || *number == 0 || *number > 100'000)
    return fail("--routes must be a whole number from 1 to 100000, not \"" + text + "\"");
  return static_cast<std::size_t>(*number);
}

Result<When> read_when(const std::string& text) {
  if (text == "auto") return When::Auto;
  if (text == "always") return When::Always;
  if (text == "never") return When::Never;
  return fail("--colour must be auto, always or never, not \"" + text + "\"");
}

/// "--name value" and "--name=value"; options may stand behind files.
Result<Options> read_options(int argc, char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "-" || !word.starts_with('-')) {
      options.files.push_back(std::move(word));
      continue;
    }
    if (word == "--json" || word == "--help" || word == "-h") {
      (word == "--json" ? options.json : options.help) = true;
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (name != "--html" && name != "--routes" && name != "--colour" && name != "--color")
      return fail("unknown option " + name);
    if (equals == word.npos && ++i == argc) return fail(name + " needs a value");
    const std::string value = equals == word.npos ? argv[i] : word.substr(equals + 1);
    if (value.empty()) return fail(name + " needs a value");
    if (name == "--html") {
      options.html = value;
    } else if (name == "--routes") {
      options.routes = TRY(read_count(value));
    } else {
      options.colour = TRY(read_when(value));
    }
  }
  if (options.files.empty() && !options.help) return fail("which file? See penstock report --help");
  if (options.json && !options.html.empty()) return fail("--json and --html are two reports");
  return options;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

bool wants_colours(When when) {
  if (when != When::Auto) return when == When::Always;
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

Result<> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error("write");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> write_file(const std::string& path, std::string_view text) {
  const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (!file) return os_error_about(path, "open");
  const auto written = write_all(file.get(), text);
  if (!written) return unexpected<Error>(Error(written.error()).about(path));
  return {};
}

Result<> read_files(const Options& options, Summary& summary) {
  Progress progress;
  Reading reading;
  reading.line = [&](std::string_view line) { summary.add(line); };
  reading.progress = [&](std::uint64_t done, std::uint64_t size) { progress.show(done, size); };
  for (const std::string& file : options.files) {
    progress.begin(file);
    TRY(read_lines(file, reading));
  }
  return {};
}

Result<> show(const Options& options, const Summary& summary) {
  constexpr std::size_t kInTerminal = 20;
  constexpr std::size_t kInPage = 200;
  const std::size_t in_page = options.routes == 0 ? kInPage : options.routes;
  if (!options.html.empty()) return write_file(options.html, html_report(summary, in_page));
  if (options.json) return write_all(STDOUT_FILENO, json_report(summary, in_page));
  const TextStyle style{terminal_width(), wants_colours(options.colour),
                        options.routes == 0 ? kInTerminal : options.routes};
  return write_all(STDOUT_FILENO, text_report(summary, style));
}

Result<> run_with(const Options& options) {
  Summary summary;
  TRY(read_files(options, summary));
  if (summary.all().count == 0) {
    std::string reason = "no line of a request was found";
    if (summary.broken() > 0) {
      reason += "; the first that looks like one is ";
      text::append_escaped(reason, summary.first_broken());
    }
    return fail(std::move(reason));
  }
  return show(options, summary);
}

}  // namespace

int run(int argc, char* const* argv) {
  const auto options = read_options(argc, argv);
  if (!options) {
    log::error("{}", options.error().what);
    return 2;
  }
  const auto done = options->help ? write_all(STDOUT_FILENO, kUsage) : run_with(*options);
  if (done) return 0;
  // Whoever reads the report may have seen enough of it.
  if (done.error().code == EPIPE) return 0;
  log::error("{}", done.error().what);
  return 1;
}

}  // namespace penstock::report
