// SPDX-License-Identifier: MIT
#include "pyhost/call.h"

#include "pyhost/gil.h"
#include "pyhost/text.h"

namespace penstock::pyhost {
namespace {

/// Sets `text` to the Latin-1 bytes of a str. False: an exception says what is wrong.
bool read_native_string(PyObject* object, const char* what, std::string_view& text) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", what, Py_TYPE(object)->tp_name);
    return false;
  }
  const auto view = latin1_view(object);
  if (!view) {
    PyErr_Format(PyExc_ValueError, "%s has characters beyond Latin-1: %R", what, object);
    return false;
  }
  text = *view;
  return true;
}

}  // namespace

bool read_headers(PyObject* headers, http::Fields& fields, PyRef& keep) {
  if (!PyList_Check(headers) && !PyTuple_Check(headers)) {
    PyErr_Format(PyExc_TypeError, "headers must be a list, not %.100s", Py_TYPE(headers)->tp_name);
    return false;
  }
  // The application may change its list afterwards; tuples and strings stay as they are.
  keep = PyRef::steal(PySequence_Tuple(headers));
  if (!keep) return false;
  const Py_ssize_t count = PyTuple_GET_SIZE(keep.get());
  fields.clear();
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const item = PyTuple_GET_ITEM(keep.get(), i);
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2) {
      PyErr_Format(PyExc_TypeError, "a header must be a (name, value) tuple, not %R", item);
      return false;
    }
    http::Field& field = fields.emplace_back();
    if (!read_native_string(PyTuple_GET_ITEM(item, 0), "a header's name", field.name) ||
        !read_native_string(PyTuple_GET_ITEM(item, 1), "a header's value", field.value)) {
      return false;
    }
  }
  return true;
}

void Call::end() {
  exchange_ = nullptr;
  status_.reset();
  headers_.reset();
  head_.reset();
}

/// A second start_response() is only for errors, and too late once the head is on its way.
bool Call::reject_restart(PyObject* exc_info) {
  if (!exc_info || exc_info == Py_None) {
    PyErr_SetString(PyExc_AssertionError,
                    "start_response() was called twice; a second call needs exc_info");
    return true;
  }
  if (!exchange_->head_sent()) return false;
  if (PyTuple_Check(exc_info) && PyTuple_GET_SIZE(exc_info) == 3) {
    PyObject* type = PyTuple_GET_ITEM(exc_info, 0);
    PyObject* value = PyTuple_GET_ITEM(exc_info, 1);
    PyObject* traceback = PyTuple_GET_ITEM(exc_info, 2);
    Py_XINCREF(type);
    Py_XINCREF(value);
    Py_XINCREF(traceback);
    PyErr_Restore(type, value, traceback);
  } else {
    PyErr_SetString(PyExc_TypeError, "exc_info must be a tuple of three");
  }
  return true;
}

bool Call::set_head(PyObject* status, PyObject* headers, PyObject* exc_info) {
  if (has_head() && reject_restart(exc_info)) return false;
  std::string_view line;
  if (!read_native_string(status, "the status", line)) return false;
  PyRef keep;
  head_.reset();
  headers_.reset();
  if (!read_headers(headers, head_.fields, keep)) return false;
  head_.status_line = line;
  if (const auto checked = http::check_response_head(head_); !checked) {
    PyErr_SetString(PyExc_ValueError, checked.error().what.c_str());
    return false;
  }
  if (head_.status < 200) {
    PyErr_Format(PyExc_ValueError,
                 "status %d is not a final one; for 103 there is wsgi.early_hints", head_.status);
    return false;
  }
  status_ = PyRef::borrow(status);
  headers_ = std::move(keep);
  return true;
}

bool Call::start(std::optional<std::uint64_t> body_length) {
  if (!has_head()) {
    PyErr_SetString(PyExc_AssertionError, "the body begins before start_response() was called");
    return false;
  }
  if (!exchange_->head_sent()) exchange_->start(head_, body_length);
  return true;
}

bool Call::send(std::string_view part) {
  if (!start(std::nullopt)) return false;
  if (exchange_->send_soon(part)) return true;
  Result<> sent;
  {
    const GilReleased released;
    sent = exchange_->send({&part, 1});
  }
  if (sent) return true;
  client_gone_ = true;
  PyErr_SetString(PyExc_ConnectionError, sent.error().what.c_str());
  return false;
}

bool Call::inform(PyObject* headers) {
  http::ResponseHead head;
  PyRef keep;
  if (!read_headers(headers, head.fields, keep)) return false;
  head.status_line = "103 Early Hints";
  if (const auto checked = http::check_response_head(head); !checked) {
    PyErr_SetString(PyExc_ValueError, checked.error().what.c_str());
    return false;
  }
  const GilReleased released;
  exchange_->inform(head);
  return true;
}

}  // namespace penstock::pyhost
