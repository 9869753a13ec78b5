// SPDX-License-Identifier: MIT
// Makes an http::Request of CGI variables (RFC 3875, section 4.1): what uwsgi, FastCGI and SCGI
// have in common. Where a variable stands twice, the last one counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "proto/cgi_names.h"
#include "proto/cgi_path.h"
#include "proto/session.h"

namespace penstock::proto {

/// Lives while one request is made. Header fields go to Request::fields; what has a member of
/// its own goes there; all else to Request::variables, as do the variables that tell the scheme
/// and where the script is, since applications look at them too.
class CgiRequest {
 public:
  /// Fills in `request`, which is clean. The arguments outlive this object.
  CgiRequest(http::Request& request, const Endpoints& endpoints, const Limits& limits)
      : request_(request), endpoints_(endpoints), limits_(limits) {}

  /// Takes one variable. The views live as long as the request; `name` is not empty. False: it
  /// is refused, and finish() says why.
  bool add(std::string_view name, std::string_view value);

  /// Completes the request, or says why it is none. If the variables are views into the
  /// request's own storage, that has room for storage_needed() bytes more.
  std::optional<http::Rejection> finish(PathInfo path_info = PathInfo::FollowsScriptName);

  /// The most that finish() appends to the storage for variables of `bytes` bytes.
  static constexpr std::size_t storage_needed(std::size_t bytes) { return 3 * bytes + 1; }

 private:
  bool refuse(int status, std::string_view reason);
  bool add_known(const KnownName& known, std::string_view value);
  bool add_field(std::string_view name, std::string_view value, http::FieldId id);
  bool add_other(std::string_view name, std::string_view value);
  bool set(std::string_view& member, std::string_view value);

  void keep_last_of_each_name();
  void reserve_storage();
  void lower_field_names();
  bool settle_method();
  bool settle_body();
  bool settle_paths(PathInfo path_info);
  void settle_scheme();
  void settle_server();

  http::Request& request_;
  const Endpoints& endpoints_;
  const Limits& limits_;
  std::optional<http::Rejection> refused_;

  // Variables that mean something only together with others.
  CgiPath path_;
  std::string_view content_length_;
  std::string_view https_;
  std::string_view request_scheme_;
  std::string_view uwsgi_scheme_;
  bool has_query_ = false;
  std::size_t upper_case_bytes_ = 0;  // of field names that still are as the variables have them

  // Names that came before: each known one has a bit of its own, the others share some. A bit
  // that is set twice says that a name may be repeated.
  bool repeated(std::size_t bit);
  void note_other(std::uint32_t hash);
  static constexpr std::size_t kSharedBits = 2048;
  std::array<std::uint64_t, (kMostKnownNames + kSharedBits) / 64> seen_{};
  bool maybe_repeated_ = false;
};

}  // namespace penstock::proto
