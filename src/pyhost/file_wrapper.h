// SPDX-License-Identifier: MIT
// wsgi.file_wrapper of PEP 3333: an iterable over a file that the server may recognise and send
// without reading it into Python. GIL held.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "pyhost/python.h"

namespace penstock::pyhost {

/// The type, which is itself the wsgi.file_wrapper callable: FileWrapper(filelike, block_size).
PyTypeObject* make_file_wrapper_type(PyObject* module);

/// What is left of a regular file, from its position on.
struct FileRange {
  Fd file;  // a duplicate: the application may close its own
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The file behind a FileWrapper, if sendfile(2) can send it. No exception is set where not.
std::optional<FileRange> file_range(PyObject* wrapper);

}  // namespace penstock::pyhost
