// SPDX-License-Identifier: MIT
#include "pyhost/input.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "pyhost/gil.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

constexpr std::size_t kLineStep = 4096;  // bytes read ahead for a line of a spooled body

struct Input {
  PyObject_HEAD const http::Body* body;  // null once closed
  std::uint64_t position;
};

Input* cast(PyObject* object) {
  return reinterpret_cast<Input*>(object);
}

/// The object with an open body, or null with an exception.
Input* opened(PyObject* self) {
  if (cast(self)->body) return cast(self);
  PyErr_SetString(PyExc_ValueError, "the request is over: its body is closed");
  return nullptr;
}

std::uint64_t left(const Input& input) {
  const std::uint64_t size = input.body->size();
  return input.position < size ? size - input.position : 0;
}

/// Copies from the body; lets go of the GIL where that means the disk. False: exception set.
bool copy_out(const Input& input, std::uint64_t offset, std::span<char> into) {
  if (!input.body->spooled()) return input.body->read_at(offset, into).has_value();
  Result<std::size_t> done = 0;
  {
    const GilReleased released;
    done = input.body->read_at(offset, into);
  }
  if (done) return true;
  PyErr_SetString(PyExc_OSError, done.error().what.c_str());
  return false;
}

PyObject* take_bytes(Input& input, std::uint64_t count) {
  PyRef bytes = PyRef::steal(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(count)));
  if (!bytes) return nullptr;
  if (count > 0 && !copy_out(input, input.position, {PyBytes_AS_STRING(bytes.get()), count})) {
    return nullptr;
  }
  input.position += count;
  return bytes.release();
}

/// An optional size argument: None and negative mean everything. False: exception set.
bool read_size(PyObject* const* arguments, Py_ssize_t count, const char* function,
               std::uint64_t& size) {
  size = UINT64_MAX;
  if (count > 1) {
    PyErr_Format(PyExc_TypeError, "%s() takes at most 1 argument", function);
    return false;
  }
  if (count == 0 || arguments[0] == Py_None) return true;
  const Py_ssize_t value = PyNumber_AsSsize_t(arguments[0], PyExc_OverflowError);
  if (value == -1 && PyErr_Occurred()) return false;
  if (value >= 0) size = static_cast<std::uint64_t>(value);
  return true;
}

PyObject* read(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  std::uint64_t size = 0;
  Input* const input = opened(self);
  if (!input || !read_size(arguments, count, "read", size)) return nullptr;
  return take_bytes(*input, std::min(size, left(*input)));
}

PyObject* readinto(PyObject* self, PyObject* target) noexcept {
  Input* const input = opened(self);
  if (!input) return nullptr;
  Py_buffer view;
  if (PyObject_GetBuffer(target, &view, PyBUF_WRITABLE) < 0) return nullptr;
  const std::uint64_t size = std::min(static_cast<std::uint64_t>(view.len), left(*input));
  const bool done =
      size == 0 || copy_out(*input, input->position, {static_cast<char*>(view.buf), size});
  PyBuffer_Release(&view);
  if (!done) return nullptr;
  input->position += size;
  return PyLong_FromUnsignedLongLong(size);
}

/// Length of the line at the position, at the most `limit`; with its line feed. Negative:
/// exception.
std::int64_t line_length(const Input& input, std::uint64_t limit) {
  limit = std::min(limit, left(input));
  if (!input.body->spooled()) {
    const std::string_view rest = input.body->memory().substr(input.position, limit);
    const std::size_t feed = rest.find('\n');
    return static_cast<std::int64_t>(feed == std::string_view::npos ? limit : feed + 1);
  }
  char step[kLineStep];
  for (std::uint64_t done = 0; done < limit;) {
    const std::size_t count = std::min<std::uint64_t>(sizeof step, limit - done);
    if (!copy_out(input, input.position + done, {step, count})) return -1;
    if (const void* const feed = std::memchr(step, '\n', count)) {
      return static_cast<std::int64_t>(done) + (static_cast<const char*>(feed) - step) + 1;
    }
    done += count;
  }
  return static_cast<std::int64_t>(limit);
}

PyObject* take_line(Input& input, std::uint64_t limit) {
  const std::int64_t length = line_length(input, limit);
  return length < 0 ? nullptr : take_bytes(input, static_cast<std::uint64_t>(length));
}

