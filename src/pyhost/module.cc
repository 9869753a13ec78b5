// SPDX-License-Identifier: MIT
// The extension module penstock._core: what the zygote and the workers run on.
#include "pyhost/errors.h"
#include "pyhost/file_wrapper.h"
#include "pyhost/gateway_module.h"
#include "pyhost/input.h"
#include "pyhost/module_state.h"
#include "pyhost/python.h"
#include "pyhost/request_functions.h"
#include "pyhost/scoreboard_functions.h"
#include "pyhost/start_response.h"
#include "pyhost/zygote_module.h"

namespace penstock::pyhost {
namespace {

int execute(PyObject* module) noexcept {
  WsgiTypes& types = module_state(module)->types;
  types.start_response = make_start_response_type(module);
  types.input = make_input_type(module);
  types.errors = make_errors_type(module);
  types.file_wrapper = make_file_wrapper_type(module);
  if (!types.start_response || !types.input || !types.errors || !types.file_wrapper) return -1;
  return add_zygote_functions(module) && add_request_functions(module) &&
                 add_scoreboard_functions(module) && add_gateway_functions(module)
             ? 0
             : -1;
}

int traverse(PyObject* module, visitproc visit, void* arg) {
  WsgiTypes& types = module_state(module)->types;
  Py_VISIT(types.start_response);
  Py_VISIT(types.input);
  Py_VISIT(types.errors);
  Py_VISIT(types.file_wrapper);
  return 0;
}

int clear(PyObject* module) {
  WsgiTypes& types = module_state(module)->types;
  Py_CLEAR(types.start_response);
  Py_CLEAR(types.input);
  Py_CLEAR(types.errors);
  Py_CLEAR(types.file_wrapper);
  return 0;
}

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "penstock._core",
    "The native part of Penstock: the server that runs inside each worker process.",
    sizeof(ModuleState),
    nullptr,
    slots,
    traverse,
    clear,
    nullptr,
};

}  // namespace
}  // namespace penstock::pyhost

PyMODINIT_FUNC PyInit__core() {
  return PyModuleDef_Init(&penstock::pyhost::definition);
}
