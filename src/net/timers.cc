// SPDX-License-Identifier: MIT
// The wheel's turning: slots are emptied in the order of time, into lower levels or callbacks.
#include "net/timers.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace penstock::net {
namespace {

using detail::TimerLink;

void make_empty(TimerLink& head) {
  head.next_ = head.previous_ = &head;
}

void append(TimerLink& head, TimerLink& link) {
  link.next_ = &head;
  link.previous_ = head.previous_;
  head.previous_->next_ = &link;
  head.previous_ = &link;
}

}  // namespace

Timers::Timers(SteadyTime start) : start_(start) {
  for (Link& slot : slots_)
    make_empty(slot);
  make_empty(due_);
}

Timers::~Timers() {
  for (Link& slot : slots_) {
    for (Link* link = slot.next_; link != &slot;)
      std::exchange(link, link->next_)->next_ = nullptr;
  }
}

void Timers::arm(Timer& timer, SteadyTime deadline) {
  // Stay in the slot: it is reached earlier, and the timer moves on from there. So a deadline that
  // is put off again and again touches neither its neighbours nor the wheel.
  const bool stays = timer.armed() && timer.owner_ == this && deadline >= timer.deadline_;
  if (!stays) {
    timer.cancel();
    timer.owner_ = this;
    ++armed_;
    place(timer, tick_of(deadline));
  }
  timer.deadline_ = deadline;
}

void Timers::expire(SteadyTime now) {
  const Tick target = now < start_ ? 0 : static_cast<Tick>((now - start_) / kTick);
  std::size_t slot = 0;
  for (auto tick = next_slot(slot); tick && *tick <= target; tick = next_slot(slot)) {
    current_ = *tick;
    empty_slot(slot);
  }
  current_ = std::max(current_, target);
}

std::optional<SteadyTime> Timers::next() const {
  std::size_t slot = 0;
  const auto tick = next_slot(slot);
  if (!tick) return std::nullopt;
  return start_ + kTick * static_cast<std::int64_t>(*tick);
}

/// The first tick at which the deadline has passed.
Timers::Tick Timers::tick_of(SteadyTime deadline) const {
  if (deadline <= start_) return 0;
  const nanoseconds since = deadline - start_;
  const auto whole = static_cast<Tick>(since / kTick);
  return since % kTick == nanoseconds::zero() ? whole : whole + 1;
}

std::optional<Timers::Tick> Timers::next_slot(std::size_t& slot) const {
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (used_[level] == 0) continue;
    const auto digit = static_cast<std::size_t>(std::countr_zero(used_[level]));
    slot = level * kSlotsPerLevel + digit;
    const auto shift = static_cast<unsigned>(level) * kDigitBits;
    const Tick above = current_ >> (shift + kDigitBits) << kDigitBits;
    return (above | digit) << shift;
  }
  return std::nullopt;
}

void Timers::place(Timer& timer, Tick tick) {
  tick = std::max(tick, current_ + 1);
  const auto level = static_cast<std::size_t>(std::bit_width(tick ^ current_) - 1) / kDigitBits;
  const std::size_t digit = tick >> (level * kDigitBits) & (kSlotsPerLevel - 1);
  append(slots_[level * kSlotsPerLevel + digit], timer);
  used_[level] |= std::uint64_t{1} << digit;
}

void Timers::unlink(Timer& timer) {
  --armed_;
  timer.previous_->next_ = timer.next_;
  timer.next_->previous_ = timer.previous_;
  // A ring with one link on both sides of the timer held nothing but its head.
  const Link* const head = timer.next_;
  const bool was_last = head == timer.previous_;
  timer.next_ = nullptr;
  if (!was_last || head == &due_) return;
  const auto slot = static_cast<std::size_t>(head - slots_.data());
  used_[slot / kSlotsPerLevel] &= ~(std::uint64_t{1} << slot % kSlotsPerLevel);
}

/// Runs the timers of a slot that are due at current_; the others move on.
void Timers::empty_slot(std::size_t slot) {
  // The ring gets another head first, so that callbacks find a wheel in order: what they cancel
  // leaves due_, and what they arm goes to a slot that is still ahead.
  Link& head = slots_[slot];
  due_ = head;
  due_.next_->previous_ = due_.previous_->next_ = &due_;
  make_empty(head);
  used_[slot / kSlotsPerLevel] &= ~(std::uint64_t{1} << slot % kSlotsPerLevel);

  while (due_.next_ != &due_) {
    Timer& timer = static_cast<Timer&>(*due_.next_);
    unlink(timer);
    if (const Tick tick = tick_of(timer.deadline_); tick > current_) {
      ++armed_;
      place(timer, tick);
    } else {
      timer.on_timeout();
    }
  }
}

}  // namespace penstock::net
