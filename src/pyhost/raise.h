// SPDX-License-Identifier: MIT
// Our errors as Python's.
#pragma once

#include "base/result.h"
#include "pyhost/python.h"

namespace penstock::pyhost {

/// Sets OSError where the system said so, else RuntimeError. Always null: to be returned.
inline PyObject* raise(const Error& error) {
  PyErr_SetString(error.code != 0 ? PyExc_OSError : PyExc_RuntimeError, error.what.c_str());
  return nullptr;
}

}  // namespace penstock::pyhost
