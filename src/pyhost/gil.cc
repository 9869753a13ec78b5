// SPDX-License-Identifier: MIT
#include "pyhost/gil.h"

namespace penstock::pyhost {
namespace {

struct Own {
  PyThreadState* state = nullptr;  // while the thread does not hold the GIL, or keeps it
  bool is_kept = false;            // from one GilHeld to the next
  nanoseconds* waits = nullptr;    // where the time that it waits is counted
};
thread_local Own own;

/// Waits for the GIL, and counts that where somebody asked for it.
void take_gil(PyThreadState* state, nanoseconds* waits) {
  if (!waits) return PyEval_RestoreThread(state);
  const SteadyTime begin = steady_now();
  PyEval_RestoreThread(state);
  *waits += steady_now() - begin;
}

}  // namespace

void attach_thread(PyInterpreterState* interpreter) {
  own.state = PyThreadState_New(interpreter);
}

void detach_thread() {
  PyEval_RestoreThread(own.state);
  PyThreadState_Clear(own.state);
  PyThreadState_DeleteCurrent();
  own.state = nullptr;
}

void adopt_thread() {
  own.state = PyEval_SaveThread();
}

void leave_thread() {
  PyEval_RestoreThread(own.state);
}

GilHeld::GilHeld(Then then) : then_(then) {
  Own& mine = own;
  if (!mine.is_kept) take_gil(mine.state, mine.waits);
  mine.is_kept = false;  // the scope has it now
}

GilHeld::~GilHeld() {
  Own& mine = own;
  if (then_ == Then::Keep) {
    mine.is_kept = true;
  } else {
    mine.state = PyEval_SaveThread();
  }
}

void let_go_of_gil() {
  Own& mine = own;
  if (!mine.is_kept) return;
  mine.is_kept = false;
  mine.state = PyEval_SaveThread();
}

GilReleased::~GilReleased() {
  take_gil(state_, own.waits);
}

GilWaitsCounted::GilWaitsCounted(nanoseconds* counter) {
  own.waits = counter;
}

GilWaitsCounted::~GilWaitsCounted() {
  own.waits = nullptr;
}

}  // namespace penstock::pyhost
