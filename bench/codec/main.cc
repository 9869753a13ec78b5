// SPDX-License-Identifier: MIT
// What the protocols cost without sockets, threads and Python: to make a request of the bytes that
// the load sends for it, the same one in each protocol, and to write the answer to it. With
// "decode/uwsgi 1000" it does that so often and nothing else, for callgrind.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "load/request.h"
#include "proto/fastcgi/session.h"
#include "proto/http1/session.h"
#include "proto/scgi/session.h"
#include "proto/session.h"
#include "proto/uwsgi/session.h"

namespace penstock::bench {
namespace {

using proto::Session;
using MakeSession = std::function<std::unique_ptr<Session>()>;

const proto::Endpoints kEndpoints{"127.0.0.1", "50000", "localhost", "8080"};

MakeSession sessions_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::Http:
      return [] { return proto::http1::make_session(kEndpoints, {}); };
    case Protocol::Uwsgi:
      return [] { return proto::uwsgi::make_session(kEndpoints, {}); };
    case Protocol::Fastcgi:
      return [] { return proto::fastcgi::make_session(kEndpoints, {}); };
    case Protocol::Scgi:
      return [] { return proto::scgi::make_session(kEndpoints, {}); };
  }
  return {};
}

/// Makes a request of its bytes, from the first one to the last; the request object is used again.
class Decoder {
 public:
  /// `close`: each on a connection of its own.
  Decoder(Protocol protocol, bool close)
      : make_(sessions_of(protocol)), close_(close), wire_(wire_of(protocol, close)) {
    session_ = make_();
  }

  void once() {
    if (close_) session_ = make_();
    request_.reset();
    std::string_view input = wire_;
    proto::Event event;
    do {
      event = session_->next(input, request_);
      input.remove_prefix(event.consumed);
      CHECK(event.kind == proto::Event::Kind::Begin || event.kind == proto::Event::Kind::Head ||
            event.kind == proto::Event::Kind::End);
    } while (event.kind != proto::Event::Kind::End);
    benchmark::DoNotOptimize(request_);
    if (close_) return;
    // A connection that stays takes the next request when this one is answered.
    out_.clear();
    session_->encode_end(event.stream, http::Framing::None, out_);
  }

  std::size_t bytes() const { return wire_.size(); }

 private:
  static std::string wire_of(Protocol protocol, bool close) {
    RequestOptions options;
    options.target = "/articles/2024/04/index.html?page=2&sort=asc";
    options.browser = true;
    options.close = close;
    return encode_request(protocol, options);
  }

  const MakeSession make_;
  const bool close_;
  const std::string wire_;
  std::unique_ptr<Session> session_;
  http::Request request_;
  std::string out_;
};

/// Writes an answer: a head of four fields, what stands around a body of one part, and the end.
class Encoder {
 public:
  explicit Encoder(Protocol protocol) : session_(sessions_of(protocol)()) {
    request_.protocol = "HTTP/1.1";
    request_.keep_alive = true;
    head_.status_line = "200 OK";
    head_.fields = {{"Content-Type", "text/html; charset=utf-8"},
                    {"Content-Length", "1024"},
                    {"X-Frame-Options", "DENY"},
                    {"Set-Cookie", "sessionid=0123456789abcdef; HttpOnly; Path=/; SameSite=Lax"}};
    CHECK(http::check_response_head(head_));
    answer_.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    answer_.body_length = kBody;
  }

  void once() {
    out_.clear();
    const proto::Encoded encoded = session_->encode_head(1, request_, head_, answer_, out_);
    session_->begin_part(1, encoded.framing, kBody, out_);
    session_->end_part(1, encoded.framing, kBody, out_);
    session_->encode_end(1, encoded.framing, out_);
    benchmark::DoNotOptimize(out_);
  }

  /// Of the last answer, without its body.
  std::size_t bytes() const { return out_.size(); }

 private:
  static constexpr std::size_t kBody = 1024;

  const std::unique_ptr<Session> session_;
  http::Request request_;
  http::ResponseHead head_;
  proto::Answer answer_;
  std::string out_;
};

struct Work {
  std::string name;
  std::function<void()> once;
  std::function<std::size_t()> bytes;
};

template <class Worker>
Work work(std::string name, std::shared_ptr<Worker> worker) {
  return {std::move(name), [worker] { worker->once(); }, [worker] { return worker->bytes(); }};
}

std::vector<Work> all_work() {
  std::vector<Work> all;
  for (const std::string name : {"http", "uwsgi", "fastcgi", "scgi"}) {
    const Protocol protocol = *protocol_named(name);
    const bool keeps = keeps_connections(protocol);
    all.push_back(work("decode/" + name, std::make_shared<Decoder>(protocol, !keeps)));
    if (keeps)
      all.push_back(work("decode/" + name + " closed", std::make_shared<Decoder>(protocol, true)));
    all.push_back(work("encode/" + name, std::make_shared<Encoder>(protocol)));
  }
  return all;
}

int repeat(std::string_view name, std::string_view times) {
  const auto count = text::parse_unsigned(times);
  for (const Work& one : all_work()) {
    if (one.name != name || !count) continue;
    for (std::uint64_t i = 0; i < *count; ++i)
      one.once();
    return 0;
  }
  std::fprintf(stderr, "bench_codec: decode/PROTOCOL or encode/PROTOCOL, and a number\n");
  return 2;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  using namespace penstock::bench;
  if (argc == 3 && argv[1][0] != '-') return repeat(argv[1], argv[2]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Work& one : all_work()) {
    benchmark::RegisterBenchmark(one.name.c_str(), [one](benchmark::State& state) {
      for (auto _ : state)
        one.once();
      state.counters["bytes"] = static_cast<double>(one.bytes());
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}
