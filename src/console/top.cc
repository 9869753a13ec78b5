// SPDX-License-Identifier: MIT
// `penstock top ADDRESS`: looks each second until q is pressed.
#include <chrono>
#include <cstdio>
#include <string_view>

#include "base/log.h"
#include "console/commands.h"
#include "console/screen.h"
#include "console/stats_client.h"
#include "console/terminal.h"

namespace penstock::console {
namespace {

constexpr milliseconds kPeriod{1000};
constexpr milliseconds kPatience{2000};
constexpr char kEscape = '\x1b';
constexpr std::string_view kUsage =
    "usage: penstock top ADDRESS\n"
    "ADDRESS is that of --stats: HOST:PORT, a UNIX path, @abstract, or http://HOST:PORT/\n"
    "Keys: q quits, s sorts by another column, any other key looks at once.\n";

class Watch {
 public:
  explicit Watch(StatsClient client) : client_(std::move(client)) {}

  /// A new frame. An error stands on the screen until the server answers again.
  Result<> look() {
    const SteadyTime at = steady_now();
    auto json = client_.fetch(kPatience);
    auto view = json ? read_view(*json) : Result<View>(unexpected(json.error()));
    error_ = view ? "" : view.error().what;
    if (!view) return unexpected(view.error());
    const std::chrono::duration<double> passed = at - at_;
    // A server that was started anew counts from 0.
    if (frame_.now.pid == view->pid) {
      frame_ = {std::move(*view), std::move(frame_.now), passed.count()};
    } else {
      frame_ = {std::move(*view), std::nullopt, 0};
    }
    at_ = at;
    return {};
  }

  void sort_by_next() { sort_ = static_cast<SortBy>((static_cast<int>(sort_) + 1) % kSortings); }

  std::vector<Line> draw(int rows, int columns) const {
    if (error_.empty()) return console::draw(frame_, sort_, rows, columns);
    auto lines = console::draw(frame_, sort_, rows - 1, columns);
    lines.insert(lines.begin(), {error_.substr(0, static_cast<std::size_t>(columns)), true});
    return lines;
  }

 private:
  StatsClient client_;
  Frame frame_;
  SteadyTime at_{};
  SortBy sort_ = SortBy::Worker;
  std::string error_;
};

Result<int> run(const std::string& address) {
  Watch watch(TRY(StatsClient::create(address)));
  TRY(watch.look());
  Terminal terminal = TRY(Terminal::open());
  SteadyTime next = steady_now() + kPeriod;
  for (;;) {
    terminal.show(watch.draw(terminal.rows(), terminal.columns()));
    const auto left = std::chrono::ceil<milliseconds>(next - steady_now());
    const Terminal::Event event = terminal.wait(left);
    if (event == Terminal::Event::Quit) return 0;
    if (event == Terminal::Event::Key && (terminal.key() == 'q' || terminal.key() == kEscape))
      return 0;
    if (event == Terminal::Event::Key && terminal.key() == 's') {
      watch.sort_by_next();
      continue;
    }
    if (event == Terminal::Event::Redraw) continue;
    static_cast<void>(watch.look());
    next = steady_now() + kPeriod;
  }
}

}  // namespace

int top(int argc, char* const* argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc != 2 || first == "--help" || first == "-h") {
    std::fputs(kUsage.data(), argc == 2 ? stdout : stderr);
    return argc == 2 ? 0 : 1;
  }
  const auto code = run(argv[1]);
  if (code) return *code;
  log::error("{}", code.error().what);
  return 1;
}

}  // namespace penstock::console
