// SPDX-License-Identifier: MIT
// The uwsgi packet: four bytes, then a block of variables, each a name and a value behind their
// lengths (unsigned, 16 bits, little-endian).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::proto::uwsgi {

constexpr std::size_t kPrefixSize = 4;
constexpr std::size_t kMaxBlock = 65535;

// What a packet is for: `modifier1`, the first byte.
constexpr std::uint8_t kRequest = 0;
constexpr std::uint8_t kRequestWithWholePath = 30;  // PATH_INFO begins with SCRIPT_NAME
constexpr std::uint8_t kPing = 100;

/// The four bytes before the block.
struct Prefix {
  std::uint8_t modifier1 = kRequest;
  std::uint16_t block_size = 0;
  std::uint8_t modifier2 = 0;
};

/// Two bytes as a length.
inline std::uint16_t read_length(const char* bytes) {
  const auto low = static_cast<unsigned char>(bytes[0]);
  const auto high = static_cast<unsigned char>(bytes[1]);
  return static_cast<std::uint16_t>(low | high << 8);
}

/// `bytes` are kPrefixSize or more.
Prefix read_prefix(std::string_view bytes);

/// One variable after the other of a block, of which the views are.
class BlockReader {
 public:
  struct Variable {
    std::string_view name;
    std::string_view value;
  };

  explicit BlockReader(std::string_view block) : at_(block.data()), left_(block.size()) {}

  /// Nothing at the block's end, and where the block is malformed.
  std::optional<Variable> next() {
    if (left_ == 0) return std::nullopt;
    Variable variable;
    if (!take(variable.name) || !take(variable.value))
      fault_ = "a length in the uwsgi block reaches beyond its end";
    else if (variable.name.empty())
      fault_ = "a variable without a name in the uwsgi block";
    else
      return variable;
    return std::nullopt;
  }

  /// After next() gave nothing: what is wrong, as static text; empty at the end.
  std::string_view fault() const { return fault_; }

 private:
  bool take(std::string_view& text) {
    if (left_ < 2) return false;
    const std::size_t length = read_length(at_);
    if (left_ - 2 < length) return false;
    text = {at_ + 2, length};
    at_ += 2 + length;
    left_ -= 2 + length;
    return true;
  }

  const char* at_;
  std::size_t left_;
  std::string_view fault_;
};

/// Appends one variable to a block. Both texts are below 65536 bytes.
void append_variable(std::string& block, std::string_view name, std::string_view value);

/// A whole packet around a block of at most kMaxBlock bytes.
std::string make_packet(std::string_view block, std::uint8_t modifier1 = kRequest,
                        std::uint8_t modifier2 = 0);

}  // namespace penstock::proto::uwsgi
