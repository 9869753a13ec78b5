// SPDX-License-Identifier: MIT
// Where the application ends and the path begins: SCRIPT_NAME and PATH_INFO of a request, which
// web servers send in several ways, or not at all.
#pragma once

#include <string>
#include <string_view>

namespace penstock::proto {

/// Is SCRIPT_NAME the front of PATH_INFO (uwsgi's modifier 30), or does it stand before it?
enum class PathInfo : unsigned char { FollowsScriptName, HoldsScriptName };

/// The variables that say it, as sent. Only `target` and `script_filename` are percent-encoded.
struct CgiPath {
  std::string_view script_name;
  std::string_view path_info;
  bool has_path_info = false;
  std::string_view target;           // REQUEST_URI
  std::string_view document_uri;     // from nginx
  std::string_view script_filename;  // from Apache's proxy modules: "proxy:fcgi://host/path"
};

/// Settles `script_name` and `path_info` as PEP 3333 has them: the first is empty or begins with
/// '/' and does not end with it; the second begins with '/', is "*", or is empty behind a script
/// name. Appends to `storage` no more bytes than all the views have. Returns what is wrong, as
/// static text; empty where nothing is.
std::string_view settle_path(CgiPath& path, PathInfo path_info, std::string& storage);

/// Appends "path?query" of settled names, percent-encoded: at most three bytes for each, and one.
void append_target(std::string& out, const CgiPath& path, std::string_view query);

}  // namespace penstock::proto
