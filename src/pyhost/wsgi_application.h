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
#include "pyhost/gil.h"
#include "pyhost/interrupter.h"
#include "pyhost/ref.h"
#include "stats/scoreboard.h"

namespace penstock::pyhost {

/// The module's types, borrowed from it.
struct WsgiTypes {
  PyTypeObject* start_response = nullptr;
  PyTypeObject* input = nullptr;
  PyTypeObject* errors = nullptr;
  PyTypeObject* file_wrapper = nullptr;
};

/// Construction and destruction need the GIL; answer() takes it itself, on an attached thread.
class WsgiApplication final : public app::Application, private Interrupter::Target {
 public:
  /// Null: a Python exception is set. `types` and `slot`, where it counts exceptions, outlive it.
  static std::unique_ptr<WsgiApplication> create(PyObject* callable, const WsgiTypes& types,
                                                 const config::WorkerConfig& config,
                                                 stats::WorkerSlot& slot);

  Manner manner() const override { return Manner::Blocking; }
  void answer(app::Exchange& exchange) noexcept override;
  void overdue(const app::Overdue& request) noexcept override { interrupter_->overdue(request); }
  void rest() noexcept override { let_go_of_gil(); }

 private:
  /// The objects of one call, used again by later ones.
  struct Seat {
    Call call;
    PyRef start_response;
    PyRef input;
    unsigned long thread = 0;  // Python's number of the thread that makes the call
    bool interrupted = false;  // the exception is on its way, or was raised
  };

  WsgiApplication(const WsgiTypes& types, stats::WorkerSlot& slot, bool keeps_gil)
      : types_(types),
        slot_(slot),
        after_call_(keeps_gil ? GilHeld::Then::Keep : GilHeld::Then::LetGo) {}

  bool is_slow_call(const app::Overdue& request) const override;
  void raise_in_overdue_calls() override;
  bool call_application(Seat& seat, std::string& tail);
  bool answer_with(PyObject* result, Seat& seat, std::string& tail);
  bool send_items(PyObject* result, Seat& seat, std::string& tail);
  bool send_file(PyObject* wrapper, Seat& seat, bool& sent);
  bool send_each(PyObject* result, Seat& seat);
  void close_result(PyObject* result, Seat& seat);
  std::unique_ptr<Seat> take_seat(app::Exchange& exchange);
  void leave_seat(std::unique_ptr<Seat> seat);
  void report(Seat& seat);
  static void take_back_interruption(Seat& seat);

  const WsgiTypes types_;
  stats::WorkerSlot& slot_;
  const GilHeld::Then after_call_;
  PyRef callable_;
  PyRef errors_;
  PyRef context_;  // what each request's context is a copy of
  EnvironBuilder environ_;
  std::vector<std::unique_ptr<Seat>> seats_;  // free ones; as many as calls ran at once
  std::vector<Seat*> running_;                // the others
  PyRef harakiri_error_;
  std::unique_ptr<Interrupter> interrupter_;  // the first to go, with its threads
};

}  // namespace penstock::pyhost
