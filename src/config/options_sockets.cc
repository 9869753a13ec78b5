// SPDX-License-Identifier: MIT
// Options about where the server listens.
#include "config/option_fields.h"
#include "config/option_sections.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

constexpr Option kSockets[] = {
    {.names = "http-socket http http11-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::Http},
     .help = "Listen for HTTP on HOST:PORT, :PORT, a UNIX path, @abstract or fd://N"},
    {.names = "socket",
     .letter = 's',
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{},
     .help = "Listen for the uwsgi protocol, or what --protocol says"},
    {.names = "uwsgi-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::Uwsgi},
     .help = "Listen for the uwsgi protocol"},
    {.names = "fastcgi-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::FastCgi},
     .help = "Listen for FastCGI, in the role of the Responder"},
    {.names = "scgi-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::Scgi},
     .help = "Listen for SCGI"},
    {.names = "fastcgi-nph-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::FastCgiNph},
     .help = "Listen for FastCGI, and answer with the status line of HTTP instead of Status"},
    {.names = "scgi-nph-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Listen{Protocol::ScgiNph},
     .help = "The same for SCGI"},
    {.names = "shared-socket undeferred-shared-socket",
     .kind = Kind::List,
     .placeholder = "ADDRESS",
     .effect = Custom{add_shared_socket, "an address"},
     .help = "An address that another option names as =N, where 0 is the first shared socket"},
    {.names = "fastcgi-stderr",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::socket, &SocketConfig::fastcgi_stderr>(),
     .help =
         "Send lines of wsgi.errors, and tracebacks, to the FastCGI web server's error log too"},
    {.names = "protocol socket-protocol",
     .placeholder = "NAME",
     .standard = "uwsgi",
     .effect = PlainProtocol{},
     .help = "What --socket and sockets passed by systemd speak: uwsgi, http, fastcgi, scgi, "
             "fastcgi-nph or scgi-nph"},
    {.names = "listen",
     .letter = 'l',
     .placeholder = "N",
     .effect = number<&Config::socket, &SocketConfig::backlog>(Unit::Count, 1, 1'000'000),
     .help = "Connections that the kernel queues; more than net.core.somaxconn is cut to it"},
    {.names = "chmod-socket chmod",
     .letter = 'C',
     .kind = Kind::OptionalValue,
     .placeholder = "MODE",
     .implied = "666",
     .standard = "as the umask says",
     .effect = Custom{set_socket_mode, "an octal mode from 0 to 777, such as 660"},
     .help = "The mode of UNIX sockets; 666 without a value"},
    {.names = "chown-socket",
     .placeholder = "USER:GROUP",
     .effect = text_in<&Config::socket, &SocketConfig::chown>(),
     .help = "The owner of UNIX sockets"},
    {.names = "reuse-port",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::socket, &SocketConfig::reuse_port>(),
     .help = "Let other servers bind the same port too (SO_REUSEPORT)"},
};

}  // namespace

Section sockets_section() {
  return {"Sockets", kSockets};
}

}  // namespace penstock::config
