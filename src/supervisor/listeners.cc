// SPDX-License-Identifier: MIT
// Systemd's sockets first: a setting may name one of them by its number.
#include "supervisor/listeners.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace penstock::supervisor {
namespace {

constexpr std::string_view kDescriptorPrefix = "fd://";

std::optional<int> descriptor_in(std::string_view address) {
  if (!address.starts_with(kDescriptorPrefix)) return std::nullopt;
  const auto number = text::parse_unsigned(address.substr(kDescriptorPrefix.size()));
  if (!number || *number > 1'000'000) return std::nullopt;
  return static_cast<int>(*number);
}

bool is_named(const config::Config& config, int descriptor) {
  return std::any_of(config.listen.begin(), config.listen.end(), [&](const auto& listen) {
    return descriptor_in(listen.address) == descriptor;
  });
}

std::string_view family_name(const net::Address& address) {
  if (address.is_unix()) return "UNIX";
  return address.family() == AF_INET6 ? "TCP6" : "TCP";
}

/// uWSGI's line, which tools parse for the port.
void announce(const BoundListener& bound, std::size_t number, std::string_view how) {
  const net::Address& address = bound.listener.address;
  log::info("{} socket {} {} {} address {} fd {}", config::protocol_name(bound.protocol), number,
            how, family_name(address), address.path().empty() ? address.text() : address.path(),
            bound.listener.fd.get());
}

/// One of `passed` if the address names it, else a new socket.
Result<BoundListener> open_one(const config::ListenConfig& listen,
                               const config::SocketConfig& socket, std::vector<Fd>& passed,
                               Heritage* heritage) {
  const std::optional<int> descriptor = descriptor_in(listen.address);
  const auto found = std::find_if(passed.begin(), passed.end(),
                                  [&](const Fd& fd) { return fd && fd.get() == descriptor; });
  net::ListenOptions options;
  options.backlog = socket.backlog;
  options.mode = socket.chmod;
  options.owner = socket.chown;
  options.reuse_port = socket.reuse_port;
  auto inherited = heritage ? heritage->take(listen.address) : std::nullopt;
  if (!inherited && found != passed.end()) inherited = std::move(*found);
  auto opened = inherited ? net::adopt_listener(std::move(*inherited))
                          : net::listen_on(listen.address, options);
  if (!opened) {
    if (listen.origin.empty()) return unexpected(std::move(opened).error());
    return unexpected(std::move(opened).error().about(listen.origin));
  }
  BoundListener bound{listen.protocol, std::move(*opened), service::OwnedFile{}, listen.address};
  if (!descriptor && !bound.listener.address.path().empty())
    bound.file = service::OwnedFile(bound.listener.address.path());
  return bound;
}

void add(Listeners& all, BoundListener bound, std::string_view how) {
  announce(bound, all.size(), how);
  all.push_back(std::make_shared<BoundListener>(std::move(bound)));
}

}  // namespace

Result<Listeners> open_listeners(const config::Config& config, std::vector<Fd> passed,
                                 Heritage* heritage) {
  Listeners all;
  for (Fd& fd : passed) {
    if (is_named(config, fd.get())) continue;
    auto adopted = net::adopt_listener(std::move(fd));
    if (!adopted) return unexpected(std::move(adopted).error().about("LISTEN_FDS"));
    add(all, {config.socket.inherited, std::move(*adopted), service::OwnedFile{}, {}}, "inherited");
  }
  for (const config::ListenConfig& listen : config.listen)
    add(all, TRY(open_one(listen, config.socket, passed, heritage)),
        descriptor_in(listen.address) ? "inherited" : "bound to");
  return all;
}

Result<Listeners> open_listeners_again(const config::Config& config, const Listeners& open) {
  Listeners all;
  for (const auto& bound : open)
    if (bound->configured.empty()) all.push_back(bound);
  for (const config::ListenConfig& listen : config.listen) {
    const auto kept = std::find_if(open.begin(), open.end(), [&](const auto& bound) {
      return bound->configured == listen.address && bound->protocol == listen.protocol;
    });
    if (kept != open.end()) {
      all.push_back(*kept);
      continue;
    }
    std::vector<Fd> passed;
    add(all, TRY(open_one(listen, config.socket, passed, nullptr)), "bound to");
  }
  return all;
}

}  // namespace penstock::supervisor
