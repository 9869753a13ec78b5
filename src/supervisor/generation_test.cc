// SPDX-License-Identifier: MIT
// Plays zygote and workers over their real channels; no process runs and no time passes.
#include "supervisor/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <set>
#include <utility>

namespace penstock::supervisor {
namespace {

using Kind = ipc::Message::Kind;
using WorkerState = WorkerProcess::State;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int kKilled = SIGKILL;  // a status of waitpid(2)
constexpr int status_of(int exit_code) {
  return exit_code << 8;
}

/// Hands out process ids and remembers what was done to them.
class FakeSystem final : public System {
 public:
  SteadyTime now() override { return time; }
  Result<pid_t> start_zygote(const ipc::Channel& theirs) override {
    if (zygotes_fail) return fail("no such interpreter");
    zygote_end = ipc::Channel(Fd(::dup(theirs.fd())));
    return zygote_pid = next_pid++;
  }
  Memory memory_of(pid_t pid) override { return memory[pid]; }
  void send_signal(pid_t pid, int signal) override { signals.emplace_back(pid, signal); }

  SteadyTime time = steady_now();
  std::map<pid_t, Memory> memory;
  bool zygotes_fail = false;
  pid_t next_pid = 1000;
  pid_t zygote_pid = 0;
  ipc::Channel zygote_end;
  std::vector<std::pair<pid_t, int>> signals;
};

class GenerationTest : public testing::Test, protected Generation::Owner {
 protected:
  GenerationTest() : scoreboard_(std::move(stats::Scoreboard::create(10, 1).value())) {}

  void make(int workers) {
    Generation::Settings settings;
    settings.workers = workers;
    make(settings);
  }
  void make(Generation::Settings settings) {
    settings.cores = 4;
    settings.grace = 10s;
    generation_ = std::make_unique<Generation>(
        settings, Generation::Surroundings{*loop_, system_, *this, scoreboard_});
    generation_->start();
  }
  /// Two workers that serve.
  void make_serving() {
    make(2);
    zygote_says({Kind::AppLoaded, 0, 0, 5});
    fork_all();
    ready(1);
    ready(2);
    ASSERT_EQ(events_, std::vector<std::string>{"serving"});
  }

  void worker_serving(Generation&, int number) override { served_.push_back(number); }
  void generation_serving(Generation&) override { events_.emplace_back("serving"); }
  void generation_failed(Generation&, int code) override {
    events_.push_back("failed " + std::to_string(code));
  }
  void generation_asleep(Generation&) override { events_.emplace_back("asleep"); }
  void generation_gone(Generation&) override { events_.emplace_back("gone"); }

  void turn() {
    for (int i = 0; i < 3; ++i) {
      loop_->collect(0ms);
      while (loop_->dispatch_next()) {
      }
    }
  }
  void pass(nanoseconds time) {
    system_.time += time;
    loop_->timers().expire(system_.time);
  }
  void zygote_says(const ipc::Message& message) {
    ASSERT_TRUE(system_.zygote_end.send(message));
    turn();
  }
  /// The slots of the workers that the zygote is asked for, at first their numbers; their channels
  /// are kept.
  std::vector<int> take_fork_requests() {
    std::vector<int> asked;
    for (auto got = system_.zygote_end.receive(false); got && *got;
         got = system_.zygote_end.receive(false)) {
      EXPECT_EQ((*got)->message.kind, Kind::Fork);
      EXPECT_TRUE((*got)->descriptor);
      asked.push_back((*got)->message.slot);
      worker_ends_[asked.back()] = ipc::Channel(std::move((*got)->descriptor));
    }
    return asked;
  }
  void fork_all() {
    for (const int number : take_fork_requests())
      zygote_says({Kind::Forked, number, system_.next_pid++, 0});
  }
  void ready(int number) {
    ASSERT_TRUE(worker_ends_[number].send({Kind::Ready, number, 0, 0}));
    turn();
  }
  void die(pid_t pid, int status) {
    generation_->exited(pid, status);
    turn();
  }
  void worker_dies(int number, int status) {
    worker_ends_[number] = {};
    die(worker(number).pid(), status);
  }
  void zygote_dies(int status) {
    system_.zygote_end = {};
    die(system_.zygote_pid, status);
  }
  /// The grace that worker `number` was told, in milliseconds; -1 if it was not told to stop.
  std::int64_t told_to_stop(int number) {
    const auto got = worker_ends_[number].receive(false);
    if (!got || !*got || (*got)->message.kind != Kind::Stop) return -1;
    return (*got)->message.value;
  }
  /// The same where others serve on.
  std::int64_t told_to_retire(int slot) {
    const auto got = worker_ends_[slot].receive(false);
    if (!got || !*got || (*got)->message.kind != Kind::Retire) return -1;
    return (*got)->message.value;
  }
  const WorkerProcess& worker(int number) const { return generation_->worker(number); }

