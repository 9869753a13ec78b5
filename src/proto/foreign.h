// SPDX-License-Identifier: MIT
// Recognises a peer that speaks HTTP or TLS to a socket of another protocol, so that the person
// with curl is told so.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock::proto {

enum class Foreign : std::uint8_t {
  No,
  Perhaps,  // too few bytes to tell
  Http,
  Tls,
};

/// What the first bytes of a connection are. Four bytes decide.
Foreign recognise_foreign(std::string_view front);

}  // namespace penstock::proto
