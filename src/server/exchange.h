// SPDX-License-Identifier: MIT
// One request and its answer: what an Application sees as app::Exchange. It frames the answer in
// the connection's protocol and writes it to the connection's outbox.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/exchange.h"
#include "base/clock.h"
#include "http/body.h"
#include "http/request.h"
#include "proto/session.h"
#include "server/context.h"
#include "server/crew.h"
#include "server/exchange_record.h"
#include "server/gather.h"
#include "server/input_buffer.h"
#include "server/outbox.h"

namespace penstock::server {

/// Made by the pool of a worker and used again. From Context::ready() until it is returned it
/// belongs to the thread that runs it; before and after to the loop.
class Exchange final : public app::Exchange, public Job {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // app::Exchange
  const http::Request& request() const override { return request_; }
  const http::Body& body() const override { return body_; }
  void inform(const http::ResponseHead& head) override;
  void start(const http::ResponseHead& head, std::optional<std::uint64_t> body_length) override;
  bool started() const override { return started_; }
  bool head_sent() const override { return head_sent_; }
  bool finish_may_wait() const override {
    return head_sent_ || outbox_->state() != Outbox::State::Clear;
  }
  Result<> send(std::span<const std::string_view> parts) override;
  bool send_soon(std::string_view part) override;
  Result<> send_file(Fd file, std::uint64_t offset, std::uint64_t length) override;
  void finish(std::span<const std::string_view> last) override;
  void abort(http::Rejection rejection) override;
  int descriptor() const override;
  void disconnect() override;
  void report(std::string_view lines) override;
  nanoseconds* lock_wait() override;
  void set_log_variable(std::string_view name, std::string_view value) override;
  std::optional<std::string_view> log_variable(std::string_view name) const override;
  void log_in_any_case() override { record_.log_in_any_case = true; }
  void called() override;
  void limit_time(milliseconds limit) override;
  std::uint64_t slow_number() const override {
    return slow_number_.load(std::memory_order_acquire);
  }
  bool overdue() const override { return overdue_.load(std::memory_order_acquire); }

  // Job
  void run(int slot) noexcept override;

  // For the connection, on the loop.
  void attach(Connection& connection, proto::Session& session, Outbox& outbox, Context& context);
  void received_head(std::uint32_t stream, const BufferRef& buffer);
  http::Request& incoming_request() { return request_; }
  http::Body& incoming_body() { return body_; }
  /// The body stays in this buffer.
  void keep_body_in(const BufferRef& buffer) { body_buffer_ = buffer; }
  Connection& connection() const { return *connection_; }
  std::uint32_t stream() const { return stream_; }
  bool keep_alive() const {
    return claim_.load(std::memory_order_relaxed) == Claim::Server ? late_keep_alive_ : keep_alive_;
  }
  /// Its answer is not whole, and only the connection's end can tell that.
  bool was_cut() const { return cut_; }
  /// The peer does not want the answer any more; it may be running.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  /// The exchange came to the loop: from an app thread after answer(), or with its complete answer
  /// where that was later than answer(). True when it is the loop's alone.
  bool arrive() { return completed_in_answer_ || ++arrivals_ == 2; }
  /// The server's own answer instead of the application's; on the loop.
  void refuse(const http::Rejection& rejection);
  /// The server's own answer to a question about its health; on the loop, not logged or counted.
  void answer_health(bool healthy);
  void set_last_of_connection() { may_keep_alive_ = false; }
  /// Its answer, for the counters; null where it was counted already or is not to be.
  const ExchangeRecord* to_be_counted() const { return counted_ ? nullptr : &record_; }

