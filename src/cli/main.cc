// SPDX-License-Identifier: MIT
// The program `penstock`: reads the configuration, opens the sockets, and becomes the master.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "config/build.h"
#include "config/command_line.h"
#include "config/environment.h"
#include "config/expand.h"
#include "config/help.h"
#include "net/listener.h"
#include "supervisor/interpreter.h"
#include "supervisor/listeners.h"
#include "supervisor/master.h"
#include "supervisor/notify.h"
#include "supervisor/process_setup.h"

namespace penstock {
namespace {

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
  zygote.settings = std::move(settings);
  return zygote;
}

Result<int> show(const std::string& text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return os_error("standard output");
  return 0;
}

Result<int> serve(config::Settings from_command_line) {
  config::Settings settings = TRY(config::expand(with_environment(std::move(from_command_line))));
  std::vector<Fd> passed = net::take_systemd_sockets();
  const auto config = TRY(config::build(
      settings, passed.empty() ? config::InheritedSockets::No : config::InheritedSockets::Yes));
  if (config.show) TRY(show(config::show(settings)));
  TRY(enter(config.app.chdir));
  supervisor::Master::Settings parts;
  parts.generation = {config.worker.processes, config.worker.threads, config.worker.stop_grace};
  parts.zygote = TRY(zygote_settings(config, std::move(settings)));
  parts.notifier = supervisor::Notifier::take_from_environment();

  auto listeners = TRY(supervisor::open_listeners(config, std::move(passed)));
  supervisor::keep_descriptors_from_children();
  const auto master = TRY(supervisor::Master::create(std::move(parts), std::move(listeners)));
  return master->run();
}

Result<int> run(int argc, const char* const* argv) {
  config::CommandLine line = TRY(config::parse_command_line(argc, argv));
  switch (line.mode) {
    case config::Mode::Help:
      return show(config::help_text());
    case config::Mode::Version:
      return show("penstock " PENSTOCK_VERSION "\n");
    case config::Mode::Reference:
      return show(config::reference_text());
    case config::Mode::Serve:
      break;
  }
  return serve(std::move(line.settings));
}

}  // namespace
}  // namespace penstock

int main(int argc, char** argv) {
  penstock::supervisor::prepare_process();
  const auto code = penstock::run(argc, argv);
  if (code) return *code;
  penstock::log::error("{}", code.error().what);
  return penstock::supervisor::kBadConfiguration;
}
