// SPDX-License-Identifier: MIT
// The GIL as scopes. Each thread keeps its own thread state for life: making one at every call,
// as PyGILState_Ensure may, costs ten times as much.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "pyhost/python.h"

namespace penstock::pyhost {

/// Gives the calling thread a thread state of `interpreter`. The GIL is not held, before or after.
void attach_thread(PyInterpreterState* interpreter);
/// Ends it. The GIL is not held, before or after.
void detach_thread();
/// The thread that is inside Python keeps the state that it has, and lets go of the GIL.
void adopt_thread();
/// The other way round: it has the GIL again.
void leave_thread();

/// Holds the GIL. The thread was attached or adopted.
class GilHeld {
 public:
  /// Keep: the thread has it beyond this scope, for its next one, until let_go_of_gil().
  enum class Then : std::uint8_t { LetGo, Keep };
  explicit GilHeld(Then then = Then::LetGo);
  ~GilHeld();
  GilHeld(const GilHeld&) = delete;
  GilHeld& operator=(const GilHeld&) = delete;

 private:
  const Then then_;
};

/// Lets go of the GIL if the calling thread kept it. A thread that keeps it calls this before it
/// waits for anything.
void let_go_of_gil();

/// Lets go of the GIL for as long as it lives.
class GilReleased {
 public:
  GilReleased() : state_(PyEval_SaveThread()) {}
  ~GilReleased();
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

 private:
  PyThreadState* state_;
};

/// While it lives, the time that this thread waits for the GIL in one of the scopes above is added
/// to `counter`; null: not counted. What Python's own code waits for is not seen.
class GilWaitsCounted {
 public:
  explicit GilWaitsCounted(nanoseconds* counter);
  ~GilWaitsCounted();
  GilWaitsCounted(const GilWaitsCounted&) = delete;
  GilWaitsCounted& operator=(const GilWaitsCounted&) = delete;
};

}  // namespace penstock::pyhost
