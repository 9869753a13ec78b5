// SPDX-License-Identifier: MIT
#include <vector>

#include "pyhost/ref.h"
#include "pyhost/spawn/objects.h"

namespace penstock::pyhost {
namespace {

HubObject& self_of(PyObject* object) {
  return *reinterpret_cast<HubObject*>(object);
}

PyObject* create(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static constexpr const char* kNames[] = {nullptr};
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":Hub", const_cast<char**>(kNames)))
    return nullptr;
  auto hub = spawn::Hub::create();
  if (!hub) {
    errno = hub.error().code;
    return PyErr_SetFromErrno(PyExc_OSError);
  }
  PyRef object = PyRef::steal(type->tp_alloc(type, 0));
  if (!object) return nullptr;
  self_of(object.get()).hub = hub->release();
  self_of(object.get()).processes = new std::unordered_set<PyObject*>;
  return object.release();
}

/// Drops the references to processes, which may run any Python code.
void let_processes_go(HubObject& self) {
  if (self.processes == nullptr) return;
  std::unordered_set<PyObject*> old;
  old.swap(*self.processes);
  for (PyObject* process : old)
    Py_DECREF(process);
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  const HubObject& self = self_of(object);
  if (self.processes == nullptr) return 0;
  for (PyObject* process : *self.processes)
    Py_VISIT(process);
  return 0;
}

int clear(PyObject* object) {
  HubObject& self = self_of(object);
  if (self.hub != nullptr) self.hub->close();
  let_processes_go(self);
  return 0;
}

void deallocate(PyObject* object) {
  PyObject_GC_UnTrack(object);
  clear(object);
  HubObject& self = self_of(object);
  delete self.processes;
  delete self.hub;
  PyTypeObject* type = Py_TYPE(object);
  type->tp_free(object);
  Py_DECREF(type);
}

PyObject* start(PyObject* object, PyObject* args, PyObject* kwargs) {
  HubObject& self = self_of(object);
  if (!self.hub->is_ours()) {
    PyErr_SetString(PyExc_RuntimeError, "this hub is closed, or another process's");
    return nullptr;
  }
  StartArguments arguments;
  if (!read_start_arguments(args, kwargs, self.hub->null_fd(), arguments)) return nullptr;
  const auto* state = static_cast<const SpawnState*>(PyType_GetModuleState(Py_TYPE(object)));
  if (state == nullptr) return nullptr;
  return start_process(self, state->process_type, arguments);
}

PyObject* turn(PyObject* object, PyObject*) {
  HubObject& self = self_of(object);
  struct Told {
    PyRef process;
    unsigned news;
  };
  std::vector<Told> told;  // references: what is told may drop any process
  for (const spawn::Hub::Notice& notice : self.hub->turn()) {
    auto* process = static_cast<PyObject*>(notice.process->owner());
    told.push_back({PyRef::borrow(process), notice.news});
    if ((notice.news & spawn::kEnded) != 0 && self.processes->erase(process) > 0)
      Py_DECREF(process);
  }
  for (const Told& item : told)
    tell_news(*reinterpret_cast<ProcessObject*>(item.process.get()), item.news);
  Py_RETURN_NONE;
}

PyObject* fileno(PyObject* object, PyObject*) {
  return PyLong_FromLong(self_of(object).hub->fd());
}

PyObject* close(PyObject* object, PyObject*) {
  clear(object);
  Py_RETURN_NONE;
}

PyObject* abandon(PyObject* object, PyObject*) {
  self_of(object).hub->abandon();
  let_processes_go(self_of(object));
  Py_RETURN_NONE;
}

PyObject* running(PyObject* object, void*) {
  return PyLong_FromSize_t(self_of(object).hub->running());
}

PyMethodDef methods[] = {
    {"start", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(start)),
     METH_VARARGS | METH_KEYWORDS, "Starts a program; OSError if it cannot be run."},
    {"turn", turn, METH_NOARGS, "Does what is ready and calls on_news; never waits."},
    {"fileno", fileno, METH_NOARGS, "The descriptor that is readable while turn() has work."},
    {"close", close, METH_NOARGS, "Kills all that runs, waits for that, and tells nobody."},
    {"abandon", abandon, METH_NOARGS, "In a fork: forgets what is the parent's."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"running", running, nullptr, "How many programs run.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("All programs of one event loop.")},
    {Py_tp_new, reinterpret_cast<void*>(create)},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, nullptr},
};

}  // namespace

PyType_Spec hub_spec = {"penstock._spawn.Hub", sizeof(HubObject), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

}  // namespace penstock::pyhost
