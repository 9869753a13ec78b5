// SPDX-License-Identifier: MIT
// The Python types Hub and Process of penstock._spawn. A Process keeps its Hub alive; a Hub keeps
// its processes alive while they run. All of it with the GIL held.
#pragma once

#include <memory>
#include <unordered_set>

#include "pyhost/python.h"
#include "pyhost/spawn/bytes_sink.h"
#include "pyhost/spawn/start_arguments.h"
#include "spawn/hub.h"

namespace penstock::pyhost {

/// Per interpreter.
struct SpawnState {
  PyTypeObject* hub_type;
  PyTypeObject* process_type;
};

struct HubObject {
  PyObject_HEAD spawn::Hub* hub;             // owned; null after a failed creation
  std::unordered_set<PyObject*>* processes;  // owned references: those that run
};

/// What a Process object has beside Python's own. The process is destroyed before its sinks.
struct ProcessParts {
  BytesSink output;
  BytesSink errors;
  std::unique_ptr<spawn::Process> process;
};

struct ProcessObject {
  PyObject_HEAD HubObject* hub;  // owned
  PyObject* on_news;             // owned; null once the end was told
  unsigned wanted_news;
  ProcessParts* parts;  // owned
};

extern PyType_Spec hub_spec;
extern PyType_Spec process_spec;

/// Starts a program. Null: a Python exception is set, and no process is left.
PyObject* start_process(HubObject& hub, PyTypeObject* type, StartArguments& arguments);

/// Calls on_news(process, news) if that is wanted. What that raises is reported, not passed on.
void tell_news(ProcessObject& process, unsigned news);

}  // namespace penstock::pyhost
