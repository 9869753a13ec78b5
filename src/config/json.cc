// SPDX-License-Identifier: MIT
// JSON files, read by nlohmann's library, which throws; nothing leaves this file.
#include "config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace penstock::config {
namespace {

using Json = nlohmann::ordered_json;

unexpected<DocumentError> wrong(std::string what) {
  return unexpected(DocumentError{0, std::move(what)});
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

Parsed<Entries> read(const Json& root, std::string_view section) {
  const auto found = root.is_object() ? root.find(section) : root.end();
  if (found == root.end()) return wrong(fmt::format("there is no object \"{}\"", section));
  if (!found->is_object()) return wrong(fmt::format("{}: expected an object", section));
  Entries entries;
  for (const auto& [name, value] : found->items()) {
    const Json items = value.is_array() ? value : Json::array({value});
    for (const Json& item : items) {
      if (item.is_structured())
        return wrong(fmt::format("{}: expected a value or an array of values", name));
      entries.push_back({name, text_of(item), 0});
    }
  }
  return entries;
}

DocumentError at_byte(std::string_view text, const Json::parse_error& error) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(error.byte, text.size()));
  return {static_cast<int>(std::count(text.begin(), end, '\n')) + 1, error.what()};
}

}  // namespace

Parsed<Entries> parse_json(std::string_view text, std::string_view section) {
  try {
    return read(Json::parse(text), section);
  } catch (const Json::parse_error& error) {
    return unexpected(at_byte(text, error));
  } catch (const Json::exception& error) {
    return wrong(error.what());
  }
}

}  // namespace penstock::config
