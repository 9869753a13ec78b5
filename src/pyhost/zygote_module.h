// SPDX-License-Identifier: MIT
// What penstock._zygote needs from C++: the channel to the master, fork, and the way into the
// worker. Plain functions; the Python side decides. See python/penstock/_core.pyi.
#pragma once

#include "pyhost/python.h"

namespace penstock::pyhost {

/// False: a Python exception is set.
bool add_zygote_functions(PyObject* module);

}  // namespace penstock::pyhost
