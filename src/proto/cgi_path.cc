// SPDX-License-Identifier: MIT
#include "proto/cgi_path.h"

#include <cstddef>

#include "base/text.h"
#include "http/percent.h"

namespace penstock::proto {

namespace {

constexpr std::string_view kNoPath = "neither PATH_INFO nor REQUEST_URI was sent";
constexpr std::string_view kBadEscape = "REQUEST_URI has a bad percent escape";
constexpr std::string_view kBadPath = "PATH_INFO does not begin with a slash";
constexpr std::string_view kBadScript = "SCRIPT_NAME does not begin with a slash";
constexpr std::string_view kNul = "the path has a NUL byte";

/// What follows "scheme://authority" of a URI; the text itself where there is no such front.
std::string_view behind_authority(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return uri;
  const std::size_t slash = uri.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : uri.substr(slash);
}

/// The decoded path of a request target, in `storage`. False on a bad escape.
bool decode_path(std::string_view target, std::string& storage, std::string_view& path) {
  std::string_view encoded = target.substr(0, target.find('?'));
  if (!encoded.starts_with('/')) encoded = behind_authority(encoded);
  const std::size_t before = storage.size();
  if (!http::append_percent_decoded(storage, encoded)) return false;
  path = std::string_view(storage).substr(before);
  return true;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

void strip_trailing_slashes(std::string_view& text) {
  while (text.ends_with('/'))
    text.remove_suffix(1);
}

/// Takes `front` off a path where the two part at a slash or at the end.
bool strip_front(std::string_view front, std::string_view& path) {
  if (!path.starts_with(front)) return false;
  if (path.size() > front.size() && path[front.size()] != '/') return false;
  path.remove_prefix(front.size());
  return true;
}

/// mod_proxy_fcgi and mod_proxy_scgi put the whole path into SCRIPT_NAME. What the ProxyPass
/// line left of it stands in the address that they proxy to.
bool split_as_apache(CgiPath& path, std::string& storage) {
  constexpr std::string_view kMark = "proxy:";
  if (!path.script_filename.starts_with(kMark)) return false;
  std::string_view rest;
  const std::size_t before = storage.size();
  if (!decode_path(behind_authority(path.script_filename), storage, rest)) return false;
  while (rest.starts_with("//"))
    rest.remove_prefix(1);

  const bool ends_so = rest.starts_with('/') && path.script_name.ends_with(rest);
  const std::size_t front = ends_so ? path.script_name.size() - rest.size() : 0;
  path.path_info = path.script_name.substr(front);
  path.script_name = path.script_name.substr(0, front);
  storage.resize(before);
  return true;
}

/// For a request without PATH_INFO, or with an empty one and no script name either.
std::string_view find_path(CgiPath& path, std::string& storage) {
  if (!path.script_name.empty() && split_as_apache(path, storage)) return {};

  // nginx's stock parameters know no mount: both names are the whole path.
  if (!path.document_uri.empty() &&
      (path.script_name.empty() || path.script_name == path.document_uri)) {
    path.path_info = path.document_uri;
    path.script_name = {};
    return {};
  }

  strip_trailing_slashes(path.script_name);
  if (path.target.empty()) {
    if (!path.has_path_info && path.script_name.empty()) return kNoPath;
    path.path_info = {};
    return {};
  }
  if (!decode_path(path.target, storage, path.path_info)) return kBadEscape;
  // Else a rewrite chose the script, and the path is that of the address (as flup has it).
  if (!path.script_name.empty()) strip_front(path.script_name, path.path_info);
  return {};
}

constexpr bool stays_as_it_is(char c) {
  const char letter = text::lower(c);
  return (letter >= 'a' && letter <= 'z') || text::is_digit(c) ||
         std::string_view("-._~/:@!$&'()*+,;=").find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : path) {
    if (stays_as_it_is(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

std::string_view settle_path(CgiPath& path, PathInfo path_info, std::string& storage) {
  if (!path.script_name.empty() && path.script_name[0] != '/') return kBadScript;
  if (path.path_info.empty() && (!path.has_path_info || path.script_name.empty())) {
    if (const std::string_view wrong = find_path(path, storage); !wrong.empty()) return wrong;
    strip_trailing_slashes(path.script_name);
  } else {
    strip_trailing_slashes(path.script_name);
    if (path_info == PathInfo::HoldsScriptName) strip_front(path.script_name, path.path_info);
  }
  if (has_nul(path.script_name) || has_nul(path.path_info)) return kNul;
  if (path.path_info.empty() && path.script_name.empty()) path.path_info = "/";
  if (path.path_info.empty() || path.path_info[0] == '/' || path.path_info == "*") return {};
  return kBadPath;
}

void append_target(std::string& out, const CgiPath& path, std::string_view query) {
  append_encoded(out, path.script_name);
  append_encoded(out, path.path_info);
  if (query.empty()) return;
  out += '?';
  out += query;
}

}  // namespace penstock::proto
