// SPDX-License-Identifier: MIT
// Bytes and Python strings. GIL held.
#pragma once

#include <optional>
#include <string_view>

#include "pyhost/python.h"

namespace penstock::pyhost {

/// A new str of Latin-1 bytes, as PEP 3333 wants them. Null: an exception is set.
PyObject* latin1(std::string_view bytes);

/// The bytes of a str whose characters are all Latin-1; they live as long as the str. Nothing
/// for other characters; no exception is set then.
std::optional<std::string_view> latin1_view(PyObject* text);

}  // namespace penstock::pyhost
