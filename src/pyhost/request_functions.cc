// SPDX-License-Identifier: MIT
// Every function is called with the GIL and reports failure by an exception, as Python does.
#include "pyhost/request_functions.h"

#include <fcntl.h>

#include <algorithm>
#include <cmath>

#include "pyhost/call.h"
#include "pyhost/current_request.h"
#include "pyhost/gil.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

PyObject* none() {
  return PyRef::borrow(Py_None).release();
}

app::Exchange* request_or_raise() {
  app::Exchange* const request = current_request();
  if (!request) PyErr_SetString(PyExc_RuntimeError, "this thread answers no request");
  return request;
}

PyObject* set_log_variable(PyObject*, PyObject* arguments) noexcept {
  const char* name = nullptr;
  const char* value = nullptr;
  Py_ssize_t name_size = 0;
  Py_ssize_t value_size = 0;
  if (!PyArg_ParseTuple(arguments, "y#y#", &name, &name_size, &value, &value_size)) return nullptr;
  app::Exchange* const request = request_or_raise();
  if (!request) return nullptr;
  request->set_log_variable({name, static_cast<std::size_t>(name_size)},
                            {value, static_cast<std::size_t>(value_size)});
  return none();
}

PyObject* log_variable(PyObject*, PyObject* argument) noexcept {
  char* name = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(argument, &name, &size) < 0) return nullptr;
  app::Exchange* const request = request_or_raise();
  if (!request) return nullptr;
  const auto value = request->log_variable({name, static_cast<std::size_t>(size)});
  if (!value) return none();
  return PyBytes_FromStringAndSize(value->data(), static_cast<Py_ssize_t>(value->size()));
}

PyObject* log_in_any_case(PyObject*, PyObject*) noexcept {
  app::Exchange* const request = request_or_raise();
  if (!request) return nullptr;
  request->log_in_any_case();
  return none();
}

PyObject* limit_time(PyObject*, PyObject* argument) noexcept {
  const double seconds = PyFloat_AsDouble(argument);
  if (seconds == -1.0 && PyErr_Occurred()) return nullptr;
  app::Exchange* const request = request_or_raise();
  if (!request) return nullptr;
  constexpr double kMost = 86400 * 365;
  const double bounded = std::isfinite(seconds) ? std::clamp(seconds, 0.0, kMost) : 0;
  request->limit_time(milliseconds(static_cast<std::int64_t>(bounded * 1000)));
  return none();
}

PyObject* body_size(PyObject*, PyObject*) noexcept {
  app::Exchange* const request = request_or_raise();
  return request ? PyLong_FromUnsignedLongLong(request->body().size()) : nullptr;
}

PyObject* descriptor(PyObject*, PyObject*) noexcept {
  app::Exchange* const request = request_or_raise();
  return request ? PyLong_FromLong(request->descriptor()) : nullptr;
}

PyObject* disconnect(PyObject*, PyObject*) noexcept {
  app::Exchange* const request = request_or_raise();
  Call* const call = current_call();
  if (!request || (call && call->has_head() && !call->start(std::nullopt))) return nullptr;
  {
    const GilReleased released;
    request->disconnect();
  }
  return none();
}

/// Sends a part of a file as the next part of the body.
PyObject* send_file(PyObject*, PyObject* arguments) noexcept {
  int fd = -1;
  unsigned long long offset = 0;
  unsigned long long size = 0;
  if (!PyArg_ParseTuple(arguments, "iKK", &fd, &offset, &size)) return nullptr;
  app::Exchange* const request = request_or_raise();
  Call* const call = current_call();
  if (!request || !call || !call->start(std::nullopt)) return nullptr;
  Fd own{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
  if (!own) return PyErr_SetFromErrno(PyExc_OSError);
  Result<> sent;
  {
    const GilReleased released;
    sent = request->send_file(std::move(own), offset, size);
  }
  if (sent) return none();
  PyErr_SetString(PyExc_ConnectionError, sent.error().what.c_str());
  return nullptr;
}

PyMethodDef functions[] = {
    {"set_log_variable", set_log_variable, METH_VARARGS, nullptr},
    {"log_variable", log_variable, METH_O, nullptr},
    {"log_in_any_case", log_in_any_case, METH_NOARGS, nullptr},
    {"limit_time", limit_time, METH_O, nullptr},
    {"body_size", body_size, METH_NOARGS, nullptr},
    {"descriptor", descriptor, METH_NOARGS, nullptr},
    {"disconnect", disconnect, METH_NOARGS, nullptr},
    {"send_file", send_file, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

bool add_request_functions(PyObject* module) {
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace penstock::pyhost
