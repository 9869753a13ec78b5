// SPDX-License-Identifier: MIT
// wsgi.errors: what an application writes there goes to the log, line by line, and to the web
// server's where that is wanted. GIL held.
#pragma once

#include "pyhost/python.h"

namespace penstock::pyhost {

/// The type of wsgi.errors; new reference, null with an exception.
PyTypeObject* make_errors_type(PyObject* module);

/// One serves all requests of a process: each thread's lines stay whole.
PyObject* new_errors(PyTypeObject* type);

/// Writes the exception that is set, with its traceback, to the log behind "what:", and clears it.
/// Within a call also to the web server's log, where that is wanted.
void log_exception(const char* what);

}  // namespace penstock::pyhost
