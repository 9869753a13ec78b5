// SPDX-License-Identifier: MIT
// One call of a WSGI application, as the objects that it was given see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "app/exchange.h"
#include "http/response.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {

/// Reused from call to call by one thread. GIL held, but where a function says that it lets go.
class Call {
 public:
  void begin(app::Exchange& exchange) {
    exchange_ = &exchange;
    client_gone_ = false;
  }
  /// The call is over; the objects that the application kept do nothing any more.
  void end();

  bool active() const { return exchange_ != nullptr; }
  app::Exchange& exchange() { return *exchange_; }
  bool has_head() const { return static_cast<bool>(headers_); }
  const http::ResponseHead& head() const { return head_; }
  /// Sending failed since the client has gone: what follows from it is no error of the app.
  bool client_gone() const { return client_gone_; }

  /// start_response(status, headers, exc_info): takes and checks the head. False: exception set.
  bool set_head(PyObject* status, PyObject* headers, PyObject* exc_info);

  /// Gives the head to the server, if that was not done yet. False: the application has not
  /// called start_response(); exception set.
  bool start(std::optional<std::uint64_t> body_length);

  /// Sends a part of the body, after the head. Lets go of the GIL. False: exception set.
  bool send(std::string_view part);

  /// Sends an interim answer with these headers. Lets go of the GIL. False: exception set.
  bool inform(PyObject* headers);

 private:
  bool reject_restart(PyObject* exc_info);

  app::Exchange* exchange_ = nullptr;
  bool client_gone_ = false;
  http::ResponseHead head_;  // points into the two objects below
  PyRef status_;
  PyRef headers_;  // a tuple
};

/// Fills `fields` from a sequence of (name, value) tuples of str. `keep` becomes a tuple that
/// holds all that the fields point into. False: exception set.
bool read_headers(PyObject* headers, http::Fields& fields, PyRef& keep);

}  // namespace penstock::pyhost
