// SPDX-License-Identifier: MIT
// A connection that goes on costs no allocation.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "http/response.h"
#include "proto/http1/session.h"

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// Inlined into each other, GCC 12 takes the two for a mismatched pair.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace penstock::proto::http1 {
namespace {

/// Reads one request and writes a chunked answer.
void serve(Session& session, std::string_view wire, http::Request& request, std::string& out) {
  request.reset();
  out.clear();
  for (Event event; event.kind != Event::Kind::End;) {
    event = session.next(wire, request);
    wire.remove_prefix(event.consumed);
  }
  http::ResponseHead head;
  head.status_line = "200 OK";
  if (!http::check_response_head(head)) std::abort();
  const Encoded encoded = session.encode_head(0, request, head, Answer{}, out);
  session.begin_part(0, encoded.framing, 1, out);
  out += 'x';
  session.end_part(0, encoded.framing, 1, out);
  session.encode_end(0, encoded.framing, out);
}

TEST(Allocations, HappenOnlyForTheFirstRequest) {
  constexpr std::string_view kWire =
      "POST /a%20path/with/escapes?and=a&query=too HTTP/1.1\r\n"
      "Host: www.example.com:8080\r\n"
      "User-Agent: somebody\r\n"
      "Cookie: a=b; c=d\r\n"
      "Connection: keep-alive\r\n"
      "Transfer-Encoding: chunked\r\n"
      "\r\n"
      "5\r\nhello\r\n0\r\nTrailer-Line: x\r\n\r\n";
  const auto session = make_session(Endpoints{"192.0.2.1", "4000", "fallback", "8000"}, Limits{});
  http::Request request;
  std::string out;
  serve(*session, kWire, request, out);
  const std::size_t before = allocations;
  for (int i = 0; i < 10; ++i)
    serve(*session, kWire, request, out);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(request.path, "/a path/with/escapes");
}

}  // namespace
}  // namespace penstock::proto::http1
