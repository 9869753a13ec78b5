// SPDX-License-Identifier: MIT
// A timer wheel: arming and cancelling cost a few stores, which every request does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace penstock::net {

class Timers;

namespace detail {
/// A place in a ring of timers; each slot of the wheel is the head of one. Named as members of a
/// class, which they become.
struct TimerLink {
  TimerLink* next_ = nullptr;  // null: in no ring
  TimerLink* previous_ = nullptr;
};
}  // namespace detail

/// A deadline. Derive from it; it cancels itself when it dies.
class Timer : private detail::TimerLink {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const { return next_ != nullptr; }
  SteadyTime deadline() const { return deadline_; }
  void cancel();

 protected:
  virtual ~Timer() { cancel(); }
  /// The deadline has passed; the timer is no longer armed and may be armed again, or die.
  virtual void on_timeout() = 0;

 private:
  friend class Timers;
  SteadyTime deadline_{};
  Timers* owner_ = nullptr;
};

/// All timers of one loop; the loop's owner calls it. Precision: one tick, never early.
class Timers {
 public:
  static constexpr milliseconds kTick{10};

  explicit Timers(SteadyTime start);
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  /// (Re)arms `timer`, which must outlive its deadline or be cancelled. One that has passed
  /// already is due at the next tick. Putting a deadline off costs one store.
  void arm(Timer& timer, SteadyTime deadline);

  /// Runs what is due at `now`. A callback may arm, cancel and destroy any timer; it may neither
  /// call expire() nor let another thread own the loop.
  void expire(SteadyTime now);

  /// When expire() has something to do next, at the earliest; nothing if no timer is armed.
  std::optional<SteadyTime> next() const;

  bool empty() const { return armed_ == 0; }

 private:
  friend class Timer;
  using Tick = std::uint64_t;  // since start_
  using Link = detail::TimerLink;

  // Level n has slots of 64^n ticks. A timer stands on the level of the highest base-64 digit in
  // which its tick differs from current_, in the slot of its own digit. So every slot lies ahead
  // of current_, nothing wraps, and the first slot in use of the lowest level in use is the next
  // one to be reached. 42 bits of ticks are more than 64 bits of nanoseconds.
  static constexpr unsigned kDigitBits = 6;
  static constexpr std::size_t kSlotsPerLevel = std::size_t{1} << kDigitBits;
  static constexpr std::size_t kLevels = 7;
  static constexpr std::size_t kSlots = kSlotsPerLevel * kLevels;

  Tick tick_of(SteadyTime deadline) const;
  std::optional<Tick> next_slot(std::size_t& slot) const;
  void place(Timer& timer, Tick tick);
  void unlink(Timer& timer);
  void empty_slot(std::size_t slot);

  SteadyTime start_;
  Tick current_ = 0;  // everything up to here has run
  std::size_t armed_ = 0;
  std::array<std::uint64_t, kLevels> used_{};  // a bit for each slot that holds timers
  std::array<Link, kSlots> slots_;
  Link due_;  // the slot that expire() is emptying
};

inline void Timer::cancel() {
  if (armed()) owner_->unlink(*this);
}

}  // namespace penstock::net
