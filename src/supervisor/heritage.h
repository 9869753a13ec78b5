// SPDX-License-Identifier: MIT
// What a program that replaces a running one inherits from it: listening sockets, and a line to
// tell it that it may go.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::supervisor {

/// A listening socket by its address as the configuration names it; systemd's have none.
using NamedSocket = std::pair<std::string, int>;

class Heritage {
 public:
  /// Nothing is inherited.
  Heritage() = default;

  /// The variable that tells of it.
  static constexpr const char* kVariable = "PENSTOCK_UPGRADE";
  /// The number of the line to the predecessor; the sockets follow, in order.
  static constexpr int kLine = 3;
  /// What is said on it.
  static constexpr char kServing = 'S';
  static std::string describe(const std::vector<NamedSocket>& sockets);

  /// What the variable tells of. Unsets it.
  static Result<Heritage> take_from_environment();

  /// Whether a predecessor serves still.
  bool is_upgrade() const { return static_cast<bool>(line_); }

  /// Something else that was inherited.
  void add(const std::string& address, Fd socket) { sockets_.emplace(address, std::move(socket)); }
  bool holds(const std::string& address) const { return sockets_.count(address) > 0; }
  /// The socket for `address`, if it was inherited and is still here.
  std::optional<Fd> take(const std::string& address);
  /// Those that systemd passed to the predecessor.
  std::vector<Fd> take_unnamed();

  /// This program serves: the predecessor may go. What was not taken is closed.
  void announce();

 private:
  Fd line_;
  std::multimap<std::string, Fd> sockets_;
};

}  // namespace penstock::supervisor
