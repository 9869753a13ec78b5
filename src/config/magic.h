// SPDX-License-Identifier: MIT
// uWSGI's magic variables: %n, %d and their like, replaced in a file's text before it is parsed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::config {

class Magic {
 public:
  /// The variables of the file at `path` ("-" and "fd://N" have no parts, so those are empty), of
  /// which `section` was asked for (empty: none by name).
  static Magic of(std::string_view path, std::string_view section);

  /// %o, %p, … are those of this file; %O, %P, … those of `first`, the first file of all. What is
  /// no variable stays as it is; %% is a percent sign.
  std::string replace(std::string_view text, const Magic& first) const;

 private:
  void add_system();
  void add_path(std::string_view path);
  void add_no_path(std::string_view name);

  std::array<std::optional<std::string>, 128> values_;
};

}  // namespace penstock::config
