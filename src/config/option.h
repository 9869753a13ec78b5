// SPDX-License-Identifier: MIT
// What an option is: a row of the one table (option_table.h) that the command line, the
// environment, files, --help and docs/options.md are all made from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace penstock::config {

/// How an option takes its value on the command line.
enum class Kind : std::uint8_t { Value, List, Flag, OptionalValue };

/// Time is in milliseconds. Megabytes: bytes, but a bare number means megabytes, as in uWSGI.
enum class Unit : std::uint8_t { Count, Bytes, Megabytes, Time };

/// A number in a field of Config.
struct Number {
  Unit unit;
  std::uint64_t minimum;
  std::uint64_t maximum;
  std::string_view zero;  // what 0 means, where it means something of its own: "off"
  std::uint64_t (*get)(const Config&);
  void (*set)(Config&, std::uint64_t);
};

/// A yes or no. `set` gets what the user said.
struct Switch {
  void (*set)(Config&, bool);
};

/// A text as it is; never empty.
struct Text {
  void (*set)(Config&, std::string_view);
};

/// Anything else. `apply` is false where the value is not what `expected` says.
struct Custom {
  bool (*apply)(Config&, std::string_view value);
  std::string_view expected;  // "an octal mode from 0 to 777, such as 660"
};

/// A listening address.
struct Listen {
  std::optional<Protocol> speaks = {};  // nothing: what --protocol says
};

/// The protocol of sockets whose option names none. build() looks at it before all others.
struct PlainProtocol {};

/// Something to do instead of serving; for the command line alone.
enum class Mode : std::uint8_t { Serve, Help, Version, Reference, Reload, Stop, Ping };

/// Something about the settings themselves, which expand() does and takes out.
enum class Directive : std::uint8_t {
  ReadIni,
  ReadYaml,
  ReadJson,
  ReadXml,
  ReadToml,
  Include,
  Inherit,
  Set,
  SetPlaceholder,
  Strict,
  If,
  Else,
  For,
  End
};

/// Accepted for uWSGI's sake: what it asks for is always so here, or means nothing here.
struct Ignored {
  bool (*accepts)(std::string_view value) = nullptr;  // nothing: any value
  std::string_view expected = {};
};

using Effect =
    std::variant<Number, Switch, Text, Custom, Listen, PlainProtocol, Mode, Directive, Ignored>;

struct Option {
  std::string_view names;  // the name, then its aliases, with blanks between: "processes workers"
  char letter = 0;         // 'p' for -p
  Kind kind = Kind::Value;
  std::string_view placeholder = {};  // "N" in "--processes N"
  std::string_view implied = {};      // the value of an OptionalValue that has none
  std::string_view standard = {};     // the default in words, where the effect does not know it
  Effect effect;
  std::string_view help;  // one sentence without a full stop

  std::string_view name() const { return names.substr(0, names.find(' ')); }
  std::vector<std::string_view> all_names() const;
  bool takes_value() const { return kind == Kind::Value || kind == Kind::List; }
};

/// "1 to 4096", "0 to 24h (0: off)".
std::string range(const Number& number);

/// "a whole number from 1 to 4096", "a size such as 4096, 64K or 128M from 1K to 16M".
std::string allowed(const Number& number);

/// The default for the documentation: "64K", "15s", "0 (unlimited)"; empty where there is none.
std::string default_of(const Option& option);

/// uWSGI's rule: everything but false, off, no and 0 is true.
bool is_true(std::string_view value);

}  // namespace penstock::config
