// SPDX-License-Identifier: MIT
// Functions of penstock._core about all workers; the module uwsgi is made of them.
#pragma once

#include "pyhost/python.h"

namespace penstock::pyhost {

/// False: an exception is set.
bool add_scoreboard_functions(PyObject* module);

}  // namespace penstock::pyhost
