// SPDX-License-Identifier: MIT
#include "pyhost/file_wrapper.h"

#include <fcntl.h>
#include <structmember.h>
#include <sys/stat.h>

#include <climits>
#include <cstddef>

#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

struct FileWrapper {
  PyObject_HEAD PyObject* filelike;
  Py_ssize_t block_size;
};

FileWrapper* cast(PyObject* object) {
  return reinterpret_cast<FileWrapper*>(object);
}

PyObject* create(PyTypeObject* type, PyObject* arguments, PyObject* keywords) noexcept {
  static const char* const kNames[] = {"filelike", "block_size", nullptr};
  PyObject* filelike = nullptr;
  Py_ssize_t block_size = 8192;
  if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|n:FileWrapper",
                                   const_cast<char**>(kNames), &filelike, &block_size)) {
    return nullptr;
  }
  if (block_size < 1) {
    PyErr_SetString(PyExc_ValueError, "block_size must be at least 1");
    return nullptr;
  }
  PyObject* const self = type->tp_alloc(type, 0);
  if (!self) return nullptr;
  Py_INCREF(filelike);
  cast(self)->filelike = filelike;
  cast(self)->block_size = block_size;
  return self;
}

PyObject* iterate_next(PyObject* self) noexcept {
  PyRef block =
      PyRef::steal(PyObject_CallMethod(cast(self)->filelike, "read", "n", cast(self)->block_size));
  if (!block) return nullptr;
  const int truth = PyObject_IsTrue(block.get());
  return truth > 0 ? block.release() : nullptr;  // empty: the end
}

PyObject* close(PyObject* self, PyObject*) noexcept {
  if (!PyObject_HasAttrString(cast(self)->filelike, "close")) Py_RETURN_NONE;
  return PyObject_CallMethod(cast(self)->filelike, "close", nullptr);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(cast(self)->filelike);
  return 0;
}

int clear(PyObject* self) {
  Py_CLEAR(cast(self)->filelike);
  return 0;
}

void deallocate(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyMethodDef methods[] = {
    {"close", close, METH_NOARGS, "close() closes the file"},
    {nullptr, nullptr, 0, nullptr},
};

PyMemberDef members[] = {
    {"filelike", T_OBJECT, offsetof(FileWrapper, filelike), READONLY, nullptr},
    {"block_size", T_PYSSIZET, offsetof(FileWrapper, block_size), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_new, reinterpret_cast<void*>(create)},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_iter, reinterpret_cast<void*>(PyObject_SelfIter)},
    {Py_tp_iternext, reinterpret_cast<void*>(iterate_next)},
    {0, nullptr},
};

PyType_Spec spec = {"penstock._core.FileWrapper", sizeof(FileWrapper), 0,
                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

/// Whether the bytes that `filelike` reads are those of its descriptor: a plain file of the io
/// module, buffered or not. A GzipFile, say, has a fileno() as well, of other bytes.
bool is_plain_file(PyObject* filelike) {
  const PyRef io = PyRef::steal(PyImport_ImportModule("_io"));
  const PyRef plain = PyRef::steal(io ? PyObject_GetAttrString(io.get(), "FileIO") : nullptr);
  const PyRef raw = PyRef::steal(PyObject_GetAttrString(filelike, "raw"));
  PyErr_Clear();
  if (!plain) return false;
  PyObject* const file = raw ? raw.get() : filelike;
  return reinterpret_cast<PyObject*>(Py_TYPE(file)) == plain.get();
}

/// The descriptor of a plain file, or -1.
int descriptor_of(PyObject* filelike) {
  if (!is_plain_file(filelike)) return -1;
  const PyRef number = PyRef::steal(PyObject_CallMethod(filelike, "fileno", nullptr));
  const long value = number ? PyLong_AsLong(number.get()) : -1;
  PyErr_Clear();
  return value >= 0 && value <= INT_MAX ? static_cast<int>(value) : -1;
}

/// filelike.tell(), which knows what Python has read ahead.
std::optional<std::uint64_t> position_of(PyObject* filelike) {
  const PyRef number = PyRef::steal(PyObject_CallMethod(filelike, "tell", nullptr));
  const long long told = number ? PyLong_AsLongLong(number.get()) : -1;
  PyErr_Clear();
  if (told < 0) return std::nullopt;
  return static_cast<std::uint64_t>(told);
}

}  // namespace

PyTypeObject* make_file_wrapper_type(PyObject* module) {
  return reinterpret_cast<PyTypeObject*>(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

std::optional<FileRange> file_range(PyObject* wrapper) {
  PyObject* const filelike = cast(wrapper)->filelike;
  const int descriptor = descriptor_of(filelike);
  if (descriptor < 0) return std::nullopt;
  struct stat about {};
  if (::fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  const auto position = position_of(filelike);
  if (!position) return std::nullopt;
  FileRange range;
  range.offset = *position;
  const auto size = static_cast<std::uint64_t>(about.st_size);
  // Files of /proc and their like say that they are empty: those have to be read.
  if (size <= *position) return std::nullopt;
  range.length = size - *position;
  range.file.reset(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!range.file) return std::nullopt;
  return range;
}

}  // namespace penstock::pyhost
