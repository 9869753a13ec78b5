// SPDX-License-Identifier: MIT
#include "pyhost/environ.h"

#include <unistd.h>

#include <charconv>
#include <iterator>

#include "pyhost/text.h"

namespace penstock::pyhost {
namespace {

using Form = EnvironKeys::Form;

constexpr const char* kKeyNames[] = {
    "REQUEST_METHOD",  "SCRIPT_NAME", "PATH_INFO",        "QUERY_STRING", "REQUEST_URI",
    "SERVER_NAME",     "SERVER_PORT", "SERVER_PROTOCOL",  "REMOTE_ADDR",  "REMOTE_PORT",
    "wsgi.url_scheme", "wsgi.input",  "wsgi.early_hints",
};

constexpr const char* kCredentials[] = {"HTTP_AUTHORIZATION", "HTTP_COOKIE",
                                        "HTTP_PROXY_AUTHORIZATION"};

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

/// The server's word, not a peer's.
bool is_for_server(std::string_view variable) {
  return variable.starts_with("wsgi.");
}

}  // namespace

bool EnvironBuilder::prepare(const EnvironConstants& constants) {
  static_assert(std::size(kKeyNames) == kKeyCount);
  base_ = PyRef::steal(PyDict_New());
  if (!base_) return false;
  PyObject* const environ = base_.get();
  // Every key is there from the start, so that a copy has its final size and is never resized
  // for them.
  for (std::size_t i = 0; i < kKeyCount; ++i) {
    own_[i] = keys_.find(Form::Variable, kKeyNames[i]).key;  // first, so that there is room
    if (!own_[i] || PyDict_SetItem(environ, own_[i]->text(), Py_None) < 0) return false;
    own_[i]->reserved = true;
    own_[i]->in_template = Py_None;
  }
  for (const char* const name : kCredentials) {
    EnvironKey* const key = keys_.get(name);
    if (!key) return false;
    key->learnable = false;
  }
  content_type_ = keys_.get("CONTENT_TYPE");
  content_length_ = keys_.get("CONTENT_LENGTH");
  remote_user_ = keys_.get("REMOTE_USER");
  const bool done =
      content_type_ && content_length_ && remote_user_ &&
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
  if (done) template_ = PyRef::steal(PyDict_Copy(environ));
  return static_cast<bool>(template_);
}

PyObject* EnvironBuilder::build(const http::Request& request, const http::Body& body,
                                PyObject* input, PyObject* early_hints) {
  PyRef environ = copy_template();
  if (!environ || !find_names(request)) return nullptr;
  PyObject* const target = environ.get();
  const bool as_before =
      names_.are_plain && names_.known == learned_.size() && names_.learnable == names_.known;
  if (names_.known < learned_.size() || !names_.are_plain) {
    if (!forget_absent(target)) return nullptr;
  }
  // Variables first: what the server itself says stands, whatever a front end sends.
  const bool named =
      names_.are_plain ? set_names(target, request) : set_repeated_names(target, request);
  if (!named || !set_server_values(target, request) || !set_body(target, request, body) ||
      PyDict_SetItem(target, own_[kInput]->text(), input) < 0 ||
      PyDict_SetItem(target, own_[kEarlyHints]->text(), early_hints) < 0) {
    return nullptr;
  }
  if (!as_before && names_.are_plain && !learn_names(target)) return nullptr;
  return environ.release();
}

/// Making a dictionary may run the garbage collector, and so any code, and other threads here.
/// From then on to its end build() makes nothing that could.
PyRef EnvironBuilder::copy_template() {
  for (;;) {
    const std::uint64_t version = version_;
    const PyRef source = template_;
    PyRef copy = PyRef::steal(PyDict_Copy(source.get()));
    if (!copy || version == version_) return copy;
  }
}

/// False: an exception is set.
bool EnvironBuilder::find_names(const http::Request& request) {
  ++request_;
  names_.keys.clear();
  names_.learnable = names_.known = 0;
  names_.are_plain = true;
  const auto add = [this](const EnvironKeys::Found& found) {
    EnvironKey* const key = found.key;
    if (!key) {
      names_.are_plain = false;
      return static_cast<bool>(found.text);
    }
    if (key->reserved) {
      names_.keys.push_back(nullptr);
      return true;
    }
    if (key->request == request_) names_.are_plain = false;
    key->request = request_;
    if (key->in_template) ++names_.known;
    if (key->learnable) ++names_.learnable;
    names_.keys.push_back(key);
    return true;
  };
  for (const auto& [variable, value] : request.variables) {
    if (is_for_server(variable)) {
      names_.keys.push_back(nullptr);
    } else if (!add(keys_.find(Form::Variable, variable))) {
      return false;
    }
  }
  for (const http::Field& field : request.fields) {
    if (!add(keys_.find(Form::HttpField, field.name))) return false;
  }
  return true;
}

/// Takes out of a copy what this request does not say; where names repeat, all that was learned.
bool EnvironBuilder::forget_absent(PyObject* environ) {
  for (const EnvironKey* const key : learned_) {
    if (names_.are_plain && key->request == request_) continue;
    PyObject* const standard = PyDict_GetItemWithError(base_.get(), key->text());
    if (!standard && PyErr_Occurred()) return false;
    const int done = standard ? PyDict_SetItem(environ, key->text(), standard)
                              : PyDict_DelItem(environ, key->text());
    if (done < 0) return false;
  }
  return true;
}

bool EnvironBuilder::set_names(PyObject* environ, const http::Request& request) {
  auto key = names_.keys.begin();
  for (const auto& [variable, value] : request.variables) {
    EnvironKey* const at = *key++;
    if (at && !set(environ, *at, value)) return false;
  }
  for (const http::Field& field : request.fields) {
    if (!set(environ, **key++, field.value)) return false;
  }
  return true;
}

/// The same where a name stands twice or has no place in the cache.
bool EnvironBuilder::set_repeated_names(PyObject* environ, const http::Request& request) {
  for (const auto& [variable, bytes] : request.variables) {
    if (is_for_server(variable)) continue;
    const EnvironKeys::Found name = keys_.find(Form::Variable, variable);
    if (name.key && name.key->reserved) continue;
    PyObject* const key = name.key ? name.key->text() : name.text.get();
    if (!key) return false;
    const PyRef value = PyRef::steal(latin1(bytes));
    if (!value || PyDict_SetItem(environ, key, value.get()) < 0) return false;
  }
  for (const http::Field& field : request.fields) {
    const EnvironKeys::Found name = keys_.find(Form::HttpField, field.name);
    PyObject* const key = name.key ? name.key->text() : name.text.get();
    if (!key) return false;
    const PyRef value = PyRef::steal(latin1(field.value));
    if (!value) return false;
    // One look-up for the usual case: the field is not there yet, and the dictionary grows.
    const Py_ssize_t size = PyDict_Size(environ);
    if (!PyDict_SetDefault(environ, key, value.get())) return false;
    if (PyDict_Size(environ) == size && !join(environ, key, field, value.get())) return false;
  }
  return true;
}

/// A repeated field becomes one value (RFC 9110, section 5.3; cookies: RFC 9113, section 8.2.3).
bool EnvironBuilder::join(PyObject* environ, PyObject* key, const http::Field& field,
                          PyObject* value) {
  const PyRef before = PyRef::borrow(PyDict_GetItemWithError(environ, key));
  if (!before) return false;
  const char* const format = field.id == http::FieldId::Cookie ? "%U; %U" : "%U, %U";
  const PyRef joined = PyRef::steal(PyUnicode_FromFormat(format, before.get(), value));
  return joined && PyDict_SetItem(environ, key, joined.get()) == 0;
}

bool EnvironBuilder::set_server_values(PyObject* environ, const http::Request& request) {
  return set(environ, *own_[kRequestMethod], request.method) &&
         set(environ, *own_[kScriptName], request.script_name) &&
         set(environ, *own_[kPathInfo], request.path) &&
         set(environ, *own_[kQueryString], request.query) &&
         set(environ, *own_[kRequestUri], request.target) &&
         set(environ, *own_[kServerName], request.server_name) &&
         set(environ, *own_[kServerPort], request.server_port) &&
         set(environ, *own_[kServerProtocol], request.protocol) &&
         set(environ, *own_[kRemoteAddress], request.remote_address) &&
         set(environ, *own_[kRemotePort], request.remote_port) &&
         set(environ, *own_[kUrlScheme], request.scheme) &&
         (request.remote_user.empty() || set(environ, *remote_user_, request.remote_user));
}

/// CONTENT_LENGTH is the body's true size, of a chunked one too: it is all here, and frameworks
/// read no more than they are told.
bool EnvironBuilder::set_body(PyObject* environ, const http::Request& request,
                              const http::Body& body) {
  if (request.has_content_type && !set(environ, *content_type_, request.content_type)) {
    return false;
  }
  if (!request.chunked && !request.content_length) return true;
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, body.size()).ptr;
  return set(environ, *content_length_, {digits, static_cast<std::size_t>(end - digits)});
}

