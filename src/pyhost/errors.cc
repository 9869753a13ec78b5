// SPDX-License-Identifier: MIT
#include "pyhost/errors.h"

#include <unistd.h>

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/write_line.h"
#include "pyhost/current_request.h"
#include "pyhost/gil.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;  // kept back in wait for its line feed

struct Errors {
  PyObject_HEAD
};

// What this thread wrote since the last line feed.
thread_local std::string unfinished_line;

void write_lines(std::string_view lines) {
  const GilReleased released;
  write_line(STDERR_FILENO, lines);
  if (app::Exchange* const request = current_request()) request->report(lines);
}

bool add_text(PyObject* text) {
  if (!PyUnicode_Check(text)) {
    PyErr_Format(PyExc_TypeError, "write() takes str, not %.100s", Py_TYPE(text)->tp_name);
    return false;
  }
  // Lone surrogates are no reason to fail while an error is being told.
  const PyRef bytes = PyRef::steal(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
  if (!bytes) return false;
  unfinished_line.append(PyBytes_AS_STRING(bytes.get()),
                         static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())));
  std::size_t end = unfinished_line.rfind('\n');
  if (end == std::string::npos && unfinished_line.size() >= kLongestLine) {
    unfinished_line += '\n';
    end = unfinished_line.size() - 1;
  }
  if (end == std::string::npos) return true;
  const std::string lines = unfinished_line.substr(0, end + 1);
  unfinished_line.erase(0, end + 1);
  write_lines(lines);
  return true;
}

PyObject* write(PyObject*, PyObject* text) noexcept {
  if (!add_text(text)) return nullptr;
  return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

PyObject* writelines(PyObject*, PyObject* lines) noexcept {
  const PyRef iterator = PyRef::steal(PyObject_GetIter(lines));
  if (!iterator) return nullptr;
  while (const PyRef line = PyRef::steal(PyIter_Next(iterator.get()))) {
    if (!add_text(line.get())) return nullptr;
  }
  if (PyErr_Occurred()) return nullptr;
  Py_RETURN_NONE;
}

PyObject* flush(PyObject*, PyObject*) noexcept {
  if (!unfinished_line.empty()) {
    // A line is written whole or not at all, so that processes do not mix theirs.
    const std::string line = std::exchange(unfinished_line, {}) + '\n';
    write_lines(line);
  }
  Py_RETURN_NONE;
}

PyMethodDef methods[] = {
    {"write", write, METH_O, "write(text: str) -> int"},
    {"writelines", writelines, METH_O, "writelines(lines)"},
    {"flush", flush, METH_NOARGS, "flush() ends a line that is not finished"},
    {nullptr, nullptr, 0, nullptr},
};

void deallocate(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_methods, methods},
    {0, nullptr},
};

PyType_Spec spec = {"penstock._core.Errors", sizeof(Errors), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

/// The text of traceback.format_exception(), or a poor but certain replacement.
std::string format_exception(PyObject* type, PyObject* value, PyObject* traceback) {
  const PyRef module = PyRef::steal(PyImport_ImportModule("traceback"));
  PyRef parts;
  if (module) {
    parts =
        PyRef::steal(PyObject_CallMethod(module.get(), "format_exception", "OOO", type,
                                         value ? value : Py_None, traceback ? traceback : Py_None));
  }
  const PyRef empty = PyRef::steal(PyUnicode_FromString(""));
  const PyRef text =
      PyRef::steal(parts && empty ? PyUnicode_Join(empty.get(), parts.get()) : nullptr);
  const PyRef bytes = PyRef::steal(
      text ? PyUnicode_AsEncodedString(text.get(), "utf-8", "backslashreplace") : nullptr);
  if (!bytes) {
    PyErr_Clear();
    return std::string(reinterpret_cast<PyTypeObject*>(type)->tp_name) +
           " (its traceback cannot be shown)";
  }
  return PyBytes_AS_STRING(bytes.get());
}

}  // namespace

PyTypeObject* make_errors_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

PyObject* new_errors(PyTypeObject* type) {
  return type->tp_alloc(type, 0);
}

void log_exception(const char* what) {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_Fetch(&type, &value, &traceback);
  if (!type) return;
  PyErr_NormalizeException(&type, &value, &traceback);
  if (value && traceback) PyException_SetTraceback(value, traceback);
  std::string text = format_exception(type, value, traceback);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  const GilReleased released;
  log::error("{}:\n{}", what, text);
  if (app::Exchange* const request = current_request()) request->report(text += '\n');
}

}  // namespace penstock::pyhost
