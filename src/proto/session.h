// SPDX-License-Identifier: MIT
// What a protocol is to the server: bytes in, events out; answers in, bytes out. Pure code: no
// socket, no clock, no thread. Each protocol is one folder with one Session; nothing outside
// proto/ asks which one it talks to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace penstock::proto {

/// Limits on what a peer may send (S9, S13).
struct Limits {
  std::size_t head_bytes = 65536;            // request line and fields together, or a uwsgi block
  std::size_t line_bytes = 16384;            // the request line alone
  std::size_t fields = 256;                  // fields of an HTTP request
  std::size_t variables = 4096;              // variables of a gateway request
  std::uint64_t body_bytes = 0;              // 0: unlimited
  std::size_t chunk_extension_bytes = 4096;  // of a whole chunked body
  std::size_t trailer_bytes = 16384;
};

/// The two ends of a connection as text. Owned by the connection, which outlives the session.
struct Endpoints {
  std::string_view remote_address;  // empty for UNIX sockets
  std::string_view remote_port;
  std::string_view server_name;  // for requests that do not name a host
  std::string_view server_port;
};

/// What the front of the input turned out to be.
struct Event {
  enum class Kind : std::uint8_t {
    NeedInput,  // nothing more in these bytes; call again when there are more
    Begin,      // a request whose head will come; only where concurrent()
    Head,       // `request` is filled in; its views point into the `consumed` bytes
    Body,       // `data` are body bytes, among the `consumed` ones
    End,        // the request is complete
    Reject,     // the peer broke the protocol or a limit: answer `rejection`, then close
    Reply,      // the protocol itself answers: send `data`, which is static, then close
    Cancel,     // the peer gave up this request, which may be running: end it by encode_abort()
    Close,      // the peer's last word was read
  };
  Kind kind = Kind::NeedInput;
  std::size_t consumed = 0;  // bytes at the front of the input that are done with
  std::uint32_t stream = 0;  // which request, on a connection that carries several
  std::string_view data{};
  http::Rejection rejection{};
  bool goes_on = false;  // Reject, Reply: only `stream` ends, or nothing; `data` is copied at once
};

/// What the server knows when a head is encoded.
struct Answer {
  std::string_view date;       // IMF-fixdate, for protocols that send Date
  bool may_keep_alive = true;  // false while the worker drains or at the connection's last request
  std::optional<std::uint64_t> body_length;  // of the whole body, where known
};

/// How the encoded answer goes on.
struct Encoded {
  http::Framing framing = http::Framing::UntilClose;
  bool keep_alive = false;  // the connection outlives this answer
};

/// The protocol of one connection.
class Session {
 public:
  virtual ~Session() = default;

  /// Several requests at once on one connection (FastCGI, HTTP/2). If false, next() is not
  /// called between End and the end of the answer.
  virtual bool concurrent() const { return false; }

  /// Reads the front of `input`: all bytes received and not consumed yet. `request` is a clean
  /// object that Head fills in. The loop's thread only.
  virtual Event next(std::string_view input, http::Request& request) = 0;

  /// How many of the bytes to come are the body's, and nothing but the body's. So many may be read
  /// right to where the body is kept; next() then sees them there, calls all of them Body, and is
  /// to be asked with nothing for the End where they were the last. 0: only next() can tell.
  virtual std::uint64_t plain_body() const { return 0; }

  /// The peer has closed its side, with `input` unread. What that means now: Close between
  /// requests, Reject within one.
  virtual Event end_of_input(std::string_view input) = 0;

  /// No request has been received in part: the connection may be idle.
  virtual bool idle() const = 0;

  // Encoders append to `out`. The thread that answers calls them, so where concurrent() several
  // threads do at once, each for its own stream.

  /// Does `expect_continue` ask for this interim answer? Called when a body is still to come.
  virtual void encode_continue(std::uint32_t stream, std::string& out) = 0;
  virtual void encode_informational(std::uint32_t stream, const http::Request& request,
                                    const http::ResponseHead& head, std::string& out) = 0;
  virtual Encoded encode_head(std::uint32_t stream, const http::Request& request,
                              const http::ResponseHead& head, const Answer& answer,
                              std::string& out) = 0;

  /// The most bytes that one part may have.
  virtual std::size_t max_part() const { return SIZE_MAX; }
  /// What stands before and after `size` body bytes, size > 0.
  virtual void begin_part(std::uint32_t stream, http::Framing framing, std::size_t size,
                          std::string& out) = 0;
  virtual void end_part(std::uint32_t stream, http::Framing framing, std::size_t size,
                        std::string& out) = 0;
  /// What stands after the body.
  virtual void encode_end(std::uint32_t stream, http::Framing framing, std::string& out) = 0;

  /// Text for the error log of the peer, in the middle of the answer. Nothing where it keeps none.
  virtual void encode_report(std::uint32_t /*stream*/, std::string_view /*text*/,
                             std::string& /*out*/) {}

  /// What the encoders of heads and rejections have appended, without the first framing of their
  /// own: a head, and what follows it.
  virtual std::string_view text_of(std::string_view encoded) const { return encoded; }

  /// Ends the answer of one request in its middle, or one that is not wanted any more. False,
  /// with nothing appended: only the end of the connection can say that.
  virtual bool encode_abort(std::uint32_t /*stream*/, std::string& /*out*/) { return false; }

  /// A whole short answer with `Connection: close`: status, text body, Retry-After for 503.
  virtual void encode_rejection(std::uint32_t stream, const http::Rejection& rejection,
                                std::string_view date, std::string& out) = 0;
  /// Before that: will the connection go on?
  virtual bool outlives_rejection(std::uint32_t /*stream*/) const { return false; }
};

}  // namespace penstock::proto
