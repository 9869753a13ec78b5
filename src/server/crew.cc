// SPDX-License-Identifier: MIT
#include "server/crew.h"

#include <unistd.h>

#include <bit>
#include <system_error>
#include <thread>

#include "base/check.h"
#include "base/log.h"

namespace penstock::server {

/// What a follower that watches the leader remembers from tick to tick.
struct Crew::Lookout {
  bool active = false;
  bool has_waited = false;  // a tick since `seen` was set
  std::uint64_t seen = 0;   // hold_ at the last tick
  int quiet = 0;            // ticks without a new call
  int brisk = 0;            // ticks in a row that each saw a new call
  milliseconds pause = kTick;
};

Crew::Crew(LoopOwner& owner, int slots, ThreadHooks hooks)
    : owner_(owner), slots_(slots), hooks_(std::move(hooks)) {
  CHECK(slots >= 1 && slots <= kMostSlots);
}

void Crew::run() {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(slots_));
  const auto work = [this] {
    if (hooks_.begin) hooks_.begin();
    serve();
    if (hooks_.end) hooks_.end();
  };
  try {
    for (int i = 0; i < slots_; ++i)
      threads.emplace_back(work);
  } catch (const std::system_error& error) {
    // Those that run wait for work and hold nothing; the supervisor tries it once more.
    log::error("cannot start thread {} of {}: {}", threads.size() + 1, slots_, error.what());
    ::_exit(1);
  }
  serve();
  for (std::thread& thread : threads)
    thread.join();
}

void Crew::serve() {
  while (follow())
    lead();
}

/// Waits until this thread has the loop; false when there is nothing more to do.
bool Crew::follow() {
  std::unique_lock lock(mutex_);
  Lookout lookout;
  for (;;) {
    if (ended_) return false;
    std::uint64_t hold = hold_.load(std::memory_order_seq_cst);
    if (may_take(hold, lookout)) {
      if (!hold_.compare_exchange_strong(hold, (hold & ~kState) | kLeading)) continue;
      if (lookout.active) watched_.store(false, std::memory_order_seq_cst);
      return true;
    }
    if (!lookout.active && (hold & kState) == kCalling) begin_watch(lookout);
    if (lookout.active) look(hold, lookout);
    if (lookout.active) {
      followers_.wait_for(lock, lookout.pause);
      lookout.has_waited = true;
    } else {
      followers_.wait(lock);
      // Whoever is woken watches for a while, so that quick calls wake nobody.
      begin_watch(lookout);
    }
  }
}

/// Becomes the one who watches, unless somebody does already.
void Crew::begin_watch(Lookout& lookout) {
  lookout.active = !watched_.exchange(true);
  lookout.has_waited = false;
  lookout.seen = hold_.load(std::memory_order_seq_cst);
  lookout.quiet = 0;
  lookout.brisk = 0;
  lookout.pause = kTick;
}

bool Crew::may_take(std::uint64_t hold, const Lookout& lookout) const {
  if ((hold & kState) == kNobody) return true;
  if ((hold & kState) != kCalling) return false;
  return (hold & ~kState) == invited_ ||
         (lookout.active && lookout.has_waited && lookout.seen == hold);
}

/// One tick of the watch over the leader. It ends when the leader makes no calls.
void Crew::look(std::uint64_t hold, Lookout& lookout) {
  const bool is_new = hold != lookout.seen;
  lookout.quiet = is_new ? 0 : lookout.quiet + 1;
  lookout.brisk = is_new ? lookout.brisk + 1 : 0;
  lookout.seen = hold;
  // Being woken costs more than a quick call. Where no call was long for a while, looks are rare;
  // but the call that one finds is looked at again soon.
  const bool rests = lookout.brisk >= kBriskTicks && lookout.pause == kTick;
  lookout.pause = rests ? kLongTick : kTick;
  if ((hold & kState) == kCalling || lookout.quiet < kQuietTicks) return;
  watched_.store(false, std::memory_order_seq_cst);
  lookout.active = false;
  // The leader may have begun a call and still have seen the watch: then it goes on.
  if ((hold_.load(std::memory_order_seq_cst) & kState) == kCalling) begin_watch(lookout);
}

/// Runs the loop until another thread has taken it or all is finished.
void Crew::lead() {
  for (;;) {
    if (returned_count_.load(std::memory_order_relaxed) > 0) drain_returned();
    bool idle = false;
    Job* const job = owner_.work(idle);
    if (job) {
      if (!place(*job)) return;
      continue;
    }
    owner_.rest();
    if (!idle) continue;
    if (owner_.finished() && running_.load() == 0 && returned_count_.load() == 0) {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      followers_.notify_all();
      return;
    }
    polling_.store(true, std::memory_order_seq_cst);
    if (returned_count_.load(std::memory_order_seq_cst) == 0) owner_.wait();
    polling_.store(false, std::memory_order_relaxed);
  }
}

