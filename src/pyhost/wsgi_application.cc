// SPDX-License-Identifier: MIT
#include "pyhost/wsgi_application.h"

#include <algorithm>

#include "base/text.h"
#include "pyhost/current_request.h"
#include "pyhost/errors.h"
#include "pyhost/file_wrapper.h"
#include "pyhost/gil.h"
#include "pyhost/input.h"
#include "pyhost/start_response.h"

namespace penstock::pyhost {
namespace {

// A body up to this size is copied, so that the GIL is let go for good before it is sent; a
// larger one is sent from where it is.
constexpr std::size_t kCopied = 16 * 1024;

/// Each request has a context of its own, so that context variables do not leak into the next.
class ContextScope {
 public:
  explicit ContextScope(PyObject* base) : context_(PyRef::steal(PyContext_Copy(base))) {
    if (context_ && PyContext_Enter(context_.get()) < 0) context_.reset();
  }
  ~ContextScope() {
    if (context_) PyContext_Exit(context_.get());
  }
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  explicit operator bool() const { return static_cast<bool>(context_); }

 private:
  PyRef context_;
};

std::string_view bytes_view(PyObject* bytes) {
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

bool check_part(PyObject* part) {
  if (PyBytes_Check(part)) return true;
  PyErr_Format(PyExc_TypeError, "a part of the body must be bytes, not %.100s",
               Py_TYPE(part)->tp_name);
  return false;
}

}  // namespace

std::unique_ptr<WsgiApplication> WsgiApplication::create(PyObject* callable, const WsgiTypes& types,
                                                         const config::WorkerConfig& config,
                                                         stats::WorkerSlot& slot) {
  // With one app thread nobody of the server's wants the GIL between two requests; threads of the
  // application's own get it as they do from any Python code, and whenever the loop waits.
  std::unique_ptr<WsgiApplication> application(
      new WsgiApplication(types, slot, /*keeps_gil=*/config.threads == 1));
  application->callable_ = PyRef::borrow(callable);
  application->errors_ = PyRef::steal(new_errors(types.errors));
  application->context_ = PyRef::steal(PyContext_CopyCurrent());
  if (!application->errors_ || !application->context_) return nullptr;
  EnvironConstants constants;
  constants.errors = application->errors_.get();
  constants.file_wrapper = reinterpret_cast<PyObject*>(types.file_wrapper);
  constants.multithread = config.threads > 1;
  constants.multiprocess = config.processes > 1;
  if (!application->environ_.prepare(constants)) return nullptr;

  const PyRef package = PyRef::steal(PyImport_ImportModule("penstock"));
  if (!package) return nullptr;
  application->harakiri_error_ =
      PyRef::steal(PyObject_GetAttrString(package.get(), "HarakiriError"));
  if (!application->harakiri_error_) return nullptr;
  std::unique_ptr<StackDump> dump = StackDump::create();
  if (!dump) return nullptr;
  application->interrupter_ = std::make_unique<Interrupter>(
      std::move(dump), static_cast<Interrupter::Target&>(*application));
  return application;
}

void WsgiApplication::answer(app::Exchange& exchange) noexcept {
  thread_local std::string tail;
  tail.clear();
  bool answered = false;
  {
    const GilWaitsCounted counted(exchange.lock_wait());
    CurrentRequest current(exchange);
    const GilHeld gil(after_call_);
    exchange.called();
    // One that waited for the GIL beyond its limit has had its answer.
    std::unique_ptr<Seat> seat = exchange.overdue() ? nullptr : take_seat(exchange);
    if (seat) {
      current.give(seat->call);
      const ContextScope context(context_.get());
      answered = context && call_application(*seat, tail);
    }
    if (PyErr_Occurred()) log_exception("the request cannot be given to the application");
    if (seat) leave_seat(std::move(seat));
  }
  if (exchange.finish_may_wait()) let_go_of_gil();
  if (!answered) return exchange.abort({500, "the application failed"});
  const std::string_view last = tail;
  exchange.finish({&last, last.empty() ? 0U : 1U});
}

/// Calls the application and sends its answer; what may follow without the GIL is left in `tail`.
/// False: the answer is not complete, and why is in the log.
bool WsgiApplication::call_application(Seat& seat, std::string& tail) {
  app::Exchange& exchange = seat.call.exchange();
  const PyRef environ =
      PyRef::steal(environ_.build(exchange.request(), exchange.body(), seat.input.get(),
                                  early_hints_of(seat.start_response.get())));
  if (!environ) return false;
  PyObject* arguments[] = {nullptr, environ.get(), seat.start_response.get()};
  const PyRef result = PyRef::steal(PyObject_Vectorcall(
      callable_.get(), arguments + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
  bool answered = result && answer_with(result.get(), seat, tail);
  if (PyErr_Occurred()) report(seat);
  if (result) close_result(result.get(), seat);
  return answered;
}

bool WsgiApplication::answer_with(PyObject* result, Seat& seat, std::string& tail) {
  if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) {
    return send_items(result, seat, tail);
  }
  if (Py_TYPE(result) == types_.file_wrapper) {
    bool sent = false;
    if (!send_file(result, seat, sent)) return false;
    if (sent) return true;
  }
  return send_each(result, seat);
}

/// A list or tuple is all there: its length is known, and it leaves in one piece.
bool WsgiApplication::send_items(PyObject* result, Seat& seat, std::string& tail) {
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(result);
  PyObject* const* const items = PySequence_Fast_ITEMS(result);
  std::size_t total = 0;
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (!check_part(items[i])) return false;
    total += bytes_view(items[i]).size();
  }
  app::Exchange& exchange = seat.call.exchange();
  // After write() the length of the rest is not that of the body; and an empty answer to HEAD
  // says nothing about the length that GET would have.
  const bool length_known =
      !exchange.head_sent() && !(exchange.request().head_request && total == 0);
  if (!seat.call.start(length_known ? std::optional<std::uint64_t>(total) : std::nullopt)) {
    return false;
  }
  if (total <= kCopied) {
    for (Py_ssize_t i = 0; i < count; ++i)
      tail += bytes_view(items[i]);
    return true;
  }
  std::vector<PyRef> kept;  // another thread may change the list while the GIL is let go
  std::vector<std::string_view> parts;
  kept.reserve(static_cast<std::size_t>(count));
  parts.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    kept.push_back(PyRef::borrow(items[i]));
    parts.push_back(bytes_view(items[i]));
  }
  const GilReleased released;
  exchange.finish(parts);
  return true;
}

/// Sends a plain file without reading it. `sent` stays false where it has to be read.
bool WsgiApplication::send_file(PyObject* wrapper, Seat& seat, bool& sent) {
  auto range = file_range(wrapper);
  if (!range || !seat.call.has_head()) return true;
  app::Exchange& exchange = seat.call.exchange();
  // "Up to Content-Length": the application may mean a part of the file.
  const std::uint64_t length =
      std::min(range->length, seat.call.head().content_length.value_or(range->length));
  if (!seat.call.start(length)) return false;
  const GilReleased released;
  // An error means that the client is gone, which finish() deals with.
  static_cast<void>(exchange.send_file(std::move(range->file), range->offset, length));
  sent = true;
  return true;
}

/// Any iterable: each part leaves before the next is asked for.
bool WsgiApplication::send_each(PyObject* result, Seat& seat) {
  const PyRef iterator = PyRef::steal(PyObject_GetIter(result));
  if (!iterator) return false;
  while (const PyRef part = PyRef::steal(PyIter_Next(iterator.get()))) {
    if (!check_part(part.get())) return false;
    const std::string_view bytes = bytes_view(part.get());
    if (!bytes.empty() && !seat.call.send(bytes)) return false;
  }
  if (PyErr_Occurred()) return false;
  app::Exchange& exchange = seat.call.exchange();
  if (exchange.head_sent()) return true;
  return seat.call.start(exchange.request().head_request ? std::nullopt
                                                         : std::optional<std::uint64_t>(0));
}

void WsgiApplication::close_result(PyObject* result, Seat& seat) {
  if (PyList_CheckExact(result) || PyTuple_CheckExact(result)) return;
  const PyRef close = PyRef::steal(PyObject_GetAttrString(result, "close"));
  if (!close) return PyErr_Clear();
  const PyRef closed = PyRef::steal(PyObject_CallNoArgs(close.get()));
  if (!closed) report(seat);
}

std::unique_ptr<WsgiApplication::Seat> WsgiApplication::take_seat(app::Exchange& exchange) {
  std::unique_ptr<Seat> seat;
  if (seats_.empty()) {
    seat = std::make_unique<Seat>();
  } else {
    seat = std::move(seats_.back());
    seats_.pop_back();
  }
  seat->call.begin(exchange);
  if (!seat->start_response) {
    seat->start_response = PyRef::steal(new_start_response(types_.start_response, seat->call));
  }
  if (seat->input) {
    reuse_input(seat->input.get(), exchange.body());
  } else {
    seat->input = PyRef::steal(new_input(types_.input, exchange.body()));
  }
  if (!seat->start_response || !seat->input) return nullptr;
  seat->thread = PyThread_get_thread_ident();
  running_.push_back(seat.get());
  return seat;
}

/// The call is over. Objects that the application kept do nothing more, and are replaced.
void WsgiApplication::leave_seat(std::unique_ptr<Seat> seat) {
  take_back_interruption(*seat);
  std::erase(running_, seat.get());
  seat->interrupted = false;
  seat->call.end();
  if (!reusable(seat->start_response.get())) {
    detach(seat->start_response.get());
    seat->start_response.reset();
  }
  close_input(seat->input.get());
  if (Py_REFCNT(seat->input.get()) != 1) seat->input.reset();
  seats_.push_back(std::move(seat));
}

bool WsgiApplication::is_slow_call(const app::Overdue& request) const {
  return std::any_of(running_.begin(), running_.end(), [&](Seat* seat) {
    return seat->call.exchange().slow_number() == request.slow;
  });
}

void WsgiApplication::raise_in_overdue_calls() {
  for (Seat* const seat : running_) {
    if (seat->interrupted || !seat->call.exchange().overdue()) continue;
    seat->interrupted = true;
    PyThreadState_SetAsyncExc(seat->thread, harakiri_error_.get());
  }
}

/// What has not been raised yet must not hit what this thread does next.
void WsgiApplication::take_back_interruption(Seat& seat) {
  if (seat.interrupted) PyThreadState_SetAsyncExc(seat.thread, nullptr);
}

/// Logs the exception that is set. A client that went away is not worth a traceback.
void WsgiApplication::report(Seat& seat) {
  take_back_interruption(seat);  // it shall not interrupt the report
  if (seat.call.client_gone()) return PyErr_Clear();
  // Under the GIL there is one writer.
  slot_.exceptions.store(slot_.exceptions.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
  const http::Request& request = seat.call.exchange().request();
  std::string what;
  text::append_escaped(what, request.method);
  what += ' ';
  text::append_escaped(what, request.target);
  what += ": the application failed";
  log_exception(what.c_str());
}

}  // namespace penstock::pyhost
