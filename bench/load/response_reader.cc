// SPDX-License-Identifier: MIT
#include "load/response_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace penstock::bench {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find(kLineEnd);
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + kLineEnd.size());
  return line;
}

}  // namespace

ResponseReader::Progress ResponseReader::read(std::string_view& bytes) {
  for (;;) {
    Progress progress = Progress::More;
    switch (state_) {
      case State::Head:
        if (bytes.empty()) return Progress::More;
        progress = read_head(bytes);
        break;
      case State::Length:
        progress = read_counted(bytes, State::Head);
        if (progress == Progress::Complete) return complete();
        break;
      case State::Chunk:
        progress = read_counted(bytes, State::ChunkEnd);
        break;
      case State::ChunkSize:
        progress = read_chunk_size(bytes);
        break;
      case State::ChunkEnd:
      case State::Trailer: {
        std::string_view line;
        progress = read_line(bytes, line);
        if (progress != Progress::Complete) break;
        if (state_ == State::ChunkEnd) {
          state_ = State::ChunkSize;
        } else if (line.empty()) {
          return complete();
        }
        partial_.clear();
        break;
      }
      case State::UntilClose:
        body_bytes_ += bytes.size();
        bytes = {};
        return Progress::More;
    }
    if (progress != Progress::Complete) return progress;
  }
}

ResponseReader::Progress ResponseReader::end() {
  if (state_ == State::UntilClose) return complete();
  return begun_ ? Progress::Bad : Progress::More;
}

ResponseReader::Progress ResponseReader::complete() {
  state_ = State::Head;
  begun_ = false;
  partial_.clear();
  return Progress::Complete;
}

/// Complete: the head is understood.
ResponseReader::Progress ResponseReader::read_head(std::string_view& bytes) {
  begun_ = true;
  std::string_view head = bytes;
  const std::size_t before = partial_.size();
  if (before > 0) head = partial_.append(bytes);
  const std::size_t end = head.find(kHeadEnd);
  if (end == head.npos) {
    if (before == 0) partial_ = bytes;
    bytes = {};
    return Progress::More;
  }
  const std::size_t size = end + kHeadEnd.size();
  bytes.remove_prefix(size - before);
  head = head.substr(0, size);
  if (head != last_head_) {
    if (!understand_head(head)) return Progress::Bad;
    last_head_ = head;
  }
  partial_.clear();
  body_bytes_ = 0;
  left_ = length_;
  state_ = after_head_;
  return Progress::Complete;
}

/// Complete: what was counted is all there.
ResponseReader::Progress ResponseReader::read_counted(std::string_view& bytes, State next) {
  const std::uint64_t size = std::min<std::uint64_t>(left_, bytes.size());
  bytes.remove_prefix(static_cast<std::size_t>(size));
  left_ -= size;
  body_bytes_ += size;
  if (left_ > 0) return Progress::More;
  state_ = next;
  return Progress::Complete;
}

/// Complete: `line` is whole; it lives until partial_ or the bytes change.
ResponseReader::Progress ResponseReader::read_line(std::string_view& bytes,
                                                   std::string_view& line) {
  const std::size_t end = bytes.find('\n');
  if (end == bytes.npos) {
    partial_ += bytes;
    bytes = {};
    return Progress::More;
  }
  line = bytes.substr(0, end);
  if (!partial_.empty()) line = partial_.append(line);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  bytes.remove_prefix(end + 1);
  return Progress::Complete;
}

ResponseReader::Progress ResponseReader::read_chunk_size(std::string_view& bytes) {
  std::string_view line;
  if (const Progress progress = read_line(bytes, line); progress != Progress::Complete) {
    return progress;
  }
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  if (error != std::errc{} || end == line.data()) return Progress::Bad;
  partial_.clear();
  state_ = left_ == 0 ? State::Trailer : State::Chunk;
  return Progress::Complete;
}

bool ResponseReader::understand_head(std::string_view head) {
  std::string_view rest = head.substr(0, head.size() - kLineEnd.size());
  status_ = 200;
  closes_ = true;
  const bool has_status_line = head_ == Head::Http || rest.starts_with("HTTP/");
  if (has_status_line && !understand_status_line(next_line(rest))) return false;
  length_ = 0;
  after_head_ = State::UntilClose;
  while (!rest.empty()) {
    const std::string_view field = next_line(rest);
    const std::size_t colon = field.find(':');
    if (colon == field.npos) return false;
    if (!understand_field(field.substr(0, colon), text::trim(field.substr(colon + 1))))
      return false;
  }
  if (status_ == 204 || status_ == 304) after_head_ = State::Length;
  if (after_head_ == State::UntilClose) closes_ = true;
  return true;
}

bool ResponseReader::understand_status_line(std::string_view line) {
  closes_ = line.starts_with("HTTP/1.0 ");
  if (!closes_ && !line.starts_with("HTTP/1.1 ")) return false;
  return understand_status(line.substr(9));
}

/// "200 OK"
bool ResponseReader::understand_status(std::string_view text) {
  const auto status = text::parse_unsigned(text.substr(0, 3));
  if (status) status_ = static_cast<int>(*status);
  return status.has_value();
}

bool ResponseReader::understand_field(std::string_view name, std::string_view value) {
  if (text::equals_ignoring_case(name, "Content-Length")) {
    const auto length = text::parse_unsigned(value);
    if (!length) return false;
    length_ = *length;
    after_head_ = State::Length;
  } else if (text::equals_ignoring_case(name, "Transfer-Encoding")) {
    after_head_ = State::ChunkSize;
  } else if (head_ == Head::Cgi && text::equals_ignoring_case(name, "Status")) {
    return understand_status(value);
  } else if (text::equals_ignoring_case(name, "Connection")) {
    if (text::equals_ignoring_case(value, "close")) closes_ = true;
    if (text::equals_ignoring_case(value, "keep-alive")) closes_ = false;
  }
  return true;
}

}  // namespace penstock::bench
