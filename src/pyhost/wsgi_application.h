// SPDX-License-Identifier: MIT
// A WSGI callable (PEP 3333) as an Application of the server.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/exchange.h"
#include "pyhost/call.h"
#include "pyhost/environ.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {

/// The module's types, borrowed from it.
struct WsgiTypes {
  PyTypeObject* start_response = nullptr;
  PyTypeObject* input = nullptr;
  PyTypeObject* errors = nullptr;
  PyTypeObject* file_wrapper = nullptr;
};

/// Construction and destruction need the GIL; answer() takes it itself, on an attached thread.
class WsgiApplication final : public app::Application {
 public:
  /// Null: a Python exception is set. `types` outlive it.
  static std::unique_ptr<WsgiApplication> create(PyObject* callable, const WsgiTypes& types,
                                                 const config::WorkerConfig& config);

  Manner manner() const override { return Manner::Blocking; }
  void answer(app::Exchange& exchange) noexcept override;

  /// Exceptions that the app raised so far. GIL held.
  std::uint64_t exceptions() const { return exceptions_; }

 private:
  /// The objects of one call, used again by later ones.
  struct Seat {
    Call call;
    PyRef start_response;
    PyRef input;
  };

  explicit WsgiApplication(const WsgiTypes& types) : types_(types) {}

  bool call_application(Seat& seat, std::string& tail);
  bool answer_with(PyObject* result, Seat& seat, std::string& tail);
  bool send_items(PyObject* result, Seat& seat, std::string& tail);
  bool send_file(PyObject* wrapper, Seat& seat, bool& sent);
  bool send_each(PyObject* result, Seat& seat);
  void close_result(PyObject* result, Seat& seat);
  std::unique_ptr<Seat> take_seat(app::Exchange& exchange);
  void leave_seat(std::unique_ptr<Seat> seat);
  void report(Seat& seat);

  const WsgiTypes types_;
  PyRef callable_;
  PyRef errors_;
  PyRef context_;  // what each request's context is a copy of
  EnvironBuilder environ_;
  std::vector<std::unique_ptr<Seat>> seats_;  // free ones; as many as calls ran at once
  std::uint64_t exceptions_ = 0;
};

}  // namespace penstock::pyhost
