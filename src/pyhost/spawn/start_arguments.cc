// SPDX-License-Identifier: MIT
#include "pyhost/spawn/start_arguments.h"

#include <cmath>

#include "base/environment.h"
#include "pyhost/ref.h"
#include "spawn/search_path.h"

namespace penstock::pyhost {
namespace {

constexpr int kNull = -3;                // as subprocess.DEVNULL
constexpr int kPipe = -1;                // as subprocess.PIPE
constexpr double kLongestSeconds = 3e9;  // nanoseconds of that still fit 64 bits

/// A sequence of bytes objects. Bytes with a NUL would be cut by the system: refused.
bool read_strings(PyObject* object, std::vector<std::string>& result) {
  const PyRef items = PyRef::steal(PySequence_Fast(object, "a sequence of bytes is needed"));
  if (!items) return false;
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.get());
  result.reserve(static_cast<std::size_t>(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    char* bytes = nullptr;
    // A null length: PyBytes_AsStringAndSize raises ValueError for an embedded NUL.
    if (PyBytes_AsStringAndSize(PySequence_Fast_GET_ITEM(items.get(), i), &bytes, nullptr) < 0)
      return false;
    result.emplace_back(bytes);
  }
  return true;
}

bool read_optional_string(PyObject* object, std::string& result) {
  if (object == Py_None) return true;
  char* bytes = nullptr;
  if (PyBytes_AsStringAndSize(object, &bytes, nullptr) < 0) return false;
  result = bytes;
  return true;
}

template <class Number>
bool read_numbers(PyObject* object, std::vector<Number>& result) {
  const PyRef items = PyRef::steal(PySequence_Fast(object, "a sequence of integers is needed"));
  if (!items) return false;
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
    const long long number = PyLong_AsLongLong(PySequence_Fast_GET_ITEM(items.get(), i));
    if (number == -1 && PyErr_Occurred() != nullptr) return false;
    result.push_back(static_cast<Number>(number));
  }
  return true;
}

bool read_optional_number(PyObject* object, std::optional<std::uint64_t>& result) {
  if (object == Py_None) return true;
  const unsigned long long number = PyLong_AsUnsignedLongLong(object);
  if (PyErr_Occurred() != nullptr) return false;
  result = number;
  return true;
}

/// (uid, gid, [gid, ...]) or None.
bool read_identity(PyObject* object, std::optional<spawn::Identity>& result) {
  if (object == Py_None) return true;
  unsigned long user = 0;
  unsigned long group = 0;
  PyObject* groups = nullptr;
  if (!PyArg_ParseTuple(object, "kkO;identity is (uid, gid, groups)", &user, &group, &groups))
    return false;
  result.emplace();
  result->user = static_cast<uid_t>(user);
  result->group = static_cast<gid_t>(group);
  return read_numbers(groups, result->groups);
}

nanoseconds duration(double seconds_value) {
  const double bounded = std::fmin(std::fmax(seconds_value, 0.0), kLongestSeconds);
  return nanoseconds(static_cast<std::int64_t>(bounded * 1e9));
}

bool read_timeout(PyObject* object, std::optional<nanoseconds>& result) {
  if (object == Py_None) return true;
  const double value = PyFloat_AsDouble(object);
  if (value == -1.0 && PyErr_Occurred() != nullptr) return false;
  result = duration(value);
  return true;
}

}  // namespace

bool read_start_arguments(PyObject* args, PyObject* kwargs, int null_fd, StartArguments& result) {
  static constexpr const char* kNames[] = {
      "arguments",       "path",        "environment", "directory",      "stdin",
      "merge_errors",    "pass_fds",    "new_session", "identity",       "limit_as",
      "limit_cpu",       "timeout",     "grace",       "keep_leftovers", "max_output",
      "pause_output_at", "wanted_news", "on_news",     nullptr};
  PyObject* arguments = nullptr;
  const char* path = nullptr;
  PyObject* environment = nullptr;
  PyObject* directory = nullptr;
  int input = kNull;
  int merges_errors = 0;
  PyObject* pass_fds = nullptr;
  int new_session = 0;
  PyObject* identity = nullptr;
  PyObject* limit_as = nullptr;
  PyObject* limit_cpu = nullptr;
  PyObject* timeout = nullptr;
  double grace = 0;
  int keep_leftovers = 0;
  Py_ssize_t max_output = 0;
  Py_ssize_t pause_output_at = 0;
  if (!PyArg_ParseTupleAndKeywords(
          args, kwargs, "$OyOOipOpOOOOdpnnIO:start", const_cast<char**>(kNames), &arguments, &path,
          &environment, &directory, &input, &merges_errors, &pass_fds, &new_session, &identity,
          &limit_as, &limit_cpu, &timeout, &grace, &keep_leftovers, &max_output, &pause_output_at,
          &result.wanted_news, &result.on_news))
    return false;

  spawn::Command& command = result.command;
  if (!read_strings(arguments, command.arguments)) return false;
  if (command.arguments.empty()) {
    PyErr_SetString(PyExc_ValueError, "args names no program");
    return false;
  }
  command.programs = spawn::search_path(command.arguments.front(), path);
  if (environment == Py_None) {
    command.environment = current_environment();
  } else if (!read_strings(environment, command.environment)) {
    return false;
  }
  command.leads = new_session != 0 ? spawn::Leads::Session : spawn::Leads::Group;
  result.pipes_input = input == kPipe;
  command.standard[0] = input >= 0 ? input : null_fd;
  result.merges_errors = merges_errors != 0;
  result.terms.grace = duration(grace);
  result.terms.leftovers = keep_leftovers != 0 ? spawn::Leftovers::Kept : spawn::Leftovers::Ended;
  result.errors_terms = {static_cast<std::size_t>(max_output), spawn::WhenFull::Discard};
  result.output_terms = result.errors_terms;
  if (pause_output_at > 0)
    result.output_terms = {static_cast<std::size_t>(pause_output_at), spawn::WhenFull::Pause};
  return read_optional_string(directory, command.directory) &&
         read_numbers(pass_fds, command.pass_fds) && read_identity(identity, command.identity) &&
         read_optional_number(limit_as, command.address_space) &&
         read_optional_number(limit_cpu, command.cpu_seconds) &&
         read_timeout(timeout, result.terms.timeout);
}

}  // namespace penstock::pyhost
