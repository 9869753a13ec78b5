// SPDX-License-Identifier: MIT
#include "config/log_format.h"

#include <algorithm>
#include <array>

namespace penstock::config {
namespace {

struct KnownField {
  std::string_view name;
  LogField field;
};

constexpr std::array kFields{
    KnownField{"uri", LogField::Uri},
    KnownField{"method", LogField::Method},
    KnownField{"user", LogField::User},
    KnownField{"addr", LogField::Address},
    KnownField{"host", LogField::Host},
    KnownField{"proto", LogField::Protocol},
    KnownField{"uagent", LogField::Agent},
    KnownField{"referer", LogField::Referer},
    KnownField{"cl", LogField::ContentLength},
    KnownField{"vars", LogField::Variables},
    KnownField{"pktsize", LogField::PacketSize},
    KnownField{"modifier1", LogField::Modifier},
    KnownField{"modifier2", LogField::Modifier},
    KnownField{"status", LogField::Status},
    KnownField{"rsize", LogField::BodySize},
    KnownField{"hsize", LogField::HeadSize},
    KnownField{"size", LogField::WholeSize},
    KnownField{"headers", LogField::HeaderCount},
    KnownField{"werr", LogField::WriteErrors},
    KnownField{"rerr", LogField::ReadErrors},
    KnownField{"ioerr", LogField::WriteErrors},
    KnownField{"time", LogField::StartSeconds},
    KnownField{"tmsecs", LogField::StartMilliseconds},
    KnownField{"tmicros", LogField::StartMicros},
    KnownField{"ltime", LogField::LogTime},
    KnownField{"ftime", LogField::FormattedTime},
    KnownField{"ctime", LogField::CTime},
    KnownField{"iso", LogField::IsoTime},
    KnownField{"epoch", LogField::Epoch},
    KnownField{"micros", LogField::Micros},
    KnownField{"msecs", LogField::Milliseconds},
    KnownField{"secs", LogField::Seconds},
    KnownField{"receive", LogField::Receive},
    KnownField{"queue", LogField::Queue},
    KnownField{"app", LogField::App},
    KnownField{"gil", LogField::Gil},
    KnownField{"cpu", LogField::Cpu},
    KnownField{"write", LogField::Write},
    KnownField{"pid", LogField::Pid},
    KnownField{"wid", LogField::Worker},
    KnownField{"core", LogField::Core},
    KnownField{"switches", LogField::Switches},
    KnownField{"vsz", LogField::AddressSpace},
    KnownField{"rss", LogField::Resident},
    KnownField{"vszM", LogField::AddressSpaceMega},
    KnownField{"rssM", LogField::ResidentMega},
    KnownField{"wreq", LogField::WorkerRequests},
    KnownField{"treq", LogField::TotalRequests},
    KnownField{"logvars", LogField::AllLogVariables},
};

/// HTTP_USER_AGENT is the field user-agent; other names stay as they are.
std::string variable_name(std::string_view name) {
  constexpr std::string_view kHttp = "HTTP_";
  if (!name.starts_with(kHttp)) return std::string(name);
  std::string field(name.substr(kHttp.size()));
  std::replace(field.begin(), field.end(), '_', '-');
  return field.insert(0, kHttp);
}

LogPart part_of(std::string_view name) {
  constexpr std::string_view kVariable = "var.";
  constexpr std::string_view kMetric = "metric.";
  if (name.starts_with(kVariable))
    return {LogField::RequestVariable, variable_name(name.substr(kVariable.size()))};
  if (name.starts_with(kMetric)) return {LogField::Nothing, {}};
  const auto known = std::find_if(kFields.begin(), kFields.end(),
                                  [&](const KnownField& field) { return field.name == name; });
  if (known != kFields.end()) return {known->field, {}};
  return {LogField::LogVariable, std::string(name)};
}

/// Follows the quotes of a JSON text.
bool ends_in_quotes(std::string_view literal, bool in_quotes) {
  for (std::size_t i = 0; i < literal.size(); ++i) {
    if (literal[i] == '\\') {
      ++i;
    } else if (literal[i] == '"') {
      in_quotes = !in_quotes;
    }
  }
  return in_quotes;
}

}  // namespace

const std::string_view kJsonLogFormat =
    R"({"time":%(iso),"pid":%(pid),"worker":%(wid),"core":%(core),"request":%(wreq),)"
    R"("addr":%(addr),"user":%(user),"method":%(method),"uri":%(uri),"proto":%(proto),)"
    R"("host":%(host),"referer":%(referer),"agent":%(uagent),"body_in":%(cl),)"
    R"("status":%(status),"headers":%(headers),"head_out":%(hsize),"body_out":%(rsize),)"
    R"("errors":%(ioerr),"micros":%(micros),"receive":%(receive),"queue":%(queue),"app":%(app),)"
    R"("gil":%(gil),"cpu":%(cpu),"write":%(write),"vars":%(logvars)})";

bool LogFormat::uses(LogField first, LogField last) const {
  return std::any_of(parts.begin(), parts.end(), [&](const LogPart& part) {
    return part.field >= first && part.field <= last;
  });
}

Result<LogFormat> parse_log_format(std::string_view text, std::optional<LogEscape> escape) {
  LogFormat format;
  format.escape = escape.value_or(text.starts_with('{') ? LogEscape::Json : LogEscape::Text);
  bool in_quotes = false;
  std::size_t literal_bytes = 0;
  while (!text.empty()) {
    const std::size_t begin = text.find("%(");
    const std::string_view literal = text.substr(0, begin);
    if (!literal.empty()) format.parts.push_back({LogField::Literal, std::string(literal)});
    in_quotes = ends_in_quotes(literal, in_quotes);
    literal_bytes += literal.size();
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find(')', begin);
    if (end == std::string_view::npos) return fail("a \"%(\" without its \")\"");
    format.parts.push_back(part_of(text.substr(begin + 2, end - begin - 2)));
    format.parts.back().in_quotes = in_quotes;
    text.remove_prefix(end + 1);
  }
  if (literal_bytes > kLongestLogFormat || format.parts.size() > kMostLogParts)
    return fail("the format is too long");
  return format;
}

}  // namespace penstock::config
