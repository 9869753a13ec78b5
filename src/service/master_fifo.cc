// SPDX-License-Identifier: MIT
// Opened for reading and writing: so there is always a writer, and never an end of file to be
// woken by.
#include "service/master_fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace penstock::service {
namespace {

constexpr mode_t kMode = 0600;

}  // namespace

Result<std::unique_ptr<MasterFifo>> MasterFifo::create(net::Loop& loop, const std::string& path,
                                                       Handler handler) {
  std::unique_ptr<MasterFifo> made(new MasterFifo(loop, std::move(handler)));
  const bool is_new = ::mkfifo(path.c_str(), kMode) == 0;
  if (!is_new && errno != EEXIST) return os_error_about(path, "mkfifo");
  if (is_new) made->file_ = OwnedFile(path);
  Fd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return os_error_about(path, "open");
  struct stat about {};
  if (::fstat(fd.get(), &about) < 0) return os_error_about(path, "fstat");
  if (!S_ISFIFO(about.st_mode))
    return fail(path + ": not a named pipe: remove it or choose another path");
  TRY(loop.watch(fd.get(), EPOLLIN, *made));
  made->fd_ = std::move(fd);
  return made;
}

MasterFifo::~MasterFifo() {
  if (fd_) loop_.forget(fd_.get(), *this);
}

void MasterFifo::on_ready(std::uint32_t) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::array<char, 64> letters;
  const ssize_t got = ::read(fd_.get(), letters.data(), letters.size());
  for (ssize_t i = 0; i < got; ++i) {
    const char letter = letters[static_cast<std::size_t>(i)];
    if (kBlanks.find(letter) == kBlanks.npos) handler_(letter);
  }
}

}  // namespace penstock::service
