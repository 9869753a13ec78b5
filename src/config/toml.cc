// SPDX-License-Identifier: MIT
// penstock.toml, read by toml++, which is told to return errors instead of throwing them.
#include "config/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <variant>

#include "base/text.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

/// What [[listen]] calls the protocols, and the options that these are.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kProtocols{
    {{"http", "http-socket"},
     {"uwsgi", "uwsgi-socket"},
     {"fastcgi", "fastcgi-socket"},
     {"scgi", "scgi-socket"}}};

/// Tables that the format has a meaning for, and this version does not.
constexpr std::array<std::string_view, 3> kLater{"upstream", "program", "route"};

int line_of(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

unexpected<DocumentError> wrong(const toml::node& node, std::string what) {
  return unexpected(DocumentError{line_of(node), std::move(what)});
}

/// The text of a value as other doors would write it; nothing for tables, arrays and dates.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* const value = node.as_string()) return value->get();
  if (const auto* const value = node.as_integer()) return fmt::format("{}", value->get());
  if (const auto* const value = node.as_floating_point()) return fmt::format("{}", value->get());
  if (const auto* const value = node.as_boolean()) return value->get() ? "true" : "false";
  return std::nullopt;
}

std::string key_of(std::string_view option) {
  std::string key(option);
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

/// Options by their keys.
using Keys = std::map<std::string, const Option*, std::less<>>;

bool has_a_key(const Option& option) {
  return !std::holds_alternative<Mode>(option.effect) &&
         !std::holds_alternative<Directive>(option.effect) &&
         !std::holds_alternative<Listen>(option.effect) &&
         !std::holds_alternative<PlainProtocol>(option.effect);
}

void add_keys(Keys& keys, const Section& section) {
  for (const Option& option : section.options)
    if (has_a_key(option))
      for (const std::string_view name : option.all_names())
        keys.emplace(key_of(name), &option);
}

/// A way to write a table, and the options that stand in it.
struct Place {
  std::string name;  // "[[listen]]"
  Keys keys;
};

Place listen_place() {
  Place place{"[[listen]]", {}};
  add_keys(place.keys, sockets_section());
  add_keys(place.keys, limits_section());
  add_keys(place.keys, timeouts_section());
  return place;
}

/// All but what belongs to `other`, and the words for uWSGI's sake.
Place place_without(std::string name, const Section& other) {
  Place place{std::move(name), {}};
  for (const Section& section : sections())
    if (section.options.data() != other.options.data() && !section.names_only)
      add_keys(place.keys, section);
  return place;
}

class Reader {
 public:
  Parsed<Entries> read(const toml::table& root) {
    const Place place = place_without("the server's part", app_section());
    for (const auto& [key, node] : root) {
      if (key.str() == "listen")
        TRY(read_listeners(node));
      else if (key.str() == "app")
        TRY(read_apps(node));
      else if (std::find(kLater.begin(), kLater.end(), key.str()) != kLater.end())
        return wrong(node, fmt::format("{}: this version has no such tables yet", key.str()));
      else if (node.is_table() || node.is_array_of_tables())
        return wrong(
            node,
            fmt::format("{}: no such table; the tables are [[listen]] and [app.NAME]", key.str()));
      else
        TRY(read_key(place, key.str(), node));
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.line < b.line; });
    return std::move(entries_);
  }

 private:
  using Done = Parsed<std::monostate>;

  Done read_listeners(const toml::node& node) {
    const toml::array* const listeners = node.as_array();
    if (!listeners || !listeners->is_homogeneous<toml::table>())
      return wrong(node, "listen: is written [[listen]]");
    const Place place = listen_place();
    for (const toml::node& listener : *listeners)
      TRY(read_listener(place, *listener.as_table()));
    return {};
  }

  Done read_listener(const Place& place, const toml::table& table) {
    int addresses = 0;
    for (const auto& [key, node] : table) {
      const std::string_view name = key.str();
      const auto* const protocol =
          std::find_if(kProtocols.begin(), kProtocols.end(),
                       [name](const auto& known) { return known.first == name; });
      if (protocol == kProtocols.end()) {
        TRY(read_key(place, key.str(), node));
        continue;
      }
      if (!node.is_string())
        return wrong(node, fmt::format("{}: expected an address in quotes", key.str()));
      entries_.push_back({std::string(protocol->second), *text_of(node), line_of(node)});
      ++addresses;
    }
    if (addresses == 1) return {};
    return wrong(table, "[[listen]]: expected one address, such as http = \"127.0.0.1:8000\"");
  }

  Done read_apps(const toml::node& node) {
    const toml::table* const apps = node.as_table();
    if (!apps) return wrong(node, "app: is written [app.NAME]");
    const toml::node* first = nullptr;
    for (const auto& [name, app] : *apps) {
      const toml::table* const table = app.as_table();
      if (!table)
        return wrong(app, fmt::format("app.{}: a table is missing; write [app.NAME]", name.str()));
      if (first && line_of(*first) != line_of(app))
        return wrong(app, fmt::format("[app.{}]: a second app; this version runs one", name.str()));
      first = &app;
      const Place place = place_without(fmt::format("[app.{}]", name.str()), sockets_section());
      for (const auto& [key, value] : *table)
        TRY(read_key(place, key.str(), value));
    }
    return {};
  }

  Done read_key(const Place& place, std::string_view key, const toml::node& node) {
    const auto found = place.keys.find(key);
    if (found == place.keys.end()) return unknown(place, key, node);
    const Option& option = *found->second;
    if (const toml::table* const table = node.as_table(); table && option.name() == "env")
      return read_variables(*table);
    if (option.kind != Kind::List) return add_single(option, key, node);
    const toml::array* const items = node.as_array();
    if (!items) return add(option, key, node);
    for (const toml::node& item : *items)
      TRY(add(option, key, item));
    return {};
  }

  Done read_variables(const toml::table& table) {
    for (const auto& [name, node] : table) {
      const auto value = text_of(node);
      if (!value) return wrong(node, fmt::format("env.{}: expected a text", name.str()));
      entries_.push_back({"env", fmt::format("{}={}", name.str(), *value), line_of(node)});
    }
    return {};
  }

  /// One value for the whole server, wherever it stands: two that differ would hide each other.
  Done add_single(const Option& option, std::string_view key, const toml::node& node) {
    TRY(add(option, key, node));
    const auto first = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return entry.name == option.name();
    });
    if (first->value == entries_.back().value) return {};
    return wrong(node, fmt::format("{}: has another value in line {}, and there is one for the "
                                   "whole server",
                                   key, first->line));
  }

  Done add(const Option& option, std::string_view key, const toml::node& node) {
    auto value = text_of(node);
    if (!value)
      return wrong(node, fmt::format("{}: expected {}", key,
                                     option.kind == Kind::List ? "a value or an array of values"
                                                               : "a value"));
    entries_.push_back({std::string(option.name()), std::move(*value), line_of(node)});
    return {};
  }

  static unexpected<DocumentError> unknown(const Place& place, std::string_view key,
                                           const toml::node& node) {
    std::vector<std::string_view> names;
    for (const auto& [name, option] : place.keys)
      names.emplace_back(name);
    std::string what = fmt::format("{}: no such key in {}", key, place.name);
    if (const auto near = text::nearest(key, names))
      what += fmt::format("; did you mean {}?", *near);
    return wrong(node, std::move(what));
  }

  Entries entries_;
};

}  // namespace

Parsed<Entries> parse_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed)
    return unexpected(DocumentError{static_cast<int>(parsed.error().source().begin.line),
                                    std::string(parsed.error().description())});
  return Reader().read(parsed.table());
}

}  // namespace penstock::config
