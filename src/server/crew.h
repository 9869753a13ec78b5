// SPDX-License-Identifier: MIT
// The threads of a worker: leader and followers (POSA2). One thread, the leader, runs the loop;
// when a request is complete it calls the app itself, in place. A follower takes the loop over
// if the call takes longer than about a millisecond (ten, where all were short for long), or at
// once where calls are known to wait.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "server/pace.h"

namespace penstock::server {

/// Something for an app thread to run, without the loop.
class Job {
 public:
  /// `slot`: which of the concurrent jobs this is, from 0 on.
  virtual void run(int slot) noexcept = 0;

 protected:
  ~Job() = default;
};

/// What the leader drives. All calls but interrupt() come from the leader.
class LoopOwner {
 public:
  /// Does a piece of the loop's work. Returns a job that became ready, if one did; sets `idle`
  /// where nothing is left to do without waiting.
  virtual Job* work(bool& idle) = 0;
  /// Waits for events.
  virtual void wait() = 0;
  /// The calling thread, which may have run jobs, has no job at hand, or is about to leave.
  virtual void rest() = 0;
  /// Makes wait() return. Any thread.
  virtual void interrupt() = 0;
  /// A job has been run and is the loop's again.
  virtual void returned(Job& job) = 0;
  /// All slots are taken, `waiting` jobs wait already. False: the job was refused and answered.
  virtual bool admit(Job& job, std::size_t waiting) = 0;
  /// Nothing is left to be done, ever, once no job runs.
  virtual bool finished() = 0;

 protected:
  ~LoopOwner() = default;
};

/// Called on each further thread of the crew, around its life.
struct ThreadHooks {
  std::function<void()> begin;
  std::function<void()> end;
};

class Crew {
 public:
  static constexpr int kMostSlots = 1024;

  /// `slots`: how many jobs run at once, 1 to kMostSlots. `owner` outlives the crew.
  Crew(LoopOwner& owner, int slots, ThreadHooks hooks);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Works with `slots` more threads until the owner is finished and no job runs. The calling
  /// thread is one of them, without hooks.
  void run();

  int slots() const { return slots_; }
  int running() const { return running_.load(std::memory_order_relaxed); }
  std::size_t waiting() const { return queued_.load(std::memory_order_relaxed); }

  /// When the job that waits longest for a slot began to wait; nothing where none waits.
  std::optional<SteadyTime> waiting_since();
  /// Takes out the jobs that have waited since `limit` or longer. The loop's owner only.
  std::vector<Job*> take_waiting(SteadyTime limit);

 private:
  // hold_ says who has the loop: the number of the leader's latest call, and one of these.
  static constexpr std::uint64_t kNobody = 0;
  static constexpr std::uint64_t kLeading = 1;  // in the loop: not to be taken
  static constexpr std::uint64_t kCalling = 2;  // in a job: a follower may take the loop
  static constexpr std::uint64_t kState = 3;
  static constexpr std::uint64_t kNextCall = 4;
  static constexpr milliseconds kTick{1};
  static constexpr milliseconds kLongTick{8};
  static constexpr int kQuietTicks = 3;
  static constexpr int kBriskTicks = 50;

  struct Lookout;

  void serve();
  bool follow();
  bool may_take(std::uint64_t hold, const Lookout& lookout) const;
  void begin_watch(Lookout& lookout);
  void look(std::uint64_t hold, Lookout& lookout);
  void lead();
  bool call_in_place(Job& job);
  void announce_call(std::uint64_t call, bool hand_over);
  void run_measured(Job& job, int slot);
  void hand_back(Job& job, int slot);
  bool place(Job& job);
  void drain_returned();
  int take_slot();
  void free_slot(int slot);

  LoopOwner& owner_;
  const int slots_;
  const ThreadHooks hooks_;
  Pace pace_;

  std::atomic<std::uint64_t> hold_{kNobody};
  std::atomic<bool> watched_{false};  // a follower looks at hold_ every tick
  std::atomic<bool> polling_{false};  // the leader is in wait(), or about to be
  std::atomic<int> running_{0};
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::size_t> returned_count_{0};
  std::array<std::atomic<std::uint64_t>, kMostSlots / 64> taken_{};  // a bit a slot

  std::mutex mutex_;  // guards what follows
  std::condition_variable followers_;
  std::uint64_t invited_ = 0;  // the call during which a follower is to take the loop at once
  struct Waiting {
    Job* job;
    SteadyTime since;
  };
  std::deque<Waiting> queue_;  // jobs without a slot; not empty only while all are taken
  std::vector<Job*> returned_;
  bool ended_ = false;
};

}  // namespace penstock::server
