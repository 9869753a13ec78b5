// SPDX-License-Identifier: MIT
#include "pyhost/environ.h"

#include <unistd.h>

#include <charconv>
#include <iterator>

#include "pyhost/text.h"

namespace penstock::pyhost {
namespace {

constexpr const char* kKeyNames[] = {
    "REQUEST_METHOD",  "SCRIPT_NAME", "PATH_INFO",        "QUERY_STRING", "REQUEST_URI",
    "SERVER_NAME",     "SERVER_PORT", "SERVER_PROTOCOL",  "REMOTE_ADDR",  "REMOTE_PORT",
    "wsgi.url_scheme", "wsgi.input",  "wsgi.early_hints",
};

bool name_key(CachedName& name, const char* text) {
  name.name = text;
  name.key = PyRef::steal(PyUnicode_InternFromString(text));
  return static_cast<bool>(name.key);
}

/// environ[key] = value, which is consumed. False: an exception is set.
bool set_new(PyObject* environ, const char* key, PyObject* value) {
  const PyRef owned = PyRef::steal(value);
  const PyRef name = PyRef::steal(owned ? PyUnicode_InternFromString(key) : nullptr);
  return name && PyDict_SetItem(environ, name.get(), owned.get()) == 0;
}

PyObject* host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return PyBytes_FromString("localhost");
  return PyBytes_FromString(name);
}

}  // namespace

bool EnvironBuilder::prepare(const EnvironConstants& constants) {
  static_assert(std::size(kKeyNames) == kKeyCount);
  template_ = PyRef::steal(PyDict_New());
  if (!template_) return false;
  PyObject* const environ = template_.get();
  // Every key is there from the start, so that a copy has its final size and is never resized
  // for them.
  for (std::size_t i = 0; i < kKeyCount; ++i) {
    if (!name_key(keys_[i], kKeyNames[i])) return false;
    if (PyDict_SetItem(environ, keys_[i].key.get(), Py_None) < 0) return false;
  }
  return name_key(content_type_, "CONTENT_TYPE") && name_key(content_length_, "CONTENT_LENGTH") &&
         name_key(remote_user_, "REMOTE_USER") &&
         set_new(environ, "wsgi.version", Py_BuildValue("(ii)", 1, 0)) &&
         set_new(environ, "wsgi.errors", PyRef::borrow(constants.errors).release()) &&
         set_new(environ, "wsgi.multithread", PyBool_FromLong(constants.multithread)) &&
         set_new(environ, "wsgi.multiprocess", PyBool_FromLong(constants.multiprocess)) &&
         set_new(environ, "wsgi.run_once", PyBool_FromLong(0)) &&
         set_new(environ, "wsgi.input_terminated", PyBool_FromLong(1)) &&
         set_new(environ, "wsgi.file_wrapper", PyRef::borrow(constants.file_wrapper).release()) &&
         set_new(environ, "SERVER_SOFTWARE", PyUnicode_FromString("Penstock/" PENSTOCK_VERSION)) &&
         set_new(environ, "GATEWAY_INTERFACE", PyUnicode_FromString("CGI/1.1")) &&
         set_new(environ, "uwsgi.version", PyBytes_FromString("Penstock/" PENSTOCK_VERSION)) &&
         set_new(environ, "uwsgi.node", host_name());
}

PyObject* EnvironBuilder::build(const http::Request& request, const http::Body& body,
                                PyObject* input, PyObject* early_hints) {
  PyRef environ = PyRef::steal(PyDict_Copy(template_.get()));
  if (!environ) return nullptr;
  PyObject* const target = environ.get();
  // Variables first: what the server itself says stands, whatever a front end sends.
  if (!set_variables(target, request) || !set_request_line(target, request) ||
      !set_body(target, request, body) || !set_fields(target, request) ||
      PyDict_SetItem(target, keys_[kInput].key.get(), input) < 0 ||
      PyDict_SetItem(target, keys_[kEarlyHints].key.get(), early_hints) < 0) {
    return nullptr;
  }
  return environ.release();
}

bool EnvironBuilder::set_text(PyObject* environ, CachedName& name, std::string_view value) {
  const PyRef text = PyRef::steal(cached_value(&name, value));
  return text && PyDict_SetItem(environ, name.key.get(), text.get()) == 0;
}

bool EnvironBuilder::set_request_line(PyObject* environ, const http::Request& request) {
  return set_text(environ, keys_[kRequestMethod], request.method) &&
         set_text(environ, keys_[kScriptName], request.script_name) &&
         set_text(environ, keys_[kPathInfo], request.path) &&
         set_text(environ, keys_[kQueryString], request.query) &&
         set_text(environ, keys_[kRequestUri], request.target) &&
         set_text(environ, keys_[kServerName], request.server_name) &&
         set_text(environ, keys_[kServerPort], request.server_port) &&
         set_text(environ, keys_[kServerProtocol], request.protocol) &&
         set_text(environ, keys_[kRemoteAddress], request.remote_address) &&
         set_text(environ, keys_[kRemotePort], request.remote_port) &&
         set_text(environ, keys_[kUrlScheme], request.scheme) &&
         (request.remote_user.empty() || set_text(environ, remote_user_, request.remote_user));
}

/// CONTENT_LENGTH is the body's true size, of a chunked one too: it is all here, and frameworks
/// read no more than they are told.
bool EnvironBuilder::set_body(PyObject* environ, const http::Request& request,
                              const http::Body& body) {
  if (request.has_content_type && !set_text(environ, content_type_, request.content_type)) {
    return false;
  }
  if (!request.chunked && !request.content_length) return true;
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, body.size()).ptr;
  return set_text(environ, content_length_, {digits, static_cast<std::size_t>(end - digits)});
}

bool EnvironBuilder::set_fields(PyObject* environ, const http::Request& request) {
  for (const http::Field& field : request.fields) {
    const NameCache::Found name = fields_.find(field.name);
    if (!name.key) return false;
    const PyRef value = PyRef::steal(cached_value(name.entry, field.value));
    if (!value) return false;
    // One look-up for the usual case: the field is not there yet, and the dictionary grows.
    const Py_ssize_t size = PyDict_Size(environ);
    if (!PyDict_SetDefault(environ, name.key, value.get())) return false;
    if (PyDict_Size(environ) == size && !join_value(environ, name.key, field, value.get())) {
      return false;
    }
  }
  return true;
}

/// A repeated field becomes one value (RFC 9110, section 5.3; cookies: RFC 9113, section 8.2.3).
bool EnvironBuilder::join_value(PyObject* environ, PyObject* key, const http::Field& field,
                                PyObject* value) {
  const PyRef before = PyRef::borrow(PyDict_GetItemWithError(environ, key));
  if (!before) return false;
  const char* const format = field.id == http::FieldId::Cookie ? "%U; %U" : "%U, %U";
  const PyRef joined = PyRef::steal(PyUnicode_FromFormat(format, before.get(), value));
  return joined && PyDict_SetItem(environ, key, joined.get()) == 0;
}

bool EnvironBuilder::set_variables(PyObject* environ, const http::Request& request) {
  for (const auto& [variable, bytes] : request.variables) {
    if (variable.starts_with("wsgi.")) continue;  // the server's word, not a peer's
    const NameCache::Found name = variables_.find(variable);
    if (!name.key) return false;
    const PyRef value = PyRef::steal(cached_value(name.entry, bytes));
    if (!value || PyDict_SetItem(environ, name.key, value.get()) < 0) return false;
  }
  return true;
}

}  // namespace penstock::pyhost
