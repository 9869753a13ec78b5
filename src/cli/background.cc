// SPDX-License-Identifier: MIT
#include "cli/background.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/output.h"
#include "service/owned_file.h"
#include "supervisor/process_setup.h"

namespace penstock {

Background::Background(const config::Config& config, const std::string& folder,
                       service::Identity identity)
    : identity_(std::move(identity)) {
  keeping_.log = config.log_file;
  log_targets_ = config.log_targets;
  keeping_.service = config.service;
  keeping_.notifier = supervisor::Notifier::take_from_environment();
  keeping_.watchdog = supervisor::take_watchdog_from_environment();
  config::LogFileConfig& log = keeping_.log;
  for (std::string* const path : {&log.logto, &log.logto2, &log.backup_name,
                                  &keeping_.service.pidfile, &keeping_.service.pidfile2})
    if (!path->empty()) *path = service::absolute_path(*path, folder);
  for (config::LogStreamConfig* const stream : {&log_targets_.messages, &log_targets_.requests})
    for (config::LogTarget& target : stream->targets)
      if (target.kind == config::LogTarget::Kind::File)
        target.where = service::absolute_path(target.where, folder);
}

Result<Background> Background::prepare(const config::Config& config, const std::string& folder,
                                       bool is_upgrade) {
  auto identity = TRY(service::find_identity(config.service));
  Background made(config, folder, std::move(identity));
  made.is_upgrade_ = is_upgrade;
  config::LogFileConfig& log = made.keeping_.log;
  for (std::string* const path : {&log.daemonize, &log.daemonize2}) {
    if (path->empty()) continue;
    TRY(service::refuse_network_address(*path));
    *path = service::absolute_path(*path, folder);
  }
  const std::string& first = log.daemonize.empty() ? log.logto : log.daemonize;
  if (!first.empty()) made.keeping_.log_file = TRY(made.open_log(first));
  if (!log.daemonize2.empty()) made.keeping_.later_file = TRY(made.open_log(log.daemonize2));
  return made;
}

service::LogFile::Settings Background::log_settings(const std::string& path) const {
  service::LogFile::Settings settings;
  settings.path = path;
  settings.backup_name = keeping_.log.backup_name;
  settings.truncate = keeping_.log.truncate;
  settings.mode = keeping_.log.mode;
  if (keeping_.log.give_to_user) {
    settings.owner = identity_.user;
    settings.group = identity_.group;
  }
  return settings;
}

Result<service::LogFile> Background::open_log(const std::string& path) const {
  return service::LogFile::open(log_settings(path));
}

/// Its files are opened as the user that the server has become. A log file that messages no longer
/// go to by themselves is the writer's, too.
Result<> Background::start_log_writer() {
  service::LogWriter::Settings settings;
  settings.targets = log_targets_;
  settings.files = log_settings(keeping_.log_file ? keeping_.log_file->path() : "");
  settings.files.truncate = false;
  settings.files.owner.reset();
  settings.files.group.reset();
  settings.max_bytes = keeping_.log.max_bytes;
  keeping_.log_writer = TRY(service::LogWriter::start(std::move(settings)));
  if (log_targets_.messages.is_used()) keeping_.log_file.reset();
  return {};
}

Result<std::optional<int>> Background::enter() {
  if (keeping_.log.is_daemon() && !is_upgrade_) {
    auto side = TRY(service::daemonize());
    if (const int* const code = std::get_if<int>(&side)) {
      if (*code != 0 && keeping_.log_file)
        log::error("the server did not start: see {}", keeping_.log_file->path());
      return *code;
    }
    keeping_.start = std::move(std::get<service::StartReport>(side));
    supervisor::prepare_process();  // a process cannot inherit all of it
  }
  if (keeping_.log_file) TRY(become_output(keeping_.log_file->fd()));
  return std::nullopt;
}

Result<> Background::before_sockets() {
  if (keeping_.service.umask) ::umask(*keeping_.service.umask);
  return write_pid_file(keeping_.service.pidfile);
}

Result<> Background::after_sockets() {
  if (!is_upgrade_ || ::geteuid() == 0) TRY(service::become(identity_));
  if (!keeping_.log.logto2.empty()) {
    keeping_.log_file = TRY(open_log(keeping_.log.logto2));
    TRY(become_output(keeping_.log_file->fd()));
  }
  TRY(write_pid_file(keeping_.service.pidfile2));
  if (log_targets_.is_used()) TRY(start_log_writer());
  return {};
}

Result<> Background::write_pid_file(const std::string& path) {
  if (path.empty()) return {};
  auto file = TRY(service::PidFile::write(path));
  keeping_.pid_files.push_back(std::move(file));
  return {};
}

}  // namespace penstock