/// Runs or queues a job. False: this thread has lost the loop.
bool Crew::place(Job& job) {
  if (running_.load(std::memory_order_acquire) >= slots_) {
    if (!owner_.admit(job, waiting())) return true;
    const std::lock_guard lock(mutex_);
    if (running_.load(std::memory_order_acquire) >= slots_) {
      queue_.push_back({&job, steady_now()});
      queued_.store(queue_.size(), std::memory_order_relaxed);
      return true;
    }
  }
  return call_in_place(job);
}

bool Crew::call_in_place(Job& job) {
  const int slot = take_slot();
  running_.fetch_add(1, std::memory_order_relaxed);
  const bool hand_over = slots_ > 1 && pace_.hand_over_first();
  const bool measure = slots_ > 1 && pace_.sample();
  const std::uint64_t call = (hold_.load(std::memory_order_relaxed) & ~kState) + kNextCall;
  announce_call(call, hand_over);

  if (measure) {
    run_measured(job, slot);
  } else {
    job.run(slot);
  }

  std::uint64_t expected = call | kCalling;
  if (hold_.compare_exchange_strong(expected, call | kLeading)) {
    free_slot(slot);
    running_.fetch_sub(1, std::memory_order_release);
    owner_.returned(job);
    return true;
  }
  hand_back(job, slot);
  return false;
}

/// Publishes that the leader is in a call, and sees to it that somebody watches.
void Crew::announce_call(std::uint64_t call, bool hand_over) {
  hold_.store(call | kCalling, std::memory_order_seq_cst);
  if (!hand_over && watched_.load(std::memory_order_seq_cst)) return;
  {
    const std::lock_guard lock(mutex_);
    if (hand_over) invited_ = call;
  }
  followers_.notify_one();
}

void Crew::run_measured(Job& job, int slot) {
  const SteadyTime begin = steady_now();
  const nanoseconds cpu_begin = thread_cpu_time();
  job.run(slot);
  const nanoseconds cpu = thread_cpu_time() - cpu_begin;
  const nanoseconds wall = steady_now() - begin;
  const std::lock_guard lock(mutex_);
  pace_.measured(wall, cpu);
}

/// Gives a job that ran without the loop back to it, and goes on with those that wait.
void Crew::hand_back(Job& done, int slot) {
  for (Job* job = &done; job != nullptr;) {
    owner_.rest();
    Job* next = nullptr;
    {
      const std::lock_guard lock(mutex_);
      returned_.push_back(job);
      returned_count_.store(returned_.size(), std::memory_order_seq_cst);
      if (queue_.empty()) {
        // In this order: whoever sees room for one more finds a slot for it.
        free_slot(slot);
        running_.fetch_sub(1, std::memory_order_release);
      } else {
        next = queue_.front().job;
        queue_.pop_front();
        queued_.store(queue_.size(), std::memory_order_relaxed);
      }
    }
    if (polling_.load(std::memory_order_seq_cst)) owner_.interrupt();
    if (next) next->run(slot);
    job = next;
  }
}

std::optional<SteadyTime> Crew::waiting_since() {
  if (waiting() == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  return queue_.front().since;
}

std::vector<Job*> Crew::take_waiting(SteadyTime limit) {
  std::vector<Job*> jobs;
  if (waiting() == 0) return jobs;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty() && queue_.front().since <= limit) {
    jobs.push_back(queue_.front().job);
    queue_.pop_front();
  }
  queued_.store(queue_.size(), std::memory_order_relaxed);
  return jobs;
}

void Crew::drain_returned() {
  std::vector<Job*> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(returned_);
    returned_count_.store(0, std::memory_order_relaxed);
  }
  for (Job* const job : jobs)
    owner_.returned(*job);
}

/// The lowest free slot. Only the leader takes slots, so the one it finds stays free.
int Crew::take_slot() {
  if (slots_ == 1) return 0;
  for (std::size_t word = 0; word < taken_.size(); ++word) {
    const std::uint64_t bits = taken_[word].load(std::memory_order_acquire);
    if (~bits == 0) continue;
    const int bit = std::countr_one(bits);
    taken_[word].fetch_or(std::uint64_t{1} << bit, std::memory_order_acq_rel);
    return static_cast<int>(word * 64) + bit;
  }
  CHECK(false);
  return 0;
}

void Crew::free_slot(int slot) {
  if (slots_ == 1) return;
  const auto index = static_cast<std::size_t>(slot);
  taken_[index / 64].fetch_and(~(std::uint64_t{1} << (index % 64)), std::memory_order_acq_rel);
}

}  // namespace penstock::server