  std::unique_ptr<net::Loop> loop_ = std::move(net::Loop::create().value());
  stats::Scoreboard scoreboard_;
  FakeSystem system_;
  std::map<int, ipc::Channel> worker_ends_;
  std::vector<std::string> events_;
  std::vector<int> served_;
  std::unique_ptr<Generation> generation_;
};

TEST_F(GenerationTest, ForksItsWorkersWhenTheAppIsLoadedAndServesWhenAllAreReady) {
  make(2);
  turn();
  EXPECT_THAT(take_fork_requests(), IsEmpty());
  EXPECT_EQ(worker(1).state(), WorkerState::Waiting);

  zygote_says({Kind::AppLoaded, 0, 0, 5});
  EXPECT_EQ(worker(1).state(), WorkerState::Forking);
  fork_all();
  EXPECT_EQ(worker(1).state(), WorkerState::Starting);
  EXPECT_EQ(worker(2).pid(), 1002);
  EXPECT_EQ(scoreboard_.worker(2).pid, 1002);
  EXPECT_EQ(scoreboard_.worker(2).state, stats::WorkerState::Starting);

  ready(2);
  EXPECT_THAT(events_, IsEmpty());
  ready(1);
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

TEST_F(GenerationTest, KnowsAWorkerThatWasReadyBeforeTheZygoteNamedIt) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  ready(1);
  EXPECT_EQ(worker(1).state(), WorkerState::Forking);
  zygote_says({Kind::Forked, 1, 77, 0});
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

TEST_F(GenerationTest, ReplacesADeadWorkerAtOnce) {
  make_serving();
  pass(1s);
  worker_dies(2, kKilled);
  EXPECT_THAT(take_fork_requests(), ElementsAre(2));
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  zygote_says({Kind::Forked, 2, 88, 0});
  ready(2);
  EXPECT_EQ(worker(2).pid(), 88);
  EXPECT_EQ(worker(2).state(), WorkerState::Serving);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

TEST_F(GenerationTest, WaitsLongerWithEachWorkerThatDiesYoung) {
  make_serving();
  for (const milliseconds delay : {100ms, 200ms, 400ms}) {
    worker_dies(1, status_of(1));
    pass(delay - 20ms);
    EXPECT_THAT(take_fork_requests(), IsEmpty()) << delay.count();
    pass(40ms);
    EXPECT_THAT(take_fork_requests(), ElementsAre(1)) << delay.count();
    zygote_says({Kind::Forked, 1, system_.next_pid++, 0});
    ready(1);
  }
}

TEST_F(GenerationTest, ReplacesAWorkerThatDiedBeforeTheZygoteNamedIt) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  die(77, kKilled);
  EXPECT_EQ(worker(1).state(), WorkerState::Forking);
  zygote_says({Kind::Forked, 1, 77, 0});
  EXPECT_EQ(worker(1).state(), WorkerState::Waiting);
  pass(200ms);
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
}

TEST_F(GenerationTest, LeavesTheEndOfStrangersAlone) {
  make_serving();
  die(4242, status_of(0));
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_EQ(generation_->zygote().state(), Zygote::State::Up);
  EXPECT_THAT(take_fork_requests(), IsEmpty());
}

TEST_F(GenerationTest, StartsAnotherZygoteWhileItsWorkersServeOn) {
  make_serving();
  const pid_t first = system_.zygote_pid;
  pass(5s);
  zygote_dies(kKilled);
  EXPECT_NE(system_.zygote_pid, first);
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_THAT(system_.signals, IsEmpty());

  // A worker that dies meanwhile waits for the new one.
  worker_dies(1, kKilled);
  EXPECT_EQ(worker(1).state(), WorkerState::Waiting);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
}

TEST_F(GenerationTest, AsksTheNextZygoteForAForkThatTheLastOneDidNotFinish) {
  make_serving();
  pass(5s);
  worker_dies(2, kKilled);
  ASSERT_THAT(take_fork_requests(), ElementsAre(2));
  zygote_dies(kKilled);
  EXPECT_EQ(worker(2).state(), WorkerState::Waiting);
  const auto orphan = worker_ends_[2].receive(false);
  EXPECT_TRUE(orphan && !*orphan) << "the end of its channel tells an orphan to go";

  zygote_says({Kind::AppLoaded, 0, 0, 5});
  EXPECT_THAT(take_fork_requests(), ElementsAre(2));
}

TEST_F(GenerationTest, TakesTheLastWordsOfADeadZygote) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  ASSERT_TRUE(system_.zygote_end.send({Kind::Forked, 1, 77, 0}));
  zygote_dies(kKilled);
  EXPECT_EQ(worker(1).state(), WorkerState::Starting);
  EXPECT_EQ(worker(1).pid(), 77);
}

TEST_F(GenerationTest, KeepsServingWhenTheAppCanNoLongerBeLoaded) {
  make_serving();
  pass(5s);
  zygote_dies(kKilled);
  for (int i = 0; i < 3; ++i) {
    zygote_says({Kind::AppFailed, 0, 0, 0});
    const pid_t failed = system_.zygote_pid;
    zygote_dies(status_of(kNoApp));
    EXPECT_EQ(system_.zygote_pid, failed);
    pass(5s);
    EXPECT_NE(system_.zygote_pid, failed);
  }
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

TEST_F(GenerationTest, GivesUpWhenTheFirstStartFails) {
  struct Case {
    bool says_so;
    int status;
    const char* outcome;
  };
  for (const Case& is :
       {Case{true, status_of(22), "failed 22"}, Case{false, kKilled, "failed 22"},
        Case{false, status_of(1), "failed 1"}, Case{false, status_of(3), "failed 22"},
        Case{true, status_of(1), "failed 22"}}) {
    SCOPED_TRACE(is.status);
    events_.clear();
    make(2);
    if (is.says_so) zygote_says({Kind::AppFailed, 0, 0, 0});
    zygote_dies(is.status);
    EXPECT_THAT(events_, ElementsAre(is.outcome, "gone"));
  }
}

TEST_F(GenerationTest, GivesUpWhenTheInterpreterCannotBeStarted) {
  system_.zygotes_fail = true;
  make(1);
  EXPECT_THAT(events_, ElementsAre("failed 1", "gone"));
}

TEST_F(GenerationTest, EndsTheFirstStartWithTheFirstWorkerThatFindsNoApp) {
  make(2);
  zygote_says({Kind::AppLoaded, 0, 0, 0});
  fork_all();
  ready(2);
  const pid_t other = worker(2).pid();
  worker_dies(1, status_of(kNoApp));
  EXPECT_THAT(events_, ElementsAre("failed 22"));
  EXPECT_THAT(system_.signals, UnorderedElementsAre(std::pair(other, SIGKILL),
                                                    std::pair(system_.zygote_pid, SIGKILL)));
  die(other, kKilled);
  zygote_dies(kKilled);
  EXPECT_THAT(events_, ElementsAre("failed 22", "gone"));
}

TEST_F(GenerationTest, RetriesWhenALaterWorkerFindsNoApp) {
  make_serving();
  worker_dies(1, status_of(kNoApp));
  EXPECT_EQ(worker(1).state(), WorkerState::Waiting);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

TEST_F(GenerationTest, RetriesAForkThatFailed) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  zygote_says({Kind::ForkFailed, 1, 0, EAGAIN});
  EXPECT_EQ(worker(1).state(), WorkerState::Waiting);
  pass(200ms);
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
}

TEST_F(GenerationTest, StopsGentlyAndIsGoneWithItsLastProcess) {
  make_serving();
  generation_->stop();
  turn();
  EXPECT_EQ(told_to_stop(1), 9000);
  EXPECT_EQ(told_to_stop(2), 9000);
  const auto end = system_.zygote_end.receive(false);
  EXPECT_TRUE(end && !*end);
  worker_dies(1, status_of(0));
  zygote_dies(status_of(0));
  EXPECT_THAT(events_, ElementsAre("serving"));
  worker_dies(2, status_of(0));
  EXPECT_THAT(events_, ElementsAre("serving", "gone"));
  EXPECT_THAT(system_.signals, IsEmpty());
  EXPECT_EQ(scoreboard_.worker(1).state, stats::WorkerState::Absent);
}

TEST_F(GenerationTest, KillsWhatIsStillThereAfterTheGrace) {
  make_serving();
  generation_->stop();
  const pid_t slow = worker(2).pid();
  worker_dies(1, status_of(0));
  zygote_dies(status_of(0));
  pass(9900ms);
  EXPECT_THAT(system_.signals, IsEmpty());
  pass(200ms);
  EXPECT_THAT(system_.signals, ElementsAre(std::pair(slow, SIGKILL)));
  die(slow, kKilled);
  EXPECT_THAT(events_, ElementsAre("serving", "gone"));
}

TEST_F(GenerationTest, KillsAZygoteThatOutlivesItsChannel) {
  make_serving();
  generation_->stop();
  worker_dies(1, status_of(0));
  worker_dies(2, status_of(0));
  pass(3s);
  EXPECT_THAT(system_.signals, ElementsAre(std::pair(system_.zygote_pid, SIGKILL)));
}

TEST_F(GenerationTest, KillsEverythingWhenAskedWithoutGrace) {
  make_serving();
  generation_->stop();
  generation_->kill();
  EXPECT_THAT(system_.signals, UnorderedElementsAre(std::pair(worker(1).pid(), SIGKILL),
                                                    std::pair(worker(2).pid(), SIGKILL),
                                                    std::pair(system_.zygote_pid, SIGKILL)));
}

TEST_F(GenerationTest, DoesNotWaitForAnImportWhenItStops) {
  make(2);
  turn();
  generation_->stop();
  EXPECT_THAT(system_.signals, ElementsAre(std::pair(system_.zygote_pid, SIGKILL)));
  zygote_dies(kKilled);
  EXPECT_THAT(events_, ElementsAre("gone"));
}

TEST_F(GenerationTest, WaitsForTheNameOfAWorkerThatIsBeingForkedWhenItStops) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  generation_->stop();
  turn();
  EXPECT_EQ(system_.zygote_end.receive(false).error().code, EAGAIN) << "its channel is open";

  zygote_says({Kind::Forked, 1, 77, 0});
  EXPECT_EQ(told_to_stop(1), 1800) << "it has no requests";
  zygote_dies(status_of(0));
  EXPECT_THAT(events_, IsEmpty());
  die(77, status_of(0));
  EXPECT_THAT(events_, ElementsAre("gone"));
}

TEST_F(GenerationTest, KillsAWorkerThatIsNamedAfterEverythingWasKilled) {
  make(1);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  ASSERT_THAT(take_fork_requests(), ElementsAre(1));
  ASSERT_TRUE(system_.zygote_end.send({Kind::Forked, 1, 77, 0}));
  generation_->kill();
  zygote_dies(kKilled);
  EXPECT_THAT(system_.signals,
              UnorderedElementsAre(std::pair(system_.zygote_pid, SIGKILL), std::pair(77, SIGKILL)));
  die(77, kKilled);
  EXPECT_THAT(events_, ElementsAre("gone"));
}

TEST_F(GenerationTest, KillsAWorkerThatLostItsChannelAndLivesOn) {
  make_serving();
  const pid_t deaf = worker(1).pid();
  worker_ends_[1] = {};
  turn();
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  pass(11s);
  EXPECT_THAT(system_.signals, ElementsAre(std::pair(deaf, SIGKILL)));
  die(deaf, kKilled);
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
}

TEST_F(GenerationTest, SurvivesMessagesThatMakeNoSense) {
  make_serving();
  const std::vector<ipc::Message> nonsense = {{Kind::Forked, 99, 5, 0},
                                              {Kind::Forked, 1, 5, 0},
                                              {Kind::ForkFailed, -1, 0, 0},
                                              {Kind::Ready, 1, 0, 0},
                                              {Kind::AppLoaded, 0, 0, 0}};
  for (const auto& message : nonsense)
    zygote_says(message);
  ready(1);
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  EXPECT_NE(worker(1).pid(), 5);
  EXPECT_THAT(events_, ElementsAre("serving"));
}

// Replacing

TEST_F(GenerationTest, ReplacesAWorkerOnlyWhenItsSuccessorServes) {
  make_serving();
  pass(1min);
  const pid_t old = worker(1).pid();
  generation_->replace(1, stats::RecycleReason::Asked);
  const std::vector<int> slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_NE(slots[0], 1) << "both need a slot";
  zygote_says({Kind::Forked, slots[0], 55, 0});
  EXPECT_EQ(worker(1).pid(), old);
  EXPECT_EQ(told_to_retire(1), -1);
  ready(slots[0]);
  EXPECT_EQ(worker(1).pid(), 55);
  EXPECT_EQ(told_to_retire(1), 9000);
  EXPECT_EQ(scoreboard_.worker(static_cast<std::size_t>(slots[0])).number, 1);

  die(old, status_of(0));
  EXPECT_EQ(worker(1).pid(), 55);
  generation_->replace(1, stats::RecycleReason::Asked);
  EXPECT_THAT(take_fork_requests(), ElementsAre(1)) << "the slot is used again";
}

TEST_F(GenerationTest, ReplacesOneWorkerAfterTheOther) {
  make_serving();
  pass(1min);
  generation_->roll(stats::RecycleReason::Asked);
  std::vector<int> slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  zygote_says({Kind::Forked, slots[0], 55, 0});
  EXPECT_THAT(take_fork_requests(), IsEmpty());
  ready(slots[0]);
  slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  zygote_says({Kind::Forked, slots[0], 56, 0});
  ready(slots[0]);
  EXPECT_EQ(worker(1).pid(), 55);
  EXPECT_EQ(worker(2).pid(), 56);
}

TEST_F(GenerationTest, DoesNotLetUrgentOnesWaitForTheirTurn) {
  make_serving();
  generation_->replace(1, stats::RecycleReason::Asked);
  EXPECT_EQ(take_fork_requests().size(), 1u);
  ASSERT_TRUE(worker_ends_[2].send(
      {Kind::Recycle, 0, 0, static_cast<std::int64_t>(stats::RecycleReason::Harakiri)}));
  turn();
  EXPECT_EQ(take_fork_requests().size(), 1u);
}

TEST_F(GenerationTest, KeepsAWorkerForItsLeastLifetime) {
  Generation::Settings settings;
  settings.workers = 1;
  settings.recycle.min_lifetime = 10s;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  fork_all();
  ready(1);
  pass(4s);
  generation_->replace(1, stats::RecycleReason::MaxRequests);
  EXPECT_THAT(take_fork_requests(), IsEmpty());
  pass(5900ms);
  EXPECT_THAT(take_fork_requests(), IsEmpty());
  pass(200ms);
  EXPECT_EQ(take_fork_requests().size(), 1u);
}

TEST_F(GenerationTest, ReplacesWorkersOfAgeAndOfSize) {
  Generation::Settings settings;
  settings.workers = 2;
  settings.recycle.min_lifetime = 0s;
  settings.recycle.rss = 100;
  settings.recycle.max_lifetime = 60s;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  fork_all();
  ready(1);
  ready(2);
  system_.memory[worker(2).pid()].resident = 101;
  const pid_t large = worker(2).pid();
  pass(1s);
  std::vector<int> slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  zygote_says({Kind::Forked, slots[0], 55, 0});
  ready(slots[0]);
  EXPECT_EQ(worker(2).pid(), 55);
  EXPECT_NE(worker(1).pid(), 55);
  die(large, status_of(0));
  pass(60s);
  EXPECT_EQ(take_fork_requests().size(), 1u);
}

TEST_F(GenerationTest, LetsTheSuccessorTakeOverFromAWorkerThatDies) {
  make_serving();
  pass(1min);
  generation_->replace(1, stats::RecycleReason::Asked);
  const std::vector<int> slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  zygote_says({Kind::Forked, slots[0], 55, 0});
  worker_dies(1, kKilled);
  EXPECT_THAT(take_fork_requests(), IsEmpty()) << "no third one";
  EXPECT_EQ(worker(1).pid(), 55);
  ready(slots[0]);
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
}

TEST_F(GenerationTest, TriesAgainWhenASuccessorDies) {
  make_serving();
  pass(1min);
  const pid_t old = worker(1).pid();
  generation_->replace(1, stats::RecycleReason::Asked);
  std::vector<int> slots = take_fork_requests();
  ASSERT_EQ(slots.size(), 1u);
  zygote_says({Kind::Forked, slots[0], 55, 0});
  worker_ends_[slots[0]] = {};
  die(55, status_of(kNoApp));
  EXPECT_EQ(worker(1).pid(), old);
  EXPECT_EQ(worker(1).state(), WorkerState::Serving);
  pass(200ms);
  EXPECT_EQ(take_fork_requests(), slots);
}

TEST_F(GenerationTest, KillsAWorkerThatDoesNothingAboutARequestOverItsTimeLimit) {
  Generation::Settings settings;
  settings.workers = 1;
  settings.hung_after = 20s;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  fork_all();
  ready(1);
  scoreboard_.core(1, 0).deadline = system_.time.time_since_epoch().count();
  pass(19s);
  EXPECT_THAT(system_.signals, IsEmpty());
  pass(2s);
  EXPECT_THAT(system_.signals, ElementsAre(std::pair(worker(1).pid(), SIGKILL)));
}

// More and fewer

TEST_F(GenerationTest, BeginsWithTheLeastNumberAndGrowsAndShrinks) {
  Generation::Settings settings;
  settings.workers = 3;
  settings.elastic.minimum = 1;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
  zygote_says({Kind::Forked, 1, 51, 0});
  ready(1);
  EXPECT_THAT(events_, ElementsAre("serving"));

  scoreboard_.worker(1).running = 4;  // all of its threads
  pass(1s);
  EXPECT_THAT(take_fork_requests(), ElementsAre(2));
  zygote_says({Kind::Forked, 2, 52, 0});
  pass(1s);
  EXPECT_THAT(take_fork_requests(), IsEmpty()) << "one starts already";
  ready(2);
  scoreboard_.worker(1).running = 0;
  for (int i = 0; i < 10; ++i)
    pass(500ms);
  turn();
  EXPECT_EQ(told_to_retire(2), 9000);
  EXPECT_EQ(generation_->places().filled(), 1);
}

TEST_F(GenerationTest, SleepsWithoutRequestsAndWakes) {
  Generation::Settings settings;
  settings.workers = 2;
  settings.elastic.idle = 5s;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  fork_all();
  ready(1);
  ready(2);
  scoreboard_.totals().requests = 7;
  for (int i = 0; i < 20; ++i)
    pass(500ms);
  EXPECT_THAT(events_, ElementsAre("serving", "asleep"));
  EXPECT_TRUE(generation_->is_asleep());
  EXPECT_EQ(told_to_retire(1), 9000);
  EXPECT_EQ(told_to_retire(2), 9000);
  generation_->wake();
  EXPECT_EQ(take_fork_requests().size(), 2u);
}

TEST_F(GenerationTest, BeginsNextWorkersWhenThoseBeforeServeIfAskedTo) {
  Generation::Settings settings;
  settings.workers = 2;
  settings.one_at_a_time = true;
  make(settings);
  zygote_says({Kind::AppLoaded, 0, 0, 5});
  EXPECT_THAT(take_fork_requests(), ElementsAre(1));
  zygote_says({Kind::Forked, 1, 51, 0});
  EXPECT_THAT(take_fork_requests(), IsEmpty());
  ready(1);
  EXPECT_THAT(served_, ElementsAre(1));
  EXPECT_THAT(take_fork_requests(), ElementsAre(2));
  zygote_says({Kind::Forked, 2, 52, 0});
  ready(2);
  EXPECT_THAT(served_, ElementsAre(1, 2));
  EXPECT_THAT(events_, ElementsAre("serving"));
}

}  // namespace
}  // namespace penstock::supervisor
