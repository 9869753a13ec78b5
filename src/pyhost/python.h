// SPDX-License-Identifier: MIT
// The one way to include CPython's header: before everything else, as it asks for.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
