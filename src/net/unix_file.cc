// SPDX-License-Identifier: MIT
// The file of a listening UNIX socket.
#include "net/unix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/users.h"

namespace penstock::net {
namespace {

constexpr auto kUnchanged = static_cast<std::uint32_t>(-1);  // as chown(2) has it

/// bind(2) gives the file all permissions that the umask leaves, so the umask alone can make it
/// right from the start; chmod(2) afterwards would leave a gap, and could hit another file.
class ScopedUmask {
 public:
  explicit ScopedUmask(mode_t mask) : before_(::umask(mask)) {}
  ScopedUmask(const ScopedUmask&) = delete;
  ScopedUmask& operator=(const ScopedUmask&) = delete;
  ~ScopedUmask() { ::umask(before_); }

 private:
  mode_t before_;
};

/// Removes the file unless it is kept.
class NewFile {
 public:
  explicit NewFile(std::string path) : path_(std::move(path)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

struct Owner {
  std::uint32_t user = kUnchanged;
  std::uint32_t group = kUnchanged;
};

std::string_view kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISFIFO(mode)) return "a pipe";
  return "a device";
}

/// "user", "user:group", ":group"; names or numbers.
Result<Owner> parse_owner(const std::string& text) {
  Owner owner;
  const std::size_t colon = text.find(':');
  const std::string user = text.substr(0, colon);
  const std::string group = colon == text.npos ? "" : text.substr(colon + 1);
  if (!user.empty()) owner.user = TRY(find_user(user));
  if (!group.empty()) owner.group = TRY(find_group(group));
  return owner;
}

Result<> change_owner(const std::string& path, const std::string& text) {
  const Owner owner = TRY(parse_owner(text));
  // The descriptor pins the file, so that nobody who may write to the folder can put another one
  // in its place between the check and the change.
  const Fd file(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) < 0) return os_error("open");
  if (!S_ISSOCK(about.st_mode) || about.st_uid != ::geteuid()) {
    return fail("the new socket was replaced by another file at once");
  }
  if (::fchownat(file.get(), "", owner.user, owner.group, AT_EMPTY_PATH) == 0) return {};
  if (errno != EPERM) return os_error("chown");
  return os_error(fmt::format("only root can give it to '{}'", text));
}

/// Removes what stands at the address if it is a socket that nobody listens on any more.
Result<> remove_dead_socket(const Address& address) {
  const std::string path = address.path();
  struct stat about {};
  if (::lstat(path.c_str(), &about) < 0) {
    if (errno == ENOENT) return {};
    return os_error("lstat");
  }
  if (!S_ISSOCK(about.st_mode)) {
    return unexpected(Error{
        fmt::format("{}, not a socket: remove it or choose another path", kind_of(about.st_mode)),
        EEXIST});
  }
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return os_error("socket");
  const bool connected = ::connect(probe.get(), address.raw(), address.size()) == 0;
  if (!connected && errno == ENOENT) return {};
  if (!connected && errno == ECONNREFUSED) {
    if (::unlink(path.c_str()) < 0 && errno != ENOENT) {
      return os_error("cannot remove what a dead server left");
    }
    return {};
  }
  if (!connected && errno == EACCES) return os_error("cannot tell whether a server listens there");
  // Connected, a full queue (EAGAIN), or a socket of another type (EPROTOTYPE): someone is there.
  return unexpected(
      Error{"in use by a running server: stop it or choose another path", EADDRINUSE});
}

Result<> bind_file(int socket, const Address& address, std::optional<mode_t> mode) {
  const auto bind = [&] { return ::bind(socket, address.raw(), address.size()); };
  int result = 0;
  if (mode) {
    const ScopedUmask umask(~*mode & 0777);
    result = bind();
  } else {
    result = bind();
  }
  if (result == 0) return {};
  if (errno == ENOENT) return os_error("the folder for this socket is missing: create it");
  if (errno == EACCES) return os_error("no permission to create a socket in this folder");
  return os_error("bind");
}

}  // namespace

Result<> bind_unix_file(int socket, const Address& address, const ListenOptions& options) {
  auto bound = bind_file(socket, address, options.mode);
  if (!bound && bound.error().code == EADDRINUSE) {
    TRY(remove_dead_socket(address));
    bound = bind_file(socket, address, options.mode);
  }
  if (!bound) return bound;
  NewFile file(address.path());
  if (!options.owner.empty()) TRY(change_owner(address.path(), options.owner));
  file.keep();
  return {};
}

}  // namespace penstock::net