/// The template takes over a value that is said twice in a row.
bool EnvironBuilder::set(PyObject* environ, EnvironKey& key, std::string_view bytes) {
  if (key.is_in_template(bytes)) return true;
  const bool is_said_again = key.in_template && key.is_last_value(bytes);
  const PyRef value = key.value_of(bytes);
  if (!value || PyDict_SetItem(environ, key.text(), value.get()) < 0) return false;
  if (!is_said_again) return true;
  if (PyDict_SetItem(template_.get(), key.text(), value.get()) < 0) return false;
  key.in_template = value.get();
  ++version_;
  return true;
}

/// The template takes over the names of a request if the one before had the same.
bool EnvironBuilder::learn_names(PyObject* environ) {
  if (names_.keys != names_before_) {
    names_before_.swap(names_.keys);
    return true;
  }
  // Making it may let other requests in here, so nothing of the builder is used until it is made.
  const PyRef source = PyRef::borrow(environ);
  std::vector<EnvironKey*> keys = names_.keys;
  PyRef fresh = PyRef::steal(PyDict_Copy(base_.get()));
  if (!fresh) return false;
  std::erase_if(keys, [](const EnvironKey* key) { return !key || !key->learnable; });
  const std::size_t names = keys.size();
  keys.insert(keys.end(), own_, own_ + kInput);
  std::vector<PyObject*> values;
  for (const EnvironKey* const key : keys) {
    PyObject* const value = PyDict_GetItemWithError(source.get(), key->text());
    if (!value || PyDict_SetItem(fresh.get(), key->text(), value) < 0) return false;
    values.push_back(value);
  }

  for (EnvironKey* const key : learned_)
    key->in_template = nullptr;
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i]->in_template = values[i];
  keys.resize(names);
  learned_ = std::move(keys);
  template_ = std::move(fresh);
  ++version_;
  return true;
}

}  // namespace penstock::pyhost
