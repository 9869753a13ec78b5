// SPDX-License-Identifier: MIT
#include "load/fastcgi_reader.h"

#include "proto/fastcgi/record.h"

namespace penstock::bench {
namespace {

namespace wire = proto::fastcgi;

constexpr std::size_t kEndSize = 8;
constexpr std::size_t kProtocolStatus = 4;  // its place in there

std::string_view take(std::string_view& bytes, std::size_t most) {
  const std::string_view front = bytes.substr(0, most);
  bytes.remove_prefix(front.size());
  return front;
}

}  // namespace

FastcgiReader::Progress FastcgiReader::read(std::string_view& bytes) {
  while (!bytes.empty()) {
    begun_ = true;
    if (header_.size() < wire::kHeaderSize) {
      header_ += take(bytes, wire::kHeaderSize - header_.size());
      if (header_.size() < wire::kHeaderSize) return Progress::More;
      if (!begin_record()) return Progress::Bad;
    }
    const std::string_view content = take(bytes, content_left_);
    content_left_ -= content.size();
    if (!use(content)) return Progress::Bad;
    padding_left_ -= take(bytes, padding_left_).size();
    if (content_left_ + padding_left_ > 0) return Progress::More;
    header_.clear();
    if (type_ == wire::kEndRequest) return finish();
  }
  return Progress::More;
}

bool FastcgiReader::begin_record() {
  const wire::RecordHeader header = wire::read_header(header_);
  if (header.version != wire::kVersion || header.id != 1) return false;
  type_ = header.type;
  content_left_ = header.content;
  padding_left_ = header.padding;
  if (type_ == wire::kEndRequest) return header.content == kEndSize;
  return type_ == wire::kStdout || type_ == wire::kStderr;
}

bool FastcgiReader::use(std::string_view content) {
  if (type_ == wire::kEndRequest) end_ += content;
  if (type_ != wire::kStdout) return true;
  while (!content.empty()) {
    if (whole_) return false;  // more than its Content-Length
    const Progress progress = response_.read(content);
    if (progress == Progress::Bad) return false;
    whole_ = progress == Progress::Complete;
  }
  return true;
}

FastcgiReader::Progress FastcgiReader::finish() {
  if (end_[kProtocolStatus] != 0) return Progress::Bad;
  if (!whole_ && response_.end() != Progress::Complete) return Progress::Bad;
  whole_ = false;
  begun_ = false;
  end_.clear();
  return Progress::Complete;
}

}  // namespace penstock::bench
