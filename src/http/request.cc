// SPDX-License-Identifier: MIT
#include "http/request.h"

namespace penstock::http {

namespace {

// What one unusual request made a member grow to is given back at the next reset.
constexpr std::size_t kKeptElements = 256;
constexpr std::size_t kKeptBytes = 4096;

template <class Container>
void empty(Container& container, std::size_t kept) {
  if (container.capacity() > kept)
    Container().swap(container);
  else
    container.clear();
}

}  // namespace

// Member by member: assigning a new object costs three times as much, and a chain of assignments
// reads what was just written. The test knows how many members there are.
void Request::reset() {
  method = {};
  target = {};
  path = {};
  query = {};
  script_name = {};
  protocol = {};
  scheme = {};
  host = {};
  server_name = {};
  server_port = {};
  remote_address = {};
  remote_port = {};
  remote_user = {};
  content_type = {};
  has_content_type = head_request = keep_alive = expect_continue = chunked = trusted = false;
  version = Version::Http11;
  content_length.reset();
  variable_count = packet_size = 0;
  empty(fields, kKeptElements);
  empty(variables, kKeptElements);
  empty(storage, kKeptBytes);
}

}  // namespace penstock::http
