// SPDX-License-Identifier: MIT
// No line of a log, whoever wrote it, does harm: what is read points into it or into the reader, a
// route is short, and every form of the report is what it says it is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/json_text.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/line.h"
#include "report/route.h"
#include "report/summary.h"
#include "report/text_report.h"

namespace {

using namespace penstock::report;

void check_line(std::string_view text) {
  LineReader reader;
  Line line;
  if (reader.read(text, line) != LineKind::Request) return;
  CHECK(line.status >= 0);
  CHECK(line.method.size() + line.uri.size() <= text.size());
  std::string route;
  fold_route(line.method, line.uri, route);
  CHECK(route.size() <= kLongestRoute);
}

/// What is written is UTF-8, and has no control characters but line feeds.
void check_text(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = penstock::text::utf8_sequence(text);
    CHECK(size > 0);
    CHECK(size > 1 || text.front() == '\n' || (text.front() >= 0x20 && text.front() < 0x7f));
    text.remove_prefix(size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Summary summary;
  while (!input.empty()) {
    const std::string_view text = input.substr(0, input.find('\n'));
    check_line(text);
    summary.add(text);
    input.remove_prefix(text.size() < input.size() ? text.size() + 1 : text.size());
  }
  const std::string page = html_report(summary, 10);
  check_text(page);
  CHECK(page.ends_with("</body></html>\n"));
  check_text(json_report(summary, 10));
  text_report(summary, {});
  return 0;
}
