// SPDX-License-Identifier: MIT
#include "pyhost/start_response.h"

#include <structmember.h>

#include <cstddef>
#include <string_view>

namespace penstock::pyhost {
namespace {

struct StartResponse {
  PyObject_HEAD vectorcallfunc vectorcall;
  Call* call;             // null after the end of the call
  PyObject* write;        // bound to this object, and so a cycle that detach() or the GC breaks
  PyObject* early_hints;  // the same
};

StartResponse* cast(PyObject* object) {
  return reinterpret_cast<StartResponse*>(object);
}

/// The call if it is still going on, else null with an exception.
Call* current_call(PyObject* self) {
  Call* const call = cast(self)->call;
  if (!call || !call->active()) {
    PyErr_SetString(PyExc_RuntimeError, "the request is over");
    return nullptr;
  }
  return call;
}

PyObject* call_start_response(PyObject* self, PyObject* const* arguments, std::size_t flagged,
                              PyObject* keyword_names) noexcept {
  static constexpr std::string_view kNames[] = {"status", "headers", "exc_info"};
  const Py_ssize_t positional = PyVectorcall_NARGS(flagged);
  const Py_ssize_t named = keyword_names ? PyTuple_GET_SIZE(keyword_names) : 0;
  PyObject* values[3] = {};
  if (positional > 3) {
    PyErr_SetString(PyExc_TypeError, "start_response() takes at most 3 arguments");
    return nullptr;
  }
  for (Py_ssize_t i = 0; i < positional; ++i)
    values[i] = arguments[i];
  for (Py_ssize_t i = 0; i < named; ++i) {
    PyObject* const name = PyTuple_GET_ITEM(keyword_names, i);
    std::size_t at = 0;
    while (at < 3 && PyUnicode_CompareWithASCIIString(name, kNames[at].data()) != 0)
      ++at;
    if (at == 3 || values[at]) {
      PyErr_Format(PyExc_TypeError, "start_response() got an unexpected argument %R", name);
      return nullptr;
    }
    values[at] = arguments[positional + i];
  }
  if (!values[0] || !values[1]) {
    PyErr_SetString(PyExc_TypeError, "start_response() needs status and headers");
    return nullptr;
  }
  Call* const call = current_call(self);
  if (!call || !call->set_head(values[0], values[1], values[2])) return nullptr;
  Py_INCREF(cast(self)->write);
  return cast(self)->write;
}

PyObject* write(PyObject* self, PyObject* data) noexcept {
  if (!PyBytes_Check(data)) {
    PyErr_Format(PyExc_TypeError, "write() takes bytes, not %.100s", Py_TYPE(data)->tp_name);
    return nullptr;
  }
  Call* const call = current_call(self);
  if (!call) return nullptr;
  const std::string_view part(PyBytes_AS_STRING(data),
                              static_cast<std::size_t>(PyBytes_GET_SIZE(data)));
  if (!part.empty() && !call->send(part)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* early_hints(PyObject* self, PyObject* headers) noexcept {
  Call* const call = current_call(self);
  if (!call || !call->inform(headers)) return nullptr;
  Py_RETURN_NONE;
}

PyMethodDef write_definition = {"write", write, METH_O,
                                "write(data: bytes): sends a part of the body at once (PEP 3333)."};
PyMethodDef early_hints_definition = {
    "early_hints", early_hints, METH_O,
    "early_hints(headers): sends an interim answer 103 with these headers (RFC 8297)."};

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(cast(self)->write);
  Py_VISIT(cast(self)->early_hints);
  return 0;
}

int clear(PyObject* self) {
  Py_CLEAR(cast(self)->write);
  Py_CLEAR(cast(self)->early_hints);
  return 0;
}

void deallocate(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(StartResponse, vectorcall), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_members, members},
    {0, nullptr},
};

PyType_Spec spec = {
    "penstock._core.StartResponse",
    sizeof(StartResponse),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
        Py_TPFLAGS_DISALLOW_INSTANTIATION,
    slots,
};

}  // namespace

PyTypeObject* make_start_response_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

PyObject* new_start_response(PyTypeObject* type, Call& call) {
  PyRef object = PyRef::steal(type->tp_alloc(type, 0));
  if (!object) return nullptr;
  StartResponse* const self = cast(object.get());
  self->vectorcall = call_start_response;
  self->call = &call;
  self->write = PyCFunction_New(&write_definition, object.get());
  self->early_hints = PyCFunction_New(&early_hints_definition, object.get());
  if (!self->write || !self->early_hints) return nullptr;
  return object.release();
}

PyObject* early_hints_of(PyObject* start_response) {
  return cast(start_response)->early_hints;
}

bool reusable(PyObject* start_response) {
  StartResponse* const self = cast(start_response);
  return Py_REFCNT(start_response) == 3 && Py_REFCNT(self->write) == 1 &&
         Py_REFCNT(self->early_hints) == 1;
}

void detach(PyObject* start_response) {
  cast(start_response)->call = nullptr;
}

}  // namespace penstock::pyhost
