// SPDX-License-Identifier: MIT
// The start_response callable of PEP 3333, with the write() that it returns, and the callable of
// wsgi.early_hints. GIL held.
#pragma once

#include "pyhost/call.h"
#include "pyhost/python.h"

namespace penstock::pyhost {

/// The type of start_response objects; new reference, null with an exception.
PyTypeObject* make_start_response_type(PyObject* module);

/// A start_response for `call`, which must be told to end before it dies: see detach below.
PyObject* new_start_response(PyTypeObject* type, Call& call);

/// The wsgi.early_hints callable that belongs to it, borrowed.
PyObject* early_hints_of(PyObject* start_response);

/// Nobody but us refers to it or to its parts, so it can serve the next call.
bool reusable(PyObject* start_response);

/// It serves nothing any more: the application kept it.
void detach(PyObject* start_response);

}  // namespace penstock::pyhost
