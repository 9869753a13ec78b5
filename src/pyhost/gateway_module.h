// SPDX-License-Identifier: MIT
// The functions of penstock._core that penstock.fcgi and penstock.scgi serve with, in a process
// that is the caller's own: no master, no zygote.
#pragma once

#include "pyhost/python.h"

namespace penstock::pyhost {

/// Adds them to the module. False: a Python exception is set.
bool add_gateway_functions(PyObject* module);

}  // namespace penstock::pyhost
