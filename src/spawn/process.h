// SPDX-License-Identifier: MIT
// One running program: its pipes, its time limit and its end. It leads a process group, and
// whatever is left of the group when the program has ended is ended too.
#pragma once

#include <sys/resource.h>

#include <optional>

#include "base/clock.h"
#include "spawn/inlet.h"
#include "spawn/launch.h"
#include "spawn/outlet.h"

namespace penstock::spawn {

class Hub;
class Process;

/// What an event of the hub is about.
enum class Channel : std::uint8_t { Input, Output, Errors, Exit };
struct Watch {
  Process* process = nullptr;
  Channel channel = Channel::Exit;
};

/// Which processes of the group outlive the program itself.
enum class Leftovers : std::uint8_t { Ended, Kept };

struct Terms {
  std::optional<nanoseconds> timeout = std::nullopt;  // then the group is ended
  nanoseconds grace = 2s;                             // from SIGTERM to SIGKILL; 0: SIGKILL at once
  Leftovers leftovers = Leftovers::Ended;
};

struct Setup {
  Child child;
  SteadyTime started;  // before the launch
  Terms terms;
  Fd input;  // our ends of its pipes, where it has them
  Fd output;
  Fd errors;
  Sink* output_sink = nullptr;  // outlive the process
  Sink* errors_sink = nullptr;
  InletTerms output_terms;
  InletTerms errors_terms;
  void* owner = nullptr;  // for whoever reads the hub's news
};

/// How a program ended.
struct Ending {
  int status = 0;               // exit code, or minus the signal
  bool is_status_known = true;  // no: other code of this process reaped it
  bool timed_out = false;
  nanoseconds wall{};
  nanoseconds user_time{};  // with children that it waited for; so the next two
  nanoseconds system_time{};
  std::int64_t peak_memory = 0;  // bytes resident. Linux counts from the memory of this process
                                 // on, so for a smaller program it is this process's
};

/// What a hub's turn may tell of a process: a sum of these.
inline constexpr unsigned kOutput = 1;
inline constexpr unsigned kErrors = 2;
inline constexpr unsigned kInput = 4;
inline constexpr unsigned kTimedOut = 8;
inline constexpr unsigned kEnded = 16;

/// Used by one thread at a time, like its hub, which must outlive it.
class Process {
 public:
  Process(Hub& hub, Setup setup);
  /// To be called once. After an error the process is to be destroyed.
  Result<> begin();
  /// Kills the group if the program still runs, and waits for that (a second at most).
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return child_.pid; }
  void* owner() const { return owner_; }
  /// The program has ended, or was told to.
  bool is_ending() const { return phase_ != Phase::Running || terminating_; }
  /// Set once all is over: no pipe, no timer and no zombie is left.
  const std::optional<Ending>& ending() const { return ending_; }

  /// Sends a signal to the program alone. False: it has ended.
  bool signal(int number);
  /// SIGTERM to the group; SIGKILL after the grace time.
  void terminate();
  /// SIGKILL to the group.
  void kill();

  void write(Piece piece);
  void finish_input();
  const Outlet& input() const { return input_; }
  const Inlet& output() const { return output_; }
  const Inlet& errors() const { return errors_; }
  /// Reading goes on, by these terms, if it was paused and the sink is emptier now.
  void resume_output(InletTerms terms);

 private:
  friend class Hub;
  enum class Phase : std::uint8_t { Running, Lingering, Ended };

  // For the hub.
  unsigned take_news() { return std::exchange(news_, 0U); }
  void on_event(Channel channel, bool hung_up, std::size_t& budget);
  void on_deadline();
  void end_now(SteadyTime latest);
  void abandon();

  Result<> watch(int fd, std::uint32_t events, Channel channel);
  void stop_watching(int fd, Channel channel);
  void tell(unsigned news);
  void pump_output(Inlet& inlet, Channel channel, bool hung_up, std::size_t& budget);
  void pump_input();
  void push_input();
  bool look_for_exit();
  void on_exit();
  void linger();
  void drain();
  void finish();
  void close_pipes();
  void reap();
  void signal_group(int number);
  void set_deadline(std::optional<SteadyTime> when);

  Hub& hub_;
  Child child_;
  SteadyTime started_;
  Terms terms_;
  Outlet input_;
  Inlet output_;
  Inlet errors_;
  void* owner_;
  Watch watches_[4];
  unsigned watched_ = 0;  // bit per channel
  unsigned news_ = 0;
  std::optional<SteadyTime> deadline_;
  Phase phase_ = Phase::Running;
  bool terminating_ = false;
  bool killed_ = false;
  bool exited_normally_ = false;
  Ending so_far_;
  std::optional<Ending> ending_;
};

}  // namespace penstock::spawn
