// SPDX-License-Identifier: MIT
// From settings to the one Config.
#include "config/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "config/apply.h"
#include "config/lookup.h"
#include "config/option_table.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

/// The last setting of the option that is called `name`, or null.
const Setting* last_of(const Settings& settings, std::string_view name) {
  const auto found = std::find_if(settings.rbegin(), settings.rend(), [&](const Setting& setting) {
    const Option* const option = find_option(setting.name);
    return option && option->name() == name;
  });
  return found == settings.rend() ? nullptr : &*found;
}

/// It decides about sockets that may stand before it, so it is looked for first.
Protocol plain_protocol(const Settings& settings) {
  const Setting* const setting = last_of(settings, "protocol");
  return setting ? parse_protocol(setting->value).value_or(Protocol::Uwsgi) : Protocol::Uwsgi;
}

Result<> check_listen(const Config& config, InheritedSockets inherited) {
  if (!config.listen.empty() || inherited == InheritedSockets::Yes) return {};
  return fail(
      "nowhere to listen: name an address with --http-socket (HTTP) or --socket (uwsgi), such as "
      "--http-socket 127.0.0.1:8000");
}

/// Puts addresses in the place of "=0", "=1", ….
Result<> use_shared_sockets(Config& config) {
  const std::vector<std::string>& shared = config.socket.shared;
  std::vector<bool> used(shared.size());
  for (ListenConfig& listening : config.listen) {
    if (!listening.address.starts_with('=')) continue;
    const auto number = text::parse_unsigned(std::string_view(listening.address).substr(1));
    if (!number || *number >= shared.size())
      return fail(
          fmt::format("{}: there is no shared socket {}", listening.origin, listening.address));
    used[*number] = true;
    listening.address = shared[*number];
  }
  const auto idle = std::find(used.begin(), used.end(), false);
  if (idle == used.end()) return {};
  const auto number = idle - used.begin();
  return fail(fmt::format("shared-socket {}: no socket uses it, such as http = ={}",
                          shared[static_cast<std::size_t>(number)], number));
}

/// "127.0.0.1:3031" is where ":3031" listens.
bool is_one_place(std::string_view a, std::string_view b) {
  const std::size_t port_of_a = a.rfind(':');
  const std::size_t port_of_b = b.rfind(':');
  const bool have_ports = port_of_a != a.npos && port_of_b != b.npos;
  return a == b || (have_ports && a.substr(port_of_a) == b.substr(port_of_b));
}

/// uWSGI's HTTP router passes requests on. Here that means something only where they come back.
Result<> check_router(const Settings& settings, const Config& config) {
  for (const Setting& setting : settings) {
    const Option* const option = TRY(lookup(setting));
    if (option->name() != "http-to") continue;
    if (std::none_of(config.listen.begin(), config.listen.end(),
                     [&](const ListenConfig& listening) {
                       return is_one_place(listening.address, setting.value);
                     }))
      return wrong_value(setting,
                         "the address of one of this server's own sockets (the web server in "
                         "front may balance over others, such as nginx with upstream)");
  }
  return {};
}

Result<> check_app(const Settings& settings, const Config& config) {
  const AppConfig& app = config.app;
  if (app.module.empty() && app.file.empty())
    return fail(
        "no app to run: name one with --module package.module:callable or --wsgi-file FILE");
  if (app.module.empty() || app.file.empty()) return {};
  const auto place_of = [&](std::string_view name) {
    const Setting* const setting = last_of(settings, name);
    return where(setting ? *setting : *last_of(settings, "mount"));
  };
  return fail(fmt::format("{} and {} name two apps; one server runs one app", place_of("module"),
                          place_of("wsgi-file")));
}

Result<> check_lifetimes(const RecycleConfig& recycle) {
  if (recycle.max_lifetime == 0ms || recycle.min_lifetime < recycle.max_lifetime) return {};
  return fail("min-worker-lifetime must be shorter than max-worker-lifetime");
}

Result<> check_log_targets(const Config& config) {
  if (!config.log_targets.messages.is_used() || config.log_file.daemonize2.empty()) return {};
  return fail("daemonize2 and logger or log-encoder: give --daemonize with these");
}

Result<> check_elastic(const Config& config) {
  const ElasticConfig& elastic = config.elastic;
  const int most = config.worker.processes;
  if (elastic.minimum == 0) return {};
  if (elastic.minimum >= most)
    return fail(
        fmt::format("cheaper {} must be below the number of processes, {}", elastic.minimum, most));
  if (elastic.initial > most || (elastic.initial != 0 && elastic.initial < elastic.minimum))
    return fail(
        fmt::format("cheaper-initial {} must be from cheaper, {}, to the number of processes, {}",
                    elastic.initial, elastic.minimum, most));
  return {};
}

/// The FastCGI specification's own setting (section 3.2): addresses with commas between them.
std::optional<std::vector<std::string>> fastcgi_peers() {
  const char* const list = std::getenv("FCGI_WEB_SERVER_ADDRS");  // NOLINT(concurrency-mt-unsafe)
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> peers;
  for (const std::string_view peer : text::split(list, ','))
    peers.emplace_back(text::trim(peer));
  return peers;
}

std::string default_spool_directory() {
  const char* const temporary = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  return temporary && *temporary ? temporary : "/var/tmp";
}

}  // namespace

Result<Config> build(const Settings& settings, InheritedSockets inherited) {
  Config config;
  const Protocol plain = plain_protocol(settings);
  config.socket.inherited = plain;
  if (last_of(settings, "protocol") != nullptr) config.socket.standard_input = plain;
  config.socket.fastcgi_peers = fastcgi_peers();
  for (const Setting& setting : settings) {
    const Option* const option = TRY(lookup(setting));
    TRY(apply(*option, setting, plain, config));
  }
  TRY(use_shared_sockets(config));
  TRY(check_listen(config, inherited));
  TRY(check_router(settings, config));
  TRY(check_app(settings, config));
  TRY(check_lifetimes(config.recycle));
  TRY(check_elastic(config));
  TRY(check_log_targets(config));

  if (config.time.harakiri == 0ms) config.time.harakiri = config.time.http_harakiri;
  // uWSGI's daemons have no umask, so that every web server may connect to their sockets; files
  // that anybody may write would be too much of that.
  if (config.log_file.is_daemon() && !config.socket.chmod && !config.service.umask)
    config.socket.chmod = 0666;
  LimitConfig& limits = config.limits;
  if (limits.spool_directory.empty()) limits.spool_directory = default_spool_directory();
  limits.response_buffer = std::max(limits.response_buffer, limits.response_memory);
  return config;
}

}  // namespace penstock::config
