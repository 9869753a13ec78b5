// SPDX-License-Identifier: MIT
// One request as HTTP, uwsgi, FastCGI and SCGI all describe it: the same type for every
// protocol, so that nothing behind a parser asks which one it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/field.h"

namespace penstock::http {

enum class Version : std::uint8_t { Http10, Http11 };

/// A request head. The views point into the bytes that the parser was given or into `storage`,
/// and live until reset(). Objects are reused: reset() keeps the capacity of the vectors.
struct Request {
  std::string_view method;       // a token, case kept
  std::string_view target;       // REQUEST_URI: as sent, undecoded; of an absolute form too
  std::string_view path;         // PATH_INFO: percent-decoded bytes, begins with '/' or is "*"
  std::string_view query;        // after '?', undecoded
  std::string_view script_name;  // where the app is mounted; empty at the root
  std::string_view protocol;     // SERVER_PROTOCOL as sent: "HTTP/1.1"
  std::string_view scheme;       // "http" or "https"
  std::string_view host;         // Host field or the authority of an absolute target
  std::string_view server_name;  // without port; never empty
  std::string_view server_port;
  std::string_view remote_address;  // empty for a UNIX peer
  std::string_view remote_port;
  std::string_view remote_user;
  std::string_view content_type;  // a field of its own in CGI; not among `fields`
  bool has_content_type = false;
  bool head_request = false;  // method is HEAD: the answer has no body
  bool keep_alive = false;    // the peer would go on with this connection
  bool expect_continue = false;
  bool chunked = false;  // the body's length is not known from the head
  bool trusted = false;  // from a gateway protocol: its variables are a web server's words
  Version version = Version::Http11;
  std::optional<std::uint64_t> content_length;
  Fields fields;  // without Content-Length, Content-Type and connection management

  /// Further CGI variables of a gateway protocol (DOCUMENT_ROOT, uwsgi_param …), name and value.
  std::vector<std::pair<std::string_view, std::string_view>> variables;

  std::uint32_t variable_count = 0;  // CGI variables that it is made of (request log)
  std::uint32_t packet_size = 0;     // bytes of the variables as a uwsgi packet (request log)

  std::string storage;  // bytes that did not stand in the input: a decoded path, a rebuilt value

  void reset();
};

}  // namespace penstock::http
