// SPDX-License-Identifier: MIT
// The border between the server and whatever answers requests: a WSGI app today; ASGI, static
// files and upstreams are further Applications. Neither side knows the other's protocol.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "http/body.h"
#include "http/request.h"
#include "http/response.h"

namespace penstock::app {

/// One request and its answer. An Application calls, in this order: any number of inform(),
/// start() once, any number of send() and send_file(), finish() or abort() once. After that the
/// exchange is gone. One thread at a time; that thread need not be the one that began.
///
/// Sending never waits for the peer: what the socket does not take is buffered by the server in
/// memory and then on disk, up to a limit; beyond it send() waits. So call it without the GIL.
class Exchange {
 public:
  virtual const http::Request& request() const = 0;

  /// The whole body; it was received before the application was called.
  virtual const http::Body& body() const = 0;

  /// Sends an informational response (103) where the protocol has them; else does nothing.
  virtual void inform(const http::ResponseHead& head) = 0;

  /// Sets the head. It must have passed http::check_response_head(). It leaves with the first
  /// part or with finish(), so until then it may be set again (PEP 3333, exc_info).
  /// `body_length`: the size of the whole body where the application knows it. The views in
  /// `head` may die when the call returns.
  virtual void start(const http::ResponseHead& head,
                     std::optional<std::uint64_t> body_length = std::nullopt) = 0;
  virtual bool started() const = 0;

  /// True once bytes of the head may have left: the status can no longer change.
  virtual bool head_sent() const = 0;

  /// Whether finish() might wait for a reader that takes nothing.
  virtual bool finish_may_wait() const = 0;

  /// Sends parts of the body. They are on their way or copied when this returns. Parts beyond a
  /// declared Content-Length are cut and reported in the log. An error means that the peer is
  /// gone or stalled: the application may stop.
  virtual Result<> send(std::span<const std::string_view> parts) = 0;

  /// The same for a small part that follows another one closely: it leaves with later parts, or by
  /// itself within milliseconds, also if answer() does nothing more. Never waits. False: nothing
  /// was done, use send().
  virtual bool send_soon(std::string_view part) = 0;

  /// Sends `length` bytes of a file from `offset` on; by sendfile(2) where it can.
  virtual Result<> send_file(Fd file, std::uint64_t offset, std::uint64_t length) = 0;

  /// The answer is complete; `last` are the final parts of the body, sent together with the head
  /// if that is still here. A body shorter than its Content-Length cuts the connection.
  virtual void finish(std::span<const std::string_view> last = {}) = 0;

  /// Where an application with a lock of its own (the GIL) adds the time that it waited for it.
  /// Null: nobody wants to know, so no clock is to be read.
  virtual nanoseconds* lock_wait() { return nullptr; }

  /// For the request log: a value that its format may name, and whether this request is logged
  /// though others of its kind are not. Until finish() or abort().
  virtual void set_log_variable(std::string_view name, std::string_view value) = 0;
  /// Nothing where it was not set.
  virtual std::optional<std::string_view> log_variable(std::string_view name) const = 0;
  virtual void log_in_any_case() = 0;

  /// The connection's descriptor, which stays the server's.
  virtual int descriptor() const = 0;

  /// Completes the answer as it is now and ends the connection, while the application goes on:
  /// what it still sends is dropped. On the thread that runs answer().
  virtual void disconnect() = 0;

  /// Tells the peer's own error log, where the protocol has a way to and the configuration wants
  /// it.
  virtual void report(std::string_view lines) = 0;

  /// The answer cannot be completed. Before the head was sent: the error page of `rejection`;
  /// after it: the connection is cut, so that the peer sees that bytes are missing.
  virtual void abort(http::Rejection rejection) = 0;

  /// The application's own code begins only now: so far answer() has waited for something that it
  /// shares with other calls (the GIL). The time limit counts from here.
  virtual void called() = 0;

  /// A time limit besides the server's own, from now on; zero takes it back. On the thread that
  /// runs answer().
  virtual void limit_time(milliseconds limit) = 0;

  /// Its time limit has passed, and answer() had not returned. What it still sends is dropped. Any
  /// thread.
  virtual bool overdue() const = 0;

  /// The number that Overdue::slow names it by; 0: none. Any thread.
  virtual std::uint64_t slow_number() const { return 0; }

 protected:
  ~Exchange() = default;
};

/// A request whose answer() runs for longer than it may, or than is usual.
struct Overdue {
  std::string what;        // method, target, peer and age, for the log
  pthread_t thread{};      // the one that runs answer()
  bool raise = true;       // end the call by an exception, where the application can
  std::uint64_t slow = 0;  // not late: only to be looked at, while its exchange has this number
};

/// Something that answers requests.
class Application {
 public:
  virtual ~Application() = default;

  /// How answer() behaves: Blocking code runs on an app thread and the exchange is over when it
  /// returns; Prompt code returns at once on the loop's thread and finishes later.
  enum class Manner : std::uint8_t { Blocking, Prompt };
  virtual Manner manner() const = 0;

  /// Answers one request. Must not throw (S15).
  virtual void answer(Exchange& exchange) noexcept = 0;

  /// An exchange has become overdue(): says in the log what it is doing, and ends it if it can. Of
  /// one that is only slow it tells the same, if that still runs. On the loop's thread, so it waits
  /// for nothing.
  virtual void overdue(const Overdue& /*request*/) noexcept {}

  /// The calling thread, which may have called answer(), has no request at hand: a lock that the
  /// application keeps from one to the next is to be let go of.
  virtual void rest() noexcept {}
};

}  // namespace penstock::app
