// SPDX-License-Identifier: MIT
// Whole text files.
#include "config/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/fd.h"

namespace penstock::config {
namespace {

constexpr std::size_t kLargest = 16U << 20;

}  // namespace

Result<std::string> read_text_from(int descriptor, const std::string& name) {
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error_about(name, "read");
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargest) return fail(name + ": larger than 16 MiB");
  }
}

Result<std::string> read_text_file(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return os_error_about(path, "open");
  return read_text_from(file.get(), path);
}

}  // namespace penstock::config
