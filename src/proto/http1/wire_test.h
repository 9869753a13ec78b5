// SPDX-License-Identifier: MIT
// For the tests of this folder: what a session says of bytes, however they arrive.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "proto/http1/session.h"
#include "proto/transcript.h"

namespace penstock::proto::http1 {

inline Endpoints test_endpoints() {
  return {.remote_address = "192.0.2.1",
          .remote_port = "4000",
          .server_name = "fallback",
          .server_port = "8000"};
}

/// What the session says of bytes that come in pieces of `piece` bytes, and then end.
inline std::string play(std::string_view wire, std::size_t piece, const Limits& limits = {}) {
  const auto session = make_session(test_endpoints(), limits);
  Transcript transcript(*session);
  for (std::size_t at = 0; at < wire.size(); at += piece)
    transcript.feed(wire.substr(at, piece));
  transcript.end();
  return transcript.text();
}

/// The same at once, and a failure where any other way to cut the bytes gives something else.
inline std::string play_at_every_cut(std::string_view wire, const Limits& limits = {}) {
  const std::string whole = play(wire, std::max<std::size_t>(wire.size(), 1), limits);
  EXPECT_EQ(play(wire, 1, limits), whole) << "byte by byte";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    const auto session = make_session(test_endpoints(), limits);
    Transcript transcript(*session);
    transcript.feed(wire.substr(0, cut));
    transcript.feed(wire.substr(cut));
    transcript.end();
    EXPECT_EQ(transcript.text(), whole) << "cut at " << cut;
  }
  return whole;
}

}  // namespace penstock::proto::http1
