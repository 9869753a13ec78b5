// SPDX-License-Identifier: MIT
#include "pyhost/gil.h"

namespace penstock::pyhost {
namespace {

thread_local PyThreadState* own_state = nullptr;

}  // namespace

void attach_thread(PyInterpreterState* interpreter) {
  own_state = PyThreadState_New(interpreter);
}

void detach_thread() {
  PyEval_RestoreThread(own_state);
  PyThreadState_Clear(own_state);
  PyThreadState_DeleteCurrent();
  own_state = nullptr;
}

void adopt_thread() {
  own_state = PyEval_SaveThread();
}

void leave_thread() {
  PyEval_RestoreThread(own_state);
}

GilHeld::GilHeld() {
  PyEval_RestoreThread(own_state);
}

GilHeld::~GilHeld() {
  own_state = PyEval_SaveThread();
}

}  // namespace penstock::pyhost
