// SPDX-License-Identifier: MIT
// Functions of penstock._core about the request that the calling thread answers; the module uwsgi
// is made of them. Outside of a request they raise RuntimeError.
#pragma once

#include "pyhost/python.h"

namespace penstock::pyhost {

/// False: an exception is set.
bool add_request_functions(PyObject* module);

}  // namespace penstock::pyhost
