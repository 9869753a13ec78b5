// SPDX-License-Identifier: MIT
// The environ dictionary of PEP 3333: a copy of a template, with what is the request's own set
// into it. Nothing of the process's environment gets in. GIL held.
#pragma once

#include "config/config.h"
#include "http/body.h"
#include "http/request.h"
#include "pyhost/name_cache.h"
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
  EnvironBuilder() : fields_(NameCache::Form::HttpField), variables_(NameCache::Form::Variable) {}

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

  bool set_text(PyObject* environ, CachedName& name, std::string_view value);
  bool set_request_line(PyObject* environ, const http::Request& request);
  bool set_body(PyObject* environ, const http::Request& request, const http::Body& body);
  bool set_fields(PyObject* environ, const http::Request& request);
  bool set_variables(PyObject* environ, const http::Request& request);
  bool join_value(PyObject* environ, PyObject* key, const http::Field& field, PyObject* value);

  PyRef template_;
  CachedName keys_[kKeyCount];
  CachedName content_type_;
  CachedName content_length_;
  CachedName remote_user_;
  NameCache fields_;
  NameCache variables_;
};

}  // namespace penstock::pyhost
