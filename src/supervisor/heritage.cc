// SPDX-License-Identifier: MIT
// The variable holds the addresses, a line each; the descriptors have fixed numbers.
#include "supervisor/heritage.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "base/text.h"

namespace penstock::supervisor {

std::string Heritage::describe(const std::vector<NamedSocket>& sockets) {
  std::string text;
  for (const NamedSocket& socket : sockets)
    text.append(socket.first).append("\n");
  return text;
}

Result<Heritage> Heritage::take_from_environment() {
  Heritage heritage;
  const char* const value = std::getenv(kVariable);
  if (!value) return heritage;
  std::string text(value);
  ::unsetenv(kVariable);
  if (!text.empty() && text.back() == '\n') text.pop_back();

  const auto adopt = [](int number) {
    return ::fcntl(number, F_SETFD, FD_CLOEXEC) < 0 ? Fd{} : Fd{number};
  };
  heritage.line_ = adopt(kLine);
  int number = kLine;
  for (const std::string_view address : text::split(text, '\n')) {
    Fd socket = adopt(++number);
    if (!socket)
      return fail(std::string(kVariable) + ": the sockets that it tells of are not here");
    heritage.sockets_.emplace(address, std::move(socket));
  }
  if (!heritage.line_) return fail(std::string(kVariable) + ": it is set by a running server only");
  return heritage;
}

std::optional<Fd> Heritage::take(const std::string& address) {
  auto found = sockets_.extract(address);
  if (!found) return std::nullopt;
  return std::move(found.mapped());
}

std::vector<Fd> Heritage::take_unnamed() {
  std::vector<Fd> all;
  while (auto socket = take({}))
    all.push_back(std::move(*socket));
  return all;
}

void Heritage::announce() {
  sockets_.clear();
  if (!line_) return;
  if (::write(line_.get(), &kServing, 1) != 1)
    log::warning("the program that this one replaces does not listen");
  line_.reset();
}

}  // namespace penstock::supervisor
