// SPDX-License-Identifier: MIT
// The program `penstock`: reads the configuration, opens the sockets, and becomes the master.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/process_title.h"
#include "base/result.h"
#include "cli/background.h"
#include "cli/subcommands.h"
#include "config/build.h"
#include "config/command_line.h"
#include "config/environment.h"
#include "config/expand.h"
#include "config/help.h"
#include "config/process_names.h"
#include "console/ping.h"
#include "net/listener.h"
#include "service/pid_file.h"
#include "supervisor/interpreter.h"
#include "supervisor/listeners.h"
#include "supervisor/master.h"
#include "supervisor/process_setup.h"
#include "supervisor/signals.h"
#include "supervisor/start_folder.h"

namespace penstock {
namespace {

/// FastCGI's way of starting an application: its listening socket is descriptor 0. Under this name
/// it goes from one program to the next, too.
constexpr const char* kStandardSocket = "fd://0";
constexpr milliseconds kPingPatience{3000};

config::Settings with_environment(config::Settings from_command_line) {
  config::Environment environment = config::read_environment(environ);
  for (const std::string& warning : environment.warnings)
    log::warning("{}", warning);
  config::Settings all = std::move(environment.settings);
  for (config::Setting& setting : from_command_line)
    all.push_back(std::move(setting));
  return all;
}

/// As uWSGI does, before anything else is opened: sockets, virtualenv and app may be relative.
Result<> enter(const std::string& folder) {
  if (!folder.empty() && ::chdir(folder.c_str()) < 0) return os_error_about(folder, "chdir");
  return {};
}

Result<supervisor::ZygoteSettings> zygote_settings(const config::Config& config,
                                                   config::Settings settings) {
  const auto around = TRY(supervisor::Surroundings::of_this_process());
  supervisor::ZygoteSettings zygote;
  zygote.interpreter = TRY(supervisor::find_interpreter(config.app.virtualenv, around));
  zygote.packages = TRY(supervisor::find_packages(around));
  zygote.environment = config.app.environment;
  zygote.unset = config.app.unset;
  zygote.settings = std::move(settings);
  return zygote;
}

Result<int> show(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return os_error("standard output");
  return 0;
}

/// A worker has its grace, and then as long again until it has asked for a successor.
milliseconds hung_after(const config::TimeConfig& time) {
  const bool is_limited = time.harakiri > 0ms || time.http_harakiri > 0ms;
  return is_limited ? 2 * time.harakiri_grace + 10s : 0ms;
}

/// From the settings of the command line to all that the master needs to know.
class Planning {
 public:
  /// Reads for the first time now, and again in the same folder.
  static Result<Planning> begin(config::Settings from_command_line, bool has_standard_socket) {
    return Planning(std::move(from_command_line), TRY(supervisor::StartFolder::here()),
                    has_standard_socket);
  }

  Result<supervisor::Plan> plan(config::Start start, config::InheritedSockets inherited) const {
    TRY(folder_.enter());
    config::Settings placeholders;
    config::Settings settings =
        TRY(config::expand(with_environment(from_command_line_), start, &placeholders));
    supervisor::Plan plan;
    plan.config = TRY(config::build(settings, inherited));
    if (has_standard_socket_) listen_on_standard_socket(plan.config);
    log::set_date(plan.config.log.date);
    if (plan.config.show) TRY(show(config::show(settings)));
    TRY(enter(plan.config.app.chdir));
    const config::WorkerConfig& worker = plan.config.worker;
    plan.generation = {worker.processes,    worker.threads,      worker.stop_grace,           false,
                       plan.config.recycle, plan.config.elastic, hung_after(plan.config.time)};
    plan.zygote = TRY(zygote_settings(plan.config, std::move(settings)));
    plan.zygote.placeholders = std::move(placeholders);
    return plan;
  }

 private:
  Planning(config::Settings from_command_line, supervisor::StartFolder folder,
           bool has_standard_socket)
      : from_command_line_(std::move(from_command_line)),
        folder_(std::move(folder)),
        has_standard_socket_(has_standard_socket) {}

  static void listen_on_standard_socket(config::Config& config) {
    const auto is_standard = [](const config::ListenConfig& listen) {
      return listen.address == kStandardSocket;
    };
    if (std::any_of(config.listen.begin(), config.listen.end(), is_standard)) return;
    config.listen.push_back({config.socket.standard_input, kStandardSocket, "standard input"});
  }

