// SPDX-License-Identifier: MIT
// The environ dictionary of PEP 3333: a copy of a template, with what is the request's own set
// into it. Nothing of the process's environment gets in. GIL held.
//
// The template learns: what one request after the other says, as most say it, the copy has
// already. Credentials are never learned.
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.h"
#include "http/body.h"
#include "http/request.h"
#include "pyhost/environ_key.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {

/// Objects that are the same for every request. Borrowed.
struct EnvironConstants {
  PyObject* errors = nullptr;
  PyObject* file_wrapper = nullptr;
  bool multithread = false;
  bool multiprocess = false;
};

class EnvironBuilder {
 public:
  /// Makes template and keys. False: an exception is set.
  bool prepare(const EnvironConstants& constants);

  /// The environ of one request; new reference, null with an exception. `input` and
  /// `early_hints` are the request's own objects, borrowed.
  PyObject* build(const http::Request& request, const http::Body& body, PyObject* input,
                  PyObject* early_hints);

 private:
  // Keys whose value every request sets.
  enum Key : std::size_t {
    kRequestMethod,
    kScriptName,
    kPathInfo,
    kQueryString,
    kRequestUri,
    kServerName,
    kServerPort,
    kServerProtocol,
    kRemoteAddress,
    kRemotePort,
    kUrlScheme,
    kInput,
    kEarlyHints,
    kKeyCount,
  };

  /// The keys of a request's variables and fields, in their order.
  struct Names {
    std::vector<EnvironKey*> keys;  // null: of a variable that is not for the application
    std::size_t learnable = 0;
    std::size_t known = 0;   // that the template has
    bool are_plain = false;  // each has a place in the cache and stands once
  };

  PyRef copy_template();
  bool find_names(const http::Request& request);
  bool forget_absent(PyObject* environ);
  bool set_names(PyObject* environ, const http::Request& request);
  bool set_repeated_names(PyObject* environ, const http::Request& request);
  bool set_server_values(PyObject* environ, const http::Request& request);
  bool set_body(PyObject* environ, const http::Request& request, const http::Body& body);
  bool set(PyObject* environ, EnvironKey& key, std::string_view value);
  bool join(PyObject* environ, PyObject* key, const http::Field& field, PyObject* value);
  bool learn_names(PyObject* environ);

  EnvironKeys keys_;
  EnvironKey* own_[kKeyCount] = {};
  EnvironKey* content_type_ = nullptr;
  EnvironKey* content_length_ = nullptr;
  EnvironKey* remote_user_ = nullptr;

  PyRef base_;      // what is the same for every request
  PyRef template_;  // that, and what was learned; replaced, never grown: copies may be under way
  std::uint64_t version_ = 0;         // of the template
  std::vector<EnvironKey*> learned_;  // its keys of variables and fields

  std::uint64_t request_ = 0;  // counts
  Names names_;                // of the request at hand
  std::vector<EnvironKey*> names_before_;
};

}  // namespace penstock::pyhost
