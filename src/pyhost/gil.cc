// SPDX-License-Identifier: MIT
#include "pyhost/gil.h"

namespace penstock::pyhost {
namespace {

thread_local PyThreadState* own_state = nullptr;
thread_local nanoseconds* wait_counter = nullptr;

/// Waits for the GIL, and counts that where somebody asked for it.
void take_gil(PyThreadState* state) {
  if (!wait_counter) return PyEval_RestoreThread(state);
  const SteadyTime begin = steady_now();
  PyEval_RestoreThread(state);
  *wait_counter += steady_now() - begin;
}

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
  take_gil(own_state);
}

GilHeld::~GilHeld() {
  own_state = PyEval_SaveThread();
}

GilReleased::~GilReleased() {
  take_gil(state_);
}

GilWaitsCounted::GilWaitsCounted(nanoseconds* counter) {
  wait_counter = counter;
}

GilWaitsCounted::~GilWaitsCounted() {
  wait_counter = nullptr;
}

}  // namespace penstock::pyhost
