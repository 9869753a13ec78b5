// SPDX-License-Identifier: MIT
#include "service/log_line_encoder.h"

#include "base/json_text.h"
#include "base/local_time.h"

namespace penstock::service {
namespace {

constexpr std::string_view kTime = "strftime:";

std::string value_of(std::string_view name, std::string_view line, std::int64_t micros) {
  if (name == "msg") return std::string(line);
  if (name == "msgnl") return std::string(line) + '\n';
  if (name == "unix") return std::to_string(micros / 1'000'000);
  if (name == "micros") return std::to_string(micros);
  if (name.starts_with(kTime))
    return local_time(std::string(name.substr(kTime.size())).c_str(), micros / 1'000'000);
  return {};
}

/// Replaces each ${name} of `form`.
std::string fill(std::string_view form, std::string_view line, std::int64_t micros, bool as_json) {
  std::string out;
  while (!form.empty()) {
    const std::size_t begin = form.find("${");
    const std::size_t end = begin == form.npos ? begin : form.find('}', begin);
    if (end == form.npos) break;
    out += form.substr(0, begin);
    const std::string value = value_of(form.substr(begin + 2, end - begin - 2), line, micros);
    if (as_json)
      text::append_json_escaped(out, value);
    else
      out += value;
    form.remove_prefix(end + 1);
  }
  return out += form;
}

}  // namespace

std::string encode(const config::LogEncoder& encoder, std::string_view line, std::int64_t micros) {
  using Kind = config::LogEncoder::Kind;
  switch (encoder.kind) {
    case Kind::Prefix:
      return encoder.text + std::string(line);
    case Kind::Suffix:
      return std::string(line) + encoder.text;
    case Kind::NewLine:
      break;  // every line gets one
    case Kind::Format:
    case Kind::Json: {
      std::string made = fill(encoder.text, line, micros, encoder.kind == Kind::Json);
      while (made.ends_with('\n'))
        made.pop_back();
      return made;
    }
  }
  return std::string(line);
}

}  // namespace penstock::service