  // Its time limit, for the loop, while an app thread runs it.
  /// When something is to be done about it next, if ever.
  std::optional<SteadyTime> due() const;
  /// The application was called(): what is late is late through its own fault.
  bool is_in_app() const { return in_app_.load(std::memory_order_acquire); }
  /// The limit has passed: answers `rejection`, or cuts an answer that has begun. False: it is
  /// sending in this moment, so try again.
  bool time_out(const http::Rejection& rejection);
  /// It has not ended within the grace either: it is due() no more.
  void give_up() { hung_ = true; }
  /// Its client is answered, and nobody can say when it ends.
  bool is_given_up() const { return hung_ || (overdue() && !is_in_app()); }
  /// When it will have run for long enough that its stack is worth a look; once.
  std::optional<SteadyTime> slow_due() const;
  void set_slow_number(std::uint64_t number) {
    slow_number_.store(number, std::memory_order_release);
  }
  /// The thread that runs it, and its number for the kernel; once it has a limit.
  pthread_t thread() const { return thread_; }
  pid_t thread_number() const { return thread_number_; }
  std::int64_t began_at() const { return record_.wall_micros / 1'000'000; }  // since the epoch
  /// "GET /path from 127.0.0.1 has run for 3.0 seconds", escaped.
  std::string describe() const;
  /// Complete and given to the worker; not yet returned.
  bool is_running() const { return running_; }
  void begin_running();
  /// Empty, as new, for the next request.
  void reset();

  Exchange* next = nullptr;        // in its connection's list
  Exchange* next_ready = nullptr;  // in the worker's queue

 private:
  void encode_head(const http::ResponseHead& head, std::optional<std::uint64_t> body_length);
  Result<> send_parts(std::span<const std::string_view> parts, bool last);
  std::uint64_t permitted(std::uint64_t size);
  void add_part(std::string_view part);
  void write(std::span<iovec> parts);
  void write_short(std::string_view bytes);
  void write_file(const Outbox::FilePart& part);
  void take(Outbox::State state);
  class WriteClock;
  void complete_record();
  void complete();
  void cut();
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  bool may_outlive() const;
  void enter_roster();
  void identify_thread();
  bool claim();
  void lose_claim() { failed_ = counted_ = true; }
  void account(const ExchangeRecord& record);
  void answer_late(const http::Rejection& rejection);

  Connection* connection_ = nullptr;
  proto::Session* session_ = nullptr;
  Outbox* outbox_ = nullptr;
  Context* context_ = nullptr;
  BufferRef buffer_;       // the bytes that the request's views point into
  BufferRef body_buffer_;  // the same of a body that was not copied
  http::Request request_;
  http::Body body_;
  std::uint32_t stream_ = 0;

  Gather gather_;  // what leaves next: the head until it is sent, parts, framing
  http::Framing framing_kind_ = http::Framing::UntilClose;
  SteadyTime sent_at_{};                    // when send() was called last
  std::size_t held_ = 0;                    // bytes given to send_soon() since then
  std::optional<std::uint64_t> remaining_;  // of a declared Content-Length
  bool may_keep_alive_ = true;
  bool keep_alive_ = false;
  bool started_ = false;
  bool head_sent_ = false;
  bool running_ = false;
  bool failed_ = false;  // the peer is gone
  bool done_ = false;
  bool cut_ = false;
  std::atomic<bool> cancelled_{false};
  // answer() and the answer may end on different threads: the second of them tells the loop.
  static constexpr std::uint8_t kReturned = 1;
  static constexpr std::uint8_t kCompleted = 2;
  std::atomic<std::uint8_t> ended_{0};
  bool completed_in_answer_ = false;
  int arrivals_ = 0;  // the loop's
  ExchangeRecord record_;
  nanoseconds cpu_begin_{0};  // of runner_, when it called the application
  pthread_t runner_{};
  bool counted_ = false;

  // The time limit. The loop may answer for an application that is late, and one of the two only.
  enum class Claim : std::uint8_t {
    Open,
    Informing,    // the application sends an interim answer in this moment
    Application,  // its answer has begun
    Server,       // the loop has answered
  };
  std::atomic<Claim> claim_{Claim::Open};
  std::atomic<std::int64_t> deadline_{0};  // steady clock, ns; 0: none
  std::atomic<bool> overdue_{false};
  std::atomic<bool> in_app_{false};
  std::atomic<std::uint64_t> slow_number_{0};  // the loop's; 0: its stack was not looked at
  bool timed_ = false;                         // the app thread's: it ever had a deadline
  SteadyTime standard_deadline_{};             // the server's own; zero: none
  pthread_t thread_{};  // that runs it, and its number for the kernel; if timed_
  pid_t thread_number_ = 0;
  // The loop's:
  bool hung_ = false;
  bool late_keep_alive_ = false;  // the connection outlives the answer that the loop gave
};

}  // namespace penstock::server
