// SPDX-License-Identifier: MIT
// What the module penstock._core owns.
#pragma once

#include "pyhost/python.h"
#include "pyhost/wsgi_application.h"

namespace penstock::pyhost {

struct ModuleState {
  WsgiTypes types;  // owned
};

inline ModuleState* module_state(PyObject* module) {
  return static_cast<ModuleState*>(PyModule_GetState(module));
}

}  // namespace penstock::pyhost
