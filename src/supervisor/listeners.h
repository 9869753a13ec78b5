// SPDX-License-Identifier: MIT
// The listening sockets of the server: opened once, owned by the master, inherited by workers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "config/config.h"
#include "net/listener.h"
#include "service/owned_file.h"
#include "supervisor/heritage.h"

namespace penstock::supervisor {

struct BoundListener {
  config::Protocol protocol = config::Protocol::Http;
  net::Listener listener;
  service::OwnedFile file;  // of a UNIX socket
  std::string configured;   // the address as the configuration names it; empty: from systemd
};

/// The versions of a server share the sockets that they have in common.
using Listeners = std::vector<std::shared_ptr<BoundListener>>;

/// Adopts the sockets that systemd `passed`, which speak what --protocol says (uwsgi without it)
/// unless a setting such as --http-socket fd://3 names them; and what the configuration names: out
/// of the heritage, or else it is opened. Logs a line for each.
Result<Listeners> open_listeners(const config::Config& config, std::vector<Fd> passed = {},
                                 Heritage* heritage = nullptr);

/// For a configuration that was read again: keeps of `open` what it still names (and what systemd
/// passed), and opens what is new.
Result<Listeners> open_listeners_again(const config::Config& config, const Listeners& open);

}  // namespace penstock::supervisor
