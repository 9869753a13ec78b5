// SPDX-License-Identifier: MIT
// An SCGI session says the same wherever the bytes are cut; a head that was read is written again
// to the byte; variables that were written are read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "proto/gateway_fuzz.h"
#include "proto/scgi/head.h"
#include "proto/scgi/session.h"

namespace {

using namespace penstock::proto;
using namespace penstock::proto::scgi;

void check_read_then_write(std::string_view wire) {
  const NetstringFront front = read_netstring_front(wire, 65536);
  if (front.state != NetstringFront::State::Complete) return;
  if (wire.size() - front.size <= front.content) return;
  if (wire[front.size + front.content] != ',') return;
  VariableReader reader(wire.substr(front.size, front.content));
  std::string again;
  while (const auto variable = reader.next())
    append_variable(again, variable->name, variable->value);
  if (!reader.fault().empty()) return;
  CHECK(make_netstring(again) == wire.substr(0, front.size + front.content + 1));
}

void check_write_then_read(std::string_view lines) {
  const NamesAndValues variables = names_and_values(lines, 60000);
  std::string content;
  for (const auto& [name, value] : variables)
    append_variable(content, name, value);
  const bool has_nul = lines.find('\0') != std::string_view::npos;
  VariableReader reader(content);
  for (const auto& [name, value] : variables) {
    if (has_nul) break;
    const auto variable = reader.next();
    CHECK(variable && variable->name == name && variable->value == value);
  }
  CHECK(has_nul || (!reader.next() && reader.fault().empty()));
  std::string whole;
  append_variable(whole, "CONTENT_LENGTH", "0");
  append_variable(whole, "SCGI", "1");
  check_cuts(make_session, Limits{}, make_netstring(whole + content));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_cuts(make_session, Limits{}, input);
  check_cuts(make_session, small_limits(), input);
  check_read_then_write(input);
  check_write_then_read(input);
  return 0;
}
