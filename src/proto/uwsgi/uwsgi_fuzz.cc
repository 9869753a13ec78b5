// SPDX-License-Identifier: MIT
// A uwsgi session says the same wherever the bytes are cut; a block that was read is written
// again to the byte; variables that were written are read again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "proto/gateway_fuzz.h"
#include "proto/uwsgi/packet.h"
#include "proto/uwsgi/session.h"

namespace {

using namespace penstock;
using namespace penstock::proto;
using namespace penstock::proto::uwsgi;

void check_read_then_write(std::string_view wire) {
  if (wire.size() < kPrefixSize) return;
  const Prefix prefix = read_prefix(wire);
  if (wire.size() - kPrefixSize < prefix.block_size) return;
  BlockReader reader(wire.substr(kPrefixSize, prefix.block_size));
  std::string again;
  while (const auto variable = reader.next())
    append_variable(again, variable->name, variable->value);
  if (!reader.fault().empty()) return;
  CHECK(make_packet(again, prefix.modifier1, prefix.modifier2) ==
        wire.substr(0, kPrefixSize + prefix.block_size));
}

void check_write_then_read(std::string_view lines) {
  const NamesAndValues variables = names_and_values(lines, kMaxBlock);
  std::string block;
  for (const auto& [name, value] : variables)
    append_variable(block, name, value);
  BlockReader reader(block);
  for (const auto& [name, value] : variables) {
    const auto variable = reader.next();
    CHECK(variable && variable->name == name && variable->value == value);
  }
  CHECK(!reader.next() && reader.fault().empty());
  check_cuts(make_session, Limits{}, make_packet(block));
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