  config::Settings from_command_line_;
  supervisor::StartFolder folder_;
  bool has_standard_socket_;
};

Result<int> serve_here(supervisor::Master::Settings parts, std::vector<Fd> passed,
                       Background& background, supervisor::Heritage heritage) {
  TRY(background.before_sockets());
  auto listeners = TRY(supervisor::open_listeners(parts.plan.config, std::move(passed), &heritage));
  parts.stats_listeners = TRY(supervisor::open_stats_listeners(parts.plan.config, &heritage));
  supervisor::keep_descriptors_from_children();
  TRY(background.after_sockets());
  parts.heritage = std::move(heritage);
  parts.housekeeping = background.take();
  if (const auto title =
          config::process_name(parts.plan.config.process_names, config::Role::Master))
    set_process_title(*title);
  const auto master = TRY(supervisor::Master::create(std::move(parts), std::move(listeners)));
  return master->run();
}

Result<int> serve(config::Settings from_command_line, supervisor::Startup startup,
                  const sigset_t& child_mask) {
  std::error_code error;
  const std::string folder = std::filesystem::current_path(error).string();
  supervisor::Heritage heritage = TRY(supervisor::Heritage::take_from_environment());
  if (!heritage.is_upgrade() && net::is_listener(STDIN_FILENO))
    heritage.add(kStandardSocket, TRY(net::move_standard_input()));
  const bool has_standard_socket = heritage.holds(kStandardSocket);
  const auto planning = std::make_shared<const Planning>(
      TRY(Planning::begin(std::move(from_command_line), has_standard_socket)));
  std::vector<Fd> passed =
      heritage.is_upgrade() ? heritage.take_unnamed() : net::take_systemd_sockets();
  const auto inherited = passed.empty() && !has_standard_socket ? config::InheritedSockets::No
                                                                : config::InheritedSockets::Yes;
  supervisor::Master::Settings parts;
  parts.plan = TRY(planning->plan(config::Start::First, inherited));
  parts.replan = [planning, inherited] { return planning->plan(config::Start::Again, inherited); };

  Background background =
      TRY(Background::prepare(parts.plan.config, folder, heritage.is_upgrade()));
  parts.startup = std::move(startup);
  parts.child_mask = child_mask;
  const std::optional<int> code = TRY(background.enter());
  if (code) return *code;
  return serve_here(std::move(parts), std::move(passed), background, std::move(heritage));
}

Result<int> signal_server(const std::string& pid_file, int signal) {
  const pid_t pid = TRY(service::read_pid_file(pid_file));
  if (::kill(pid, signal) < 0) return os_error_about(pid_file, "kill");
  return 0;
}

/// As uWSGI: 0, or 1 for no answer.
Result<int> ping(const std::string& address) {
  TRY(console::ping(address, kPingPatience));
  return 0;
}

Result<int> run(int argc, const char* const* argv, const sigset_t& child_mask) {
  config::CommandLine line = TRY(config::parse_command_line(argc, argv));
  switch (line.mode) {
    case config::Mode::Help:
      return show(config::help_text());
    case config::Mode::Version:
      return show("penstock " PENSTOCK_VERSION "\n");
    case config::Mode::Reference:
      return show(config::reference_text());
    case config::Mode::Reload:
      return signal_server(line.mode_value, SIGHUP);
    case config::Mode::Stop:
      return signal_server(line.mode_value, SIGINT);
    case config::Mode::Ping:
      return ping(line.mode_value);
    case config::Mode::Serve:
      break;
  }
  return serve(std::move(line.settings), TRY(supervisor::Startup::of_this_process(argc, argv)),
               child_mask);
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  if (const auto* const subcommand = penstock::cli::find_subcommand(argc, argv))
    return subcommand->run(argc - 1, argv + 1);
  const sigset_t child_mask = penstock::supervisor::hold_signals();
  penstock::supervisor::prepare_process();
  const auto code = penstock::run(argc, argv, child_mask);
  if (code) return *code;
  penstock::log::error("{}", code.error().what);
  return penstock::supervisor::kBadConfiguration;
}
