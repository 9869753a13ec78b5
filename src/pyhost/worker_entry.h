// SPDX-License-Identifier: MIT
// A worker process from the inside: joins the server with the application that the zygote loaded.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "ipc/boot.h"
#include "pyhost/python.h"
#include "pyhost/wsgi_application.h"

namespace penstock::pyhost {

struct WorkerIdentity {
  int number = 1;        // from 1 on
  std::size_t slot = 1;  // of the scoreboard
};

/// Serves until the master says stop or is gone. GIL held when called and on return; let go of in
/// between. `channel`: this worker's end of its channel to the master. A
/// failure to start is the error; it may leave a Python exception set as well.
Result<> run_worker(PyObject* callable, const WsgiTypes& types, const ipc::Boot& boot,
                    WorkerIdentity identity, Fd channel);

}  // namespace penstock::pyhost
