// SPDX-License-Identifier: MIT
// The extension module penstock._spawn.
#include "pyhost/python.h"
#include "pyhost/spawn/objects.h"

namespace penstock::pyhost {
namespace {

SpawnState* state_of(PyObject* module) {
  return static_cast<SpawnState*>(PyModule_GetState(module));
}

PyTypeObject* add_type(PyObject* module, PyType_Spec& spec) {
  PyObject* type = PyType_FromModuleAndSpec(module, &spec, nullptr);
  if (type == nullptr) return nullptr;
  auto* result = reinterpret_cast<PyTypeObject*>(type);
  if (PyModule_AddType(module, result) == 0) return result;
  Py_DECREF(type);
  return nullptr;
}

int execute(PyObject* module) {
  SpawnState* state = state_of(module);
  state->hub_type = add_type(module, hub_spec);
  if (state->hub_type == nullptr) return -1;
  state->process_type = add_type(module, process_spec);
  if (state->process_type == nullptr) return -1;
  const struct {
    const char* name;
    unsigned value;
  } constants[] = {{"NEWS_OUTPUT", spawn::kOutput},
                   {"NEWS_ERRORS", spawn::kErrors},
                   {"NEWS_INPUT", spawn::kInput},
                   {"NEWS_TIMED_OUT", spawn::kTimedOut},
                   {"NEWS_ENDED", spawn::kEnded}};
  for (const auto& constant : constants) {
    if (PyModule_AddIntConstant(module, constant.name, static_cast<long>(constant.value)) < 0)
      return -1;
  }
  return 0;
}

int traverse(PyObject* module, visitproc visit, void* arg) {
  const SpawnState* state = state_of(module);
  Py_VISIT(state->hub_type);
  Py_VISIT(state->process_type);
  return 0;
}

int clear(PyObject* module) {
  SpawnState* state = state_of(module);
  Py_CLEAR(state->hub_type);
  Py_CLEAR(state->process_type);
  return 0;
}

void free_module(void* module) {
  clear(static_cast<PyObject*>(module));
}

PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(execute)},
    {0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "penstock._spawn",
    "Running programs from an event loop: what penstock.subprocess is made of.",
    sizeof(SpawnState),
    nullptr,
    slots,
    traverse,
    clear,
    free_module,
};

}  // namespace
}  // namespace penstock::pyhost

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that the interpreter looks for
PyMODINIT_FUNC PyInit__spawn(void) {
  return PyModuleDef_Init(&penstock::pyhost::definition);
}
