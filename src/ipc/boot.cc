// SPDX-License-Identifier: MIT
// Layout: numbers of 32 bits in the machine's order, strings with their length in front. First
// comes who wrote it, so that an executable and an extension module of different versions, which
// a broken installation brings together, say so instead of misunderstanding each other.
#include "ipc/boot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

namespace penstock::ipc {
namespace {

// The last number changes with every change of Boot or Message.
constexpr std::string_view kWriter = "penstock " PENSTOCK_VERSION " (boot 3)";
constexpr std::size_t kLargest = 16u << 20;

class Writer {
 public:
  void number(std::uint32_t value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_ += value;
  }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  Result<std::uint32_t> number() {
    std::uint32_t value = 0;
    if (in_.size() < sizeof value) return fail("the start-up data is cut short");
    std::memcpy(&value, in_.data(), sizeof value);
    in_.remove_prefix(sizeof value);
    return value;
  }
  Result<std::string> text() {
    const std::uint32_t size = TRY(number());
    if (in_.size() < size) return fail("the start-up data is cut short");
    std::string value(in_.substr(0, size));
    in_.remove_prefix(size);
    return value;
  }
  bool at_end() const { return in_.empty(); }

 private:
  std::string_view in_;
};

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return os_error("write");
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Result<std::string> read_all(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) < 0) return os_error("fstat");
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > kLargest)
    return fail("the start-up data is too large");
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error("pread");
    if (got == 0) return fail("the start-up data is cut short");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

Result<> check_writer(Reader& reader) {
  const auto writer = reader.text();
  if (!writer) return fail("this is not start-up data of penstock");
  if (*writer != kWriter)
    return fail("the executable is " + *writer + " but the Python package is " +
                std::string(kWriter) + ": install both from the same release");
  return {};
}

Result<config::Settings> read_settings(Reader& reader) {
  config::Settings settings;
  for (std::uint32_t left = TRY(reader.number()); left > 0; --left) {
    config::Setting setting;
    setting.name = TRY(reader.text());
    setting.value = TRY(reader.text());
    setting.origin = TRY(reader.text());
    settings.push_back(std::move(setting));
  }
  return settings;
}

Result<std::vector<InheritedListener>> read_listeners(Reader& reader) {
  std::vector<InheritedListener> listeners;
  for (std::uint32_t left = TRY(reader.number()); left > 0; --left) {
    InheritedListener listener;
    listener.protocol = static_cast<config::Protocol>(TRY(reader.number()));
    listener.fd = static_cast<int>(TRY(reader.number()));
    listeners.push_back(listener);
  }
  return listeners;
}

}  // namespace

Result<Fd> Boot::write() const {
  Writer out;
  out.text(kWriter);
  for (const config::Settings* const some : {&settings, &placeholders}) {
    out.number(static_cast<std::uint32_t>(some->size()));
    for (const config::Setting& setting : *some) {
      out.text(setting.name);
      out.text(setting.value);
      out.text(setting.origin);
    }
  }
  out.number(static_cast<std::uint32_t>(listeners.size()));
  for (const InheritedListener& listener : listeners) {
    out.number(static_cast<std::uint32_t>(listener.protocol));
    out.number(static_cast<std::uint32_t>(listener.fd));
  }
  out.number(static_cast<std::uint32_t>(scoreboard_fd));
  out.number(static_cast<std::uint32_t>(request_log_fd));
  if (out.bytes().size() > kLargest) return fail("the configuration is too large");

  Fd file{::memfd_create("penstock-boot", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file) return os_error("memfd_create");
  TRY(write_all(file.get(), out.bytes()));
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file.get(), F_ADD_SEALS, seals) < 0) return os_error("fcntl(F_ADD_SEALS)");
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return os_error("lseek");
  return file;
}

Result<Boot> Boot::read(int fd) {
  const std::string bytes = TRY(read_all(fd));
  Reader reader(bytes);
  TRY(check_writer(reader));
  Boot boot;
  boot.settings = TRY(read_settings(reader));
  boot.placeholders = TRY(read_settings(reader));
  boot.listeners = TRY(read_listeners(reader));
  boot.scoreboard_fd = static_cast<int>(TRY(reader.number()));
  boot.request_log_fd = static_cast<int>(TRY(reader.number()));
  if (!reader.at_end()) return fail("the start-up data has bytes too many");
  return boot;
}

}  // namespace penstock::ipc
