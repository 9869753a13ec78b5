// SPDX-License-Identifier: MIT
// The first argument is the descriptor of the shared memory, which is mapped for one call: these
// are rare.
#include "pyhost/scoreboard_functions.h"

#include <optional>

#include "net/listen_queue.h"
#include "pyhost/ref.h"
#include "stats/scoreboard.h"
#include "stats/snapshot.h"

namespace penstock::pyhost {
namespace {

std::optional<stats::Scoreboard> open_or_raise(int fd) {
  auto board = stats::Scoreboard::open(fd);
  if (board) return std::move(*board);
  PyErr_SetString(PyExc_OSError, board.error().what.c_str());
  return std::nullopt;
}

unsigned long long big(std::uint64_t value) {
  return value;
}

/// As uWSGI's uwsgi.workers() describes one.
PyRef worker_dict(const stats::WorkerSnapshot& worker) {
  const stats::ProcessSnapshot process =
      worker.processes.empty() ? stats::ProcessSnapshot{} : worker.processes.front();
  const char* const status = worker.processes.empty() ? "cheap"
                             : process.running > 0    ? "busy"
                                                      : "idle";
  const std::uint64_t respawns = worker.starts > 0 ? worker.starts - 1 : 0;
  return PyRef::steal(Py_BuildValue(
      "{s:i,s:i,s:K,s:K,s:K,s:i,s:K,s:K,s:y,s:K,s:K,s:K,s:L,s:K,s:K,s:K,s:({s:i,s:i,s:y,s:i,s:K,s:"
      "K,s:y})}",
      "id", worker.number, "pid", process.pid, "requests", big(worker.counts.requests),
      "delta_requests", big(process.requests), "signals", 0ULL, "accepting",
      process.accepting ? 1 : 0, "exceptions", big(worker.counts.exceptions), "harakiri_count",
      big(worker.counts.harakiris), "status", status, "rss", big(process.rss), "vsz",
      big(process.vsz), "running_time", big(worker.counts.running_time), "last_spawn",
      static_cast<long long>(process.started_at), "respawn_count", big(respawns), "tx",
      big(worker.counts.bytes_sent), "avg_rt", big(process.average_time), "apps", "id", 0,
      "modifier1", 0, "mountpoint", "", "startup_time", 0, "requests", big(worker.counts.requests),
      "exceptions", big(worker.counts.exceptions), "chdir", ""));
}

PyObject* workers(PyObject*, PyObject* arguments) noexcept {
  int fd = -1;
  int count = 0;
  if (!PyArg_ParseTuple(arguments, "ii", &fd, &count)) return nullptr;
  auto board = open_or_raise(fd);
  if (!board) return nullptr;
  std::vector<stats::WorkerSnapshot> all;
  stats::add_workers(*board, count, steady_now(), all);
  PyRef tuple = PyRef::steal(PyTuple_New(static_cast<Py_ssize_t>(all.size())));
  for (std::size_t i = 0; tuple && i < all.size(); ++i) {
    PyRef one = worker_dict(all[i]);
    if (!one) return nullptr;
    PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), one.release());
  }
  return tuple.release();
}

PyObject* total_requests(PyObject*, PyObject* argument) noexcept {
  const int fd = PyObject_AsFileDescriptor(argument);
  auto board = fd < 0 ? std::nullopt : open_or_raise(fd);
  if (!board) return nullptr;
  return PyLong_FromUnsignedLongLong(board->totals().requests.load(std::memory_order_relaxed));
}

PyObject* set_accepting(PyObject*, PyObject* arguments) noexcept {
  int fd = -1;
  int slot = 0;
  int accepting = 0;
  if (!PyArg_ParseTuple(arguments, "iip", &fd, &slot, &accepting)) return nullptr;
  auto board = open_or_raise(fd);
  if (!board) return nullptr;
  if (slot < 1 || static_cast<std::size_t>(slot) > board->size()) {
    PyErr_SetString(PyExc_ValueError, "there is no such slot");
    return nullptr;
  }
  board->worker(static_cast<std::size_t>(slot)).accepting.store(accepting != 0);
  return PyRef::borrow(Py_None).release();
}

PyObject* listen_queue(PyObject*, PyObject* argument) noexcept {
  const int fd = PyObject_AsFileDescriptor(argument);
  return fd < 0 ? nullptr : PyLong_FromUnsignedLong(net::listen_queue(fd).waiting);
}

PyMethodDef functions[] = {
    {"workers", workers, METH_VARARGS, nullptr},
    {"total_requests", total_requests, METH_O, nullptr},
    {"set_accepting", set_accepting, METH_VARARGS, nullptr},
    {"listen_queue", listen_queue, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_scoreboard_functions(PyObject* module) {
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace penstock::pyhost
