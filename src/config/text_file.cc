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

Result<std::string> read_text_file(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return os_error_about(path, "open");
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error_about(path, "read");
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargest) return fail(path + ": larger than 16 MiB");
  }
}

}  // namespace penstock::config
