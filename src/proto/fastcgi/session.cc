// SPDX-License-Identifier: MIT
#include "proto/fastcgi/session.h"

#include <cstdint>

#include "proto/fastcgi/receiver.h"
#include "proto/fastcgi/record.h"
#include "proto/fastcgi/streams.h"

namespace penstock::proto::fastcgi {

namespace {

std::uint16_t id_of(std::uint32_t stream) {
  return static_cast<std::uint16_t>(stream);
}

/// Encoders have no state of their own, so threads that answer different requests do not meet.
class FastCgiSession final : public Session {
 public:
  FastCgiSession(const Endpoints& endpoints, const Limits& limits, const Capacity& capacity,
                 HeadForm form)
      : form_(form), receiver_(endpoints, limits, capacity, active_) {}

  bool concurrent() const override { return true; }
  Event next(std::string_view input, http::Request& request) override {
    return receiver_.next(input, request);
  }
  Event end_of_input(std::string_view input) override { return receiver_.end_of_input(input); }
  bool idle() const override { return receiver_.idle(); }

  // The web server in front has asked for the body itself; interim answers it cannot relay.
  void encode_continue(std::uint32_t /*stream*/, std::string& /*out*/) override {}
  void encode_informational(std::uint32_t /*stream*/, const http::Request& /*request*/,
                            const http::ResponseHead& /*head*/, std::string& /*out*/) override {}

  Encoded encode_head(std::uint32_t stream, const http::Request& request,
                      const http::ResponseHead& head, const Answer& answer,
                      std::string& out) override;

  std::size_t max_part() const override { return kMaxContent; }
  void begin_part(std::uint32_t stream, http::Framing /*framing*/, std::size_t size,
                  std::string& out) override {
    append_header(
        out, {.type = kStdout, .id = id_of(stream), .content = static_cast<std::uint16_t>(size)});
  }
  void end_part(std::uint32_t /*stream*/, http::Framing /*framing*/, std::size_t /*size*/,
                std::string& /*out*/) override {}
  void encode_end(std::uint32_t stream, http::Framing /*framing*/, std::string& out) override {
    end_answer(id_of(stream), 0, out);
  }

  void encode_report(std::uint32_t stream, std::string_view text, std::string& out) override;
  std::string_view text_of(std::string_view encoded) const override {
    return encoded.substr(kHeaderSize, read_header(encoded).content);
  }
  bool encode_abort(std::uint32_t stream, std::string& out) override;
  void encode_rejection(std::uint32_t stream, const http::Rejection& rejection,
                        std::string_view date, std::string& out) override;
  bool outlives_rejection(std::uint32_t stream) const override {
    return stream != 0 && !receiver_.closes_after_answer();
  }

 private:
  void end_answer(std::uint16_t id, std::uint32_t application_status, std::string& out) {
    append_stream_end(out, kStdout, id);
    append_end(out, id, application_status, ProtocolStatus::RequestComplete);
    active_.give_back(id);
  }

  const HeadForm form_;
  ActiveIds active_;
  Receiver receiver_;
};

// What nginx shows of one record: 2048 bytes, less what it says itself.
constexpr std::size_t kReportPart = 1024;

/// The longest front of `text` that ends with a line and is no longer than a part may be.
std::string_view take_lines(std::string_view text) {
  if (text.size() <= kReportPart) return text;
  const std::size_t end = text.rfind('\n', kReportPart - 1);
  return text.substr(0, end == std::string_view::npos ? kReportPart : end + 1);
}

/// Wraps what stands in `out` from `begin` on, behind room for one header, into records.
void wrap_in_records(std::uint16_t id, std::size_t begin, std::string& out) {
  const std::size_t size = out.size() - begin - kHeaderSize;
  if (size > kMaxContent) {
    const std::string content = out.substr(begin + kHeaderSize);
    out.resize(begin);
    append_stream(out, kStdout, id, content);
    return;
  }
  std::string header;
  append_header(header, {.type = kStdout, .id = id, .content = static_cast<std::uint16_t>(size)});
  out.replace(begin, kHeaderSize, header);
}

Encoded FastCgiSession::encode_head(std::uint32_t stream, const http::Request& request,
                                    const http::ResponseHead& head, const Answer& answer,
                                    std::string& out) {
  const std::size_t begin = out.size();
  out.append(kHeaderSize, '\0');
  http::Framing framing = append_cgi_head(out, form_, request, head, answer);
  wrap_in_records(id_of(stream), begin, out);
  // The end of the stream is marked, not that of the connection.
  if (framing == http::Framing::UntilClose) framing = http::Framing::Chunked;
  return {framing, request.keep_alive && answer.may_keep_alive};
}

/// The last line of a traceback says most, so no web server may cut it off.
void FastCgiSession::encode_report(std::uint32_t stream, std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::string_view part = take_lines(text);
    append_stream(out, kStderr, id_of(stream), part);
    text.remove_prefix(part.size());
  }
}

/// A web server takes FCGI_END_REQUEST for the end of a whole answer. So where nobody else is
/// harmed by it, the connection is cut, and the one in front sees that bytes are missing.
bool FastCgiSession::encode_abort(std::uint32_t stream, std::string& out) {
  const std::uint16_t id = id_of(stream);
  const bool unwanted = active_.is_cancelled(id);
  if (receiver_.closes_after_answer() || (!unwanted && active_.count() <= 1)) return false;
  end_answer(id, unwanted ? 0 : 1, out);
  return true;
}

void FastCgiSession::encode_rejection(std::uint32_t stream, const http::Rejection& rejection,
                                      std::string_view /*date*/, std::string& out) {
  if (stream == 0) {
    // No request, no record to answer with; but a person who speaks HTTP is told so.
    if (receiver_.met_http())
      append_cgi_rejection(out, HeadForm::Http, rejection, rejection.reason);
    return;
  }
  const std::size_t begin = out.size();
  out.append(kHeaderSize, '\0');
  append_cgi_rejection(out, form_, rejection, {});
  wrap_in_records(id_of(stream), begin, out);
  end_answer(id_of(stream), 0, out);
}

}  // namespace

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits,
                                      const Capacity& capacity, HeadForm form) {
  return std::make_unique<FastCgiSession>(endpoints, limits, capacity, form);
}

}  // namespace penstock::proto::fastcgi
