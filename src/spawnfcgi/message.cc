// SPDX-License-Identifier: MIT
#include "spawnfcgi/message.h"

#include <unistd.h>

#include <string>

#include "base/text.h"
#include "base/write_line.h"

namespace penstock::spawnfcgi {
namespace {

void write(int fd, std::string_view what) {
  std::string line = "spawn-fcgi: ";
  text::append_escaped_lines(line, what);
  write_line(fd, line.append("\n"));
}

}  // namespace

void say(std::string_view what) {
  write(STDOUT_FILENO, what);
}

void complain(std::string_view what) {
  write(STDERR_FILENO, what);
}

}  // namespace penstock::spawnfcgi
