// SPDX-License-Identifier: MIT
// Every function is called with the GIL and reports failure by an exception, as Python does.
#include "pyhost/gateway_module.h"

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "config/build.h"
#include "config/protocol.h"
#include "net/listener.h"
#include "pyhost/gil.h"
#include "pyhost/module_state.h"
#include "pyhost/raise.h"
#include "pyhost/ref.h"
#include "server/worker.h"

namespace penstock::pyhost {
namespace {

/// Ends the worker when its descriptor has something to read, or its end of file.
class Ending final : public net::Watcher {
 public:
  Ending(int fd, server::Worker& worker) : fd_(fd), worker_(worker) {}
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  ~Ending() { worker_.loop.forget(fd_, *this); }

  Result<> begin() {
    worker_.when_due_for_recycling([this](stats::RecycleReason) { stop(); });
    return worker_.loop.watch(fd_, EPOLLIN, *this);
  }

 private:
  void on_ready(std::uint32_t) override {
    worker_.loop.forget(fd_, *this);
    stop();
  }
  void stop() { worker_.stop(worker_.config.worker.stop_grace); }

  const int fd_;
  server::Worker& worker_;
};

struct Listening {
  int fd = -1;  // the caller's
  config::Protocol protocol{};
};

/// What serve() was called with, as C++ has it.
struct Call {
  PyObject* app = nullptr;  // borrowed
  std::vector<Listening> listeners;
  config::Config config;
  int scoreboard = -1;
  int slot = 1;
  int stop = -1;
};

std::optional<std::string> text_of(PyObject* object) {
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(object, &size);
  if (!text) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(size));
}

/// The items of `list`, each given to `take`, which returns false with an exception set.
template <class Take>
bool each(PyObject* list, Take take) {
  const PyRef iterator = PyRef::steal(PyObject_GetIter(list));
  if (!iterator) return false;
  while (const PyRef item = PyRef::steal(PyIter_Next(iterator.get()))) {
    if (!take(item.get())) return false;
  }
  return !PyErr_Occurred();
}

bool read_settings(PyObject* list, config::Config& config) {
  config::Settings settings{{"module", "(the caller's)", ""}};  // one app is expected
  const bool read = each(list, [&settings](PyObject* item) {
    const char* name = nullptr;
    const char* value = nullptr;
    if (!PyArg_ParseTuple(item, "ss", &name, &value)) return false;
    settings.push_back({name, value, "setting"});
    return true;
  });
  if (!read) return false;
  auto built = config::build(settings);
  if (!built) {
    PyErr_SetString(PyExc_ValueError, built.error().what.c_str());
    return false;
  }
  config = std::move(*built);
  config.recycle.min_lifetime = milliseconds{0};
  return true;
}

bool read_listeners(PyObject* list, std::vector<Listening>& listeners) {
  return each(list, [&listeners](PyObject* item) {
    int fd = -1;
    const char* name = nullptr;
    if (!PyArg_ParseTuple(item, "is", &fd, &name)) return false;
    const auto protocol = config::parse_protocol(name);
    if (protocol) {
      listeners.push_back({fd, *protocol});
    } else {
      PyErr_Format(PyExc_ValueError, "there is no protocol '%s'", name);
    }
    return protocol.has_value();
  });
}

bool read_peers(PyObject* list, config::SocketConfig& socket) {
  if (list == Py_None) return true;
  std::vector<std::string> peers;
  const bool read = each(list, [&peers](PyObject* item) {
    auto peer = text_of(item);
    if (peer) peers.push_back(std::move(*peer));
    return peer.has_value();
  });
  if (read) socket.scgi_peers = std::move(peers);
  return read;
}

Result<> serve_call(const Call& call, const WsgiTypes& types) {
  stats::Scoreboard scoreboard = TRY(stats::Scoreboard::open(call.scoreboard));
  const auto slot = static_cast<std::size_t>(call.slot);
  if (call.slot < 1 || slot > scoreboard.size()) return fail("there is no such slot");
  const std::unique_ptr<WsgiApplication> application =
      WsgiApplication::create(call.app, types, call.config.worker, scoreboard.worker(slot));
  if (!application) return fail("the application cannot be prepared");
  auto worker =
      TRY(server::Worker::create(call.config, *application, scoreboard, {call.slot, slot}));
  for (const Listening& listening : call.listeners) {
    Fd copy(::fcntl(listening.fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!copy) return os_error("fcntl(F_DUPFD_CLOEXEC)");
    net::Listener listener = TRY(net::adopt_listener(std::move(copy)));
    TRY(worker->listen(std::move(listener.fd), listening.protocol));
  }
  Ending ending(call.stop, *worker);
  TRY(ending.begin());

  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  adopt_thread();
  worker->run({[interpreter] { attach_thread(interpreter); }, detach_thread});
  leave_thread();
  return {};
}

PyObject* serve(PyObject* module, PyObject* arguments) noexcept {
  Call call;
  PyObject* listeners = nullptr;
  PyObject* settings = nullptr;
  PyObject* peers = nullptr;
  if (!PyArg_ParseTuple(arguments, "OOOOiii", &call.app, &listeners, &settings, &peers,
                        &call.scoreboard, &call.slot, &call.stop) ||
      !read_listeners(listeners, call.listeners) || !read_settings(settings, call.config) ||
      !read_peers(peers, call.config.socket)) {
    return nullptr;
  }
  const auto served = serve_call(call, module_state(module)->types);
  if (served) Py_RETURN_NONE;
  return PyErr_Occurred() ? nullptr : raise(served.error());
}

PyObject* new_scoreboard(PyObject*, PyObject* arguments) noexcept {
  int slots = 0;
  int cores = 0;
  if (!PyArg_ParseTuple(arguments, "ii", &slots, &cores)) return nullptr;
  if (slots < 1 || cores < 1) {
    PyErr_SetString(PyExc_ValueError, "there must be a process and a thread at least");
    return nullptr;
  }
  const auto made =
      stats::Scoreboard::create(static_cast<std::size_t>(slots), static_cast<std::size_t>(cores));
  if (!made) return raise(made.error());
  return PyLong_FromLong(::fcntl(made->fd(), F_DUPFD_CLOEXEC, 0));
}

PyObject* free_slot(PyObject*, PyObject* arguments) noexcept {
  int fd = -1;
  int slot = 0;
  if (!PyArg_ParseTuple(arguments, "ii", &fd, &slot)) return nullptr;
  auto board = stats::Scoreboard::open(fd);
  if (!board) return raise(board.error());
  if (slot >= 1 && static_cast<std::size_t>(slot) <= board->size())
    board->worker(static_cast<std::size_t>(slot))
        .state.store(stats::WorkerState::Absent, std::memory_order_relaxed);
  Py_RETURN_NONE;
}

PyObject* idle_slots(PyObject*, PyObject* argument) noexcept {
  const int fd = PyObject_AsFileDescriptor(argument);
  if (fd < 0) return nullptr;
  auto board = stats::Scoreboard::open(fd);
  if (!board) return raise(board.error());
  const PyRef list = PyRef::steal(PyList_New(0));
  for (std::size_t slot = 1; list && slot <= board->size(); ++slot) {
    const stats::WorkerSlot& worker = board->worker(slot);
    if (worker.state.load(std::memory_order_relaxed) != stats::WorkerState::Ready ||
        worker.connections.load(std::memory_order_relaxed) > 0)
      continue;
    const PyRef number = PyRef::steal(PyLong_FromSize_t(slot));
    if (!number || PyList_Append(list.get(), number.get()) < 0) return nullptr;
  }
  return PyRef(list).release();
}

PyMethodDef functions[] = {
    {"serve", serve, METH_VARARGS, nullptr},
    {"new_scoreboard", new_scoreboard, METH_VARARGS, nullptr},
    {"free_slot", free_slot, METH_VARARGS, nullptr},
    {"idle_slots", idle_slots, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_gateway_functions(PyObject* module) {
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace penstock::pyhost
