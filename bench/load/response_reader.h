// SPDX-License-Identifier: MIT
// Finds where answers end in what a server sends: HTTP/1.1, what a uwsgi server answers, which
// looks the same and ends with the connection, and what a CGI program says, whose status is a
// field. Pure. It trusts the server more than a client may.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::bench {

class ResponseReader {
 public:
  enum class Progress : std::uint8_t {
    More,      // all bytes are used, the answer is not whole
    Complete,  // an answer ended
    Bad,       // this is no answer
  };

  /// How an answer begins. Cgi: with its fields, one of which may be `Status`; or as HTTP.
  enum class Head : std::uint8_t { Http, Cgi };

  explicit ResponseReader(Head head = Head::Http) : head_(head) {}

  /// Takes bytes off the front of `bytes` until an answer ends. After Bad only reset() helps.
  Progress read(std::string_view& bytes);

  /// The server closed. Complete if that ends the answer, More if nothing had begun.
  Progress end();

  void reset() { *this = ResponseReader(head_); }

  // Of the answer that is complete:
  int status() const { return status_; }
  std::uint64_t body_bytes() const { return body_bytes_; }
  /// The server will close the connection after it.
  bool closes() const { return closes_; }

 private:
  enum class State : std::uint8_t { Head, Length, ChunkSize, Chunk, ChunkEnd, Trailer, UntilClose };

  Progress read_head(std::string_view& bytes);
  Progress read_counted(std::string_view& bytes, State next);
  Progress read_line(std::string_view& bytes, std::string_view& line);
  Progress read_chunk_size(std::string_view& bytes);
  bool understand_head(std::string_view head);
  bool understand_status_line(std::string_view line);
  bool understand_status(std::string_view text);
  bool understand_field(std::string_view name, std::string_view value);
  Progress complete();

  Head head_;
  State state_ = State::Head;
  State after_head_ = State::Head;  // of the last head, which the next one often repeats
  std::uint64_t length_ = 0;        // Content-Length of that head
  std::uint64_t left_ = 0;          // of the body or the chunk
  std::uint64_t body_bytes_ = 0;
  int status_ = 0;
  bool closes_ = false;
  bool begun_ = false;
  std::string partial_;    // of a head or line that one read did not complete
  std::string last_head_;  // understood already
};

}  // namespace penstock::bench
