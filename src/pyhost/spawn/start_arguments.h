// SPDX-License-Identifier: MIT
// The arguments of Hub.start, read from Python.
#pragma once

#include "pyhost/python.h"
#include "spawn/command.h"
#include "spawn/process.h"

namespace penstock::pyhost {

struct StartArguments {
  spawn::Command command;
  spawn::Terms terms;
  spawn::InletTerms output_terms;
  spawn::InletTerms errors_terms;
  bool pipes_input = false;
  bool merges_errors = false;
  PyObject* on_news = nullptr;  // borrowed from the call
  unsigned wanted_news = 0;     // sum of spawn::kOutput and so on: what it is called for
};

/// False: a Python exception is set. The environment and the numbers are checked here; what makes
/// a good combination is the Python side's to know.
bool read_start_arguments(PyObject* args, PyObject* kwargs, int null_fd, StartArguments& result);

}  // namespace penstock::pyhost
