// SPDX-License-Identifier: MIT
#include "spawnfcgi/options.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <limits>

#include "base/text.h"

namespace penstock::spawnfcgi {
namespace {

constexpr const char* kLetters = "c:d:f:g:?hna:p:b:u:vC:F:s:P:U:G:M:S";
constexpr const char* kAnyAddress = "0.0.0.0";

/// What is put together only when every word is known.
struct Words {
  std::vector<std::string> addresses;
  std::vector<std::uint16_t> ports;
  std::vector<std::string> paths;
  std::string shell_command;
};

Result<int> count(const char* what, std::string_view text) {
  const auto number = text::parse_unsigned(text);
  if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
    return fail(fmt::format("invalid {}: {}", what, text));
  return static_cast<int>(*number);
}

/// Port 0 is no port, as in spawn-fcgi.
Result<std::uint16_t> port(std::string_view text) {
  const auto number = text::parse_unsigned(text);
  if (!number || *number > 65535) return fail(fmt::format("invalid port: {}", text));
  return static_cast<std::uint16_t>(*number);
}

Result<mode_t> octal(std::string_view text) {
  mode_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7' || mode > 07777) return fail(fmt::format("invalid mode: {}", text));
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  if (text.empty() || mode > 07777) return fail(fmt::format("invalid mode: {}", text));
  return mode;
}

Result<> take_for_root(int letter, const char* value, Options& options) {
  switch (letter) {
    case 'c':
      options.root = value;
      break;
    case 'S':
      options.bind_outside = true;
      break;
    case 'u':
      options.user = value;
      break;
    case 'g':
      options.group = value;
      break;
    case 'U':
      options.owner_user = value;
      break;
    default:
      options.owner_group = value;
  }
  return {};
}

Result<> take(int letter, const char* value, Options& options, Words& words) {
  switch (letter) {
    case 'a':
      words.addresses.emplace_back(value);
      break;
    case 'p':
      if (const auto number = TRY(port(value))) words.ports.push_back(number);
      break;
    case 's':
      words.paths.emplace_back(value);
      break;
    case 'f':
      words.shell_command = value;
      break;
    case 'd':
      options.directory = value;
      break;
    case 'C':
      options.php_children = TRY(count("number of children", value));
      break;
    case 'F':
      options.children = TRY(count("number of children", value));
      break;
    case 'b':
      options.backlog = TRY(count("backlog", value));
      break;
    case 'P':
      options.pid_file = value;
      break;
    case 'M':
      options.mode = TRY(octal(value));
      break;
    default:
      options.foreground = true;
  }
  return {};
}

/// The n-th port has the n-th address, or the last one that was given.
Result<std::vector<Place>> places(const Words& words) {
  if (words.ports.empty() && words.paths.empty())
    return fail("no socket given (use either -p or -s)");
  if (!words.ports.empty() && !words.paths.empty())
    return fail("either a Unix domain socket or a TCP-port, but not both");
  if (words.addresses.size() > words.ports.size() && !words.ports.empty())
    return fail("more addresses (-a) than ports (-p)");
  std::vector<Place> result;
  for (const std::string& path : words.paths) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
      return fail("path of the Unix domain socket is too long");
    result.push_back({path, {}, 0});
  }
  for (std::size_t i = 0; i < words.ports.size(); ++i) {
    const std::size_t last = words.addresses.size() - 1;
    result.push_back({{},
                      words.addresses.empty() ? kAnyAddress : words.addresses[std::min(i, last)],
                      words.ports[i]});
  }
  return result;
}

}  // namespace

Result<Request> parse(int argc, char* const* argv, bool is_root) {
  Request request;
  if (argc < 2) return Request{Request::Kind::Help, 255, {}};
  Words words;
  optind = 0;  // getopt(3) starts anew
  for (int letter = 0; (letter = ::getopt(argc, argv, kLetters)) != -1;) {
    // An unknown option too: spawn-fcgi shows its help, and succeeds.
    if (letter == '?' || letter == 'h') return Request{Request::Kind::Help, 0, {}};
    if (letter == 'v') return Request{Request::Kind::Version, 0, {}};
    // Nobody means "" by what a script leaves empty, least of all for the user.
    if (optarg != nullptr && *optarg == 0) return fail(fmt::format("-{:c} is empty", letter));
    if (std::string_view("cSugUG").find(static_cast<char>(letter)) == std::string_view::npos) {
      TRY(take(letter, optarg, request.options, words));
    } else if (is_root) {
      TRY(take_for_root(letter, optarg, request.options));
    }
  }
  Options& options = request.options;
  options.program.assign(argv + optind, argv + argc);
  if (options.program.empty() && words.shell_command.empty())
    return fail("no FastCGI application given");
  if (options.program.empty()) options.program = {"/bin/sh", "-c", "exec " + words.shell_command};
  options.places = TRY(places(words));
  return request;
}

std::string help_text() {
  return R"(Usage: penstock spawn-fcgi [options] [-- <fcgiapp> [fcgi app arguments]]

Starts FastCGI programs on listening sockets, with the options of spawn-fcgi(1).

Options:
 -f <path>      the program (ignored if <fcgiapp> is given; needs /bin/sh)
 -d <directory> change to this directory before the start
 -a <address>   IPv4 or IPv6 address to bind to (default 0.0.0.0)
 -p <port>      TCP port to bind to
 -s <path>      UNIX socket to bind to
                (-a and -p, or -s, may be repeated: programs for each socket)
 -M <mode>      mode of the UNIX socket, octal (default: read and write for user
                and group, as far as the umask allows)
 -C <children>  sets PHP_FCGI_CHILDREN for the program
 -F <children>  number of programs for each socket (default 1)
 -b <backlog>   length of the queue of the socket (default 1024)
 -P <path>      file for the process ids (not with -n)
 -n             stay in the foreground: start programs that end again; SIGTERM
                ends them, SIGHUP, SIGUSR1 and SIGUSR2 are passed on
 -v             show the version
 -?, -h         show this help
For root only:
 -c <directory> change the root directory (chroot)
 -S             bind the socket before that
 -u <user>      run the program as this user
 -g <group>     run it as this group (default: that of the user)
 -U <user>      owner of the UNIX socket (default: as -u)
 -G <group>     group of the UNIX socket (default: that of -U, else as -g)
)";
}

}  // namespace penstock::spawnfcgi