PyObject* readline(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  std::uint64_t size = 0;
  Input* const input = opened(self);
  if (!input || !read_size(arguments, count, "readline", size)) return nullptr;
  return take_line(*input, size);
}

PyObject* readlines(PyObject* self, PyObject* const* arguments, Py_ssize_t count) noexcept {
  std::uint64_t hint = 0;
  Input* const input = opened(self);
  if (!input || !read_size(arguments, count, "readlines", hint)) return nullptr;
  if (hint == 0) hint = UINT64_MAX;
  PyRef lines = PyRef::steal(PyList_New(0));
  if (!lines) return nullptr;
  for (std::uint64_t total = 0; total < hint && left(*input) > 0;) {
    const PyRef line = PyRef::steal(take_line(*input, UINT64_MAX));
    if (!line || PyList_Append(lines.get(), line.get()) < 0) return nullptr;
    total += static_cast<std::uint64_t>(PyBytes_GET_SIZE(line.get()));
  }
  return lines.release();
}

PyObject* iterate_next(PyObject* self) noexcept {
  Input* const input = opened(self);
  if (!input || left(*input) == 0) return nullptr;  // without an exception: the end
  return take_line(*input, UINT64_MAX);
}

PyObject* seek(PyObject* self, PyObject* arguments) noexcept {
  long long offset = 0;
  int whence = 0;
  Input* const input = opened(self);
  if (!input || !PyArg_ParseTuple(arguments, "L|i:seek", &offset, &whence)) return nullptr;
  if (whence < 0 || whence > 2) {
    PyErr_Format(PyExc_ValueError, "whence must be 0, 1 or 2, not %d", whence);
    return nullptr;
  }
  const auto size = static_cast<long long>(input->body->size());
  const long long base = whence == 0   ? 0
                         : whence == 1 ? static_cast<long long>(input->position)
                                       : size;
  if (offset > size - base) offset = size - base;  // reading beyond the end gives nothing anyway
  if (base + offset < 0) {
    PyErr_SetString(PyExc_ValueError, "cannot seek before the beginning");
    return nullptr;
  }
  input->position = static_cast<std::uint64_t>(base + offset);
  return PyLong_FromUnsignedLongLong(input->position);
}

PyObject* tell(PyObject* self, PyObject*) noexcept {
  Input* const input = opened(self);
  return input ? PyLong_FromUnsignedLongLong(input->position) : nullptr;
}

PyObject* say_true(PyObject*, PyObject*) noexcept {
  Py_RETURN_TRUE;
}
PyObject* say_false(PyObject*, PyObject*) noexcept {
  Py_RETURN_FALSE;
}
PyObject* close(PyObject*, PyObject*) noexcept {
  Py_RETURN_NONE;
}  // the server's to close
PyObject* get_closed(PyObject* self, void*) noexcept {
  return PyBool_FromLong(cast(self)->body == nullptr);
}

template <class Function>
PyCFunction method(Function* function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

void deallocate(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"read", method(read), METH_FASTCALL, "read(size=-1) -> bytes"},
    {"readinto", readinto, METH_O, "readinto(buffer) -> int"},
    {"readline", method(readline), METH_FASTCALL, "readline(size=-1) -> bytes"},
    {"readlines", method(readlines), METH_FASTCALL, "readlines(hint=-1) -> list of bytes"},
    {"seek", seek, METH_VARARGS, "seek(offset, whence=0) -> int"},
    {"tell", tell, METH_NOARGS, "tell() -> int"},
    {"readable", say_true, METH_NOARGS, nullptr},
    {"seekable", say_true, METH_NOARGS, nullptr},
    {"writable", say_false, METH_NOARGS, nullptr},
    {"close", close, METH_NOARGS, "close() does nothing: the body is the server's"},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef attributes[] = {
    {"closed", get_closed, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(iterate_next)},
    {0, nullptr},
};

PyType_Spec spec = {"penstock._core.Input", sizeof(Input), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

}  // namespace

PyTypeObject* make_input_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

PyObject* new_input(PyTypeObject* type, const http::Body& body) {
  PyObject* const object = type->tp_alloc(type, 0);
  if (object) reuse_input(object, body);
  return object;
}

void reuse_input(PyObject* input, const http::Body& body) {
  cast(input)->body = &body;
  cast(input)->position = 0;
}

void close_input(PyObject* input) {
  cast(input)->body = nullptr;
}

}  // namespace penstock::pyhost
