// SPDX-License-Identifier: MIT
// What an XML file says can be written as an XML file that says the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/file_fuzz.h"
#include "config/xml.h"

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '\r')
      out += "&#13;";
    else
      out += c;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = parse_xml(text, "");
  check_lines(entries, text, "\r\n");
  check_lines(parse_xml(text, "production"), text, "\r\n");
  if (!entries) return 0;
  std::string again = "<uwsgi>";
  for (const Entry& entry : *entries)
    again += "<" + entry.name + ">" + escaped(entry.value) + "</" + entry.name + ">";
  check_equal(*entries, parse_xml(again + "</uwsgi>", ""));
  return 0;
}
