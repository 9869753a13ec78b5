// SPDX-License-Identifier: MIT
// wsgi.input: the request body as a file object. The whole body was received before the
// application is called, so nothing here waits for the client. GIL held.
#pragma once

#include "http/body.h"
#include "pyhost/python.h"

namespace penstock::pyhost {

/// The type of wsgi.input objects; new reference, null with an exception.
PyTypeObject* make_input_type(PyObject* module);

/// A file object over `body`, which must be taken away by close_input() before it dies.
PyObject* new_input(PyTypeObject* type, const http::Body& body);

/// Begins again, with another body. Only for an object that nobody else refers to.
void reuse_input(PyObject* input, const http::Body& body);

/// The body is gone: reading raises ValueError from now on, as with any closed file.
void close_input(PyObject* input);

}  // namespace penstock::pyhost
