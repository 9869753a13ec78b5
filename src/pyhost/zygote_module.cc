// SPDX-License-Identifier: MIT
// Every function is called with the GIL and reports failure by an exception, as Python does.
#include "pyhost/zygote_module.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/log.h"
#include "base/output.h"
#include "base/process_title.h"
#include "config/build.h"
#include "config/option_table.h"
#include "config/process_names.h"
#include "ipc/boot.h"
#include "ipc/channel.h"
#include "pyhost/double_fork.h"
#include "pyhost/gil.h"
#include "pyhost/module_state.h"
#include "pyhost/raise.h"
#include "pyhost/ref.h"
#include "pyhost/resources.h"
#include "pyhost/worker_entry.h"

namespace penstock::pyhost {
namespace {

using Kind = ipc::Message::Kind;

/// A channel on a descriptor that stays Python's.
class BorrowedChannel {
 public:
  explicit BorrowedChannel(int fd) : channel_(Fd(fd)) {}
  BorrowedChannel(const BorrowedChannel&) = delete;
  BorrowedChannel& operator=(const BorrowedChannel&) = delete;
  ~BorrowedChannel() { static_cast<void>(channel_.release().release()); }
  ipc::Channel* operator->() { return &channel_; }

 private:
  ipc::Channel channel_;
};

PyRef none() {
  return PyRef::borrow(Py_None);
}

/// As Python decodes file names: any bytes can be given back to the system.
PyRef text(const std::string& bytes) {
  return PyRef::steal(
      PyUnicode_DecodeFSDefaultAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

PyRef list_of(const std::vector<std::string>& strings) {
  PyRef list = PyRef::steal(PyList_New(0));
  for (const std::string& string : strings) {
    if (!list) break;
    const PyRef item = text(string);
    if (!item || PyList_Append(list.get(), item.get()) < 0) list.reset();
  }
  return list;
}

bool put(PyObject* dict, const char* key, const PyRef& value) {
  return value && PyDict_SetItemString(dict, key, value.get()) == 0;
}

/// Programs that the app starts have no business with these.
void close_on_exec(const ipc::Boot& boot) {
  ::fcntl(ipc::kControlFd, F_SETFD, FD_CLOEXEC);
  ::fcntl(ipc::kBootFd, F_SETFD, FD_CLOEXEC);
  ::fcntl(boot.scoreboard_fd, F_SETFD, FD_CLOEXEC);
  if (boot.request_log_fd > STDERR_FILENO) ::fcntl(boot.request_log_fd, F_SETFD, FD_CLOEXEC);
  for (const ipc::InheritedListener& listener : boot.listeners)
    ::fcntl(listener.fd, F_SETFD, FD_CLOEXEC);
}

/// Puts an option into uwsgi.opt. Flags are True there, values bytes.
bool put_option(PyObject* options, const config::Setting& setting) {
  const config::Option* const option = config::find_option(setting.name);
  const bool is_flag = option && !option->takes_value() &&
                       (option->kind == config::Kind::Flag || setting.value == "true");
  if (is_flag && !config::is_true(setting.value)) return true;
  const PyRef value =
      is_flag ? PyRef::borrow(Py_True)
              : PyRef::steal(PyBytes_FromStringAndSize(
                    setting.value.data(), static_cast<Py_ssize_t>(setting.value.size())));
  const PyRef name = text(setting.name);
  return value && name && PyDict_SetItem(options, name.get(), value.get()) == 0;
}

/// uwsgi.opt: the options as the user spelled them, and the user's own names.
PyRef options_of(const ipc::Boot& boot) {
  PyRef options = PyRef::steal(PyDict_New());
  for (const config::Settings* const some : {&boot.placeholders, &boot.settings})
    for (const config::Setting& setting : *some)
      if (options && !put_option(options.get(), setting)) options.reset();
  return options;
}

/// What the module uwsgi tells of the server.
PyRef facts_for_uwsgi(const ipc::Boot& boot, const config::Config& config) {
  const PyRef options = options_of(boot);
  PyRef sockets = PyRef::steal(PyList_New(0));
  if (!options || !sockets) return {};
  for (const ipc::InheritedListener& listener : boot.listeners) {
    const PyRef fd = PyRef::steal(PyLong_FromLong(listener.fd));
    if (!fd || PyList_Append(sockets.get(), fd.get()) < 0) return {};
  }
  return PyRef::steal(Py_BuildValue(
      "{s:O,s:O,s:i,s:i,s:i,s:n,s:O}", "options", options.get(), "sockets", sockets.get(),
      "processes", config.worker.processes, "threads", config.worker.threads, "scoreboard",
      boot.scoreboard_fd, "buffer_size", static_cast<Py_ssize_t>(config.limits.head_bytes), "lazy",
      config.app.lazy ? Py_True : Py_False));
}

PyObject* read_boot(PyObject*, PyObject*) noexcept {
  const auto boot = ipc::Boot::read(ipc::kBootFd);
  if (!boot) return raise(boot.error());
  close_on_exec(*boot);
  const auto config = config::build(boot->settings, config::InheritedSockets::Yes);
  if (!config) return raise(config.error());
  if (const auto limited = limit_memory(config->resources); !limited) return raise(limited.error());
  log::set_date(config->log.date);

  if (const auto title = config::process_name(config->process_names, config::Role::Zygote))
    set_process_title(*title);
  const config::AppConfig& app = config->app;
  PyRef result = PyRef::steal(PyDict_New());
  if (!result || !put(result.get(), "module", text(app.module)) ||
      !put(result.get(), "file", text(app.file)) ||
      !put(result.get(), "callable", text(app.callable)) ||
      !put(result.get(), "folder", text(app.later_chdir)) ||
      !put(result.get(), "python_path", list_of(app.python_path)) ||
      !put(result.get(), "arguments", list_of(app.arguments)) ||
      !put(result.get(), "lazy", PyRef::steal(PyBool_FromLong(app.lazy ? 1 : 0))) ||
      !put(result.get(), "uwsgi", facts_for_uwsgi(*boot, *config)))
    return nullptr;
  return result.release();
}

PyObject* receive_fork(PyObject*, PyObject* argument) noexcept {
  const int fd = PyObject_AsFileDescriptor(argument);
  if (fd < 0) return nullptr;
  for (;;) {
    auto received = [fd] {
      const GilReleased released;
      return BorrowedChannel(fd)->receive();
    }();
    if (!received) {
      if (received.error().code != EINTR) return raise(received.error());
      if (PyErr_CheckSignals() < 0) return nullptr;
      continue;
    }
    if (!*received) return none().release();
    ipc::Channel::Received& request = **received;
    if (request.message.kind == Kind::ReopenLog && request.descriptor) {
      if (const auto taken = become_output(request.descriptor.get()); !taken)
        log::error("the new log file: {}", taken.error().what);
    }
    if (request.message.kind != Kind::Fork || !request.descriptor) continue;
    return Py_BuildValue("(iii)", static_cast<int>(request.message.value), request.message.slot,
                         request.descriptor.release());
  }
}

PyObject* report(PyObject*, PyObject* arguments) noexcept {
  int fd = -1;
  int kind = 0;
  int slot = 0;
  int pid = 0;
  long long value = 0;
  if (!PyArg_ParseTuple(arguments, "ii|iiL", &fd, &kind, &slot, &pid, &value)) return nullptr;
  const ipc::Message message{static_cast<Kind>(kind), slot, pid, value};
  const auto sent = BorrowedChannel(fd)->send(message);
  return sent ? none().release() : raise(sent.error());
}

PyObject* fork_worker(PyObject*, PyObject*) noexcept {
  const auto pid = double_fork();
  if (!pid) {
    errno = pid.error().code;
    return PyErr_SetFromErrno(PyExc_OSError);
  }
  return PyLong_FromLong(*pid);
}

PyObject* run_worker_here(PyObject* module, PyObject* arguments) noexcept {
  PyObject* app = nullptr;
  int number = 0;
  int slot = 0;
  int channel = -1;
  if (!PyArg_ParseTuple(arguments, "Oiii", &app, &number, &slot, &channel)) return nullptr;
  const Fd boot_file{ipc::kBootFd};
  const auto boot = ipc::Boot::read(boot_file.get());
  if (!boot) return raise(boot.error());
  const auto ran = run_worker(app, module_state(module)->types, *boot,
                              {number, static_cast<std::size_t>(slot)}, Fd(channel));
  if (ran) return none().release();
  return PyErr_Occurred() ? nullptr : raise(ran.error());
}

PyObject* die_with_parent(PyObject*, PyObject*) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return PyErr_SetFromErrno(PyExc_OSError);
  return none().release();
}

/// A handler that does nothing: other than SIG_IGN, programs that the app starts do not inherit
/// it.
PyObject* leave_signals_to_master(PyObject*, PyObject*) noexcept {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT})
    ::sigaction(signal, &action, nullptr);
  return none().release();
}

PyObject* write_log(PyObject*, PyObject* arguments) noexcept {
  int level = 0;
  const char* message = nullptr;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTuple(arguments, "iy#", &level, &message, &size)) return nullptr;
  log::write(static_cast<log::Level>(level), {message, static_cast<std::size_t>(size)});
  return none().release();
}

PyObject* set_title(PyObject*, PyObject* argument) noexcept {
  char* title = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(argument, &title, &size) < 0) return nullptr;
  set_process_title({title, static_cast<std::size_t>(size)});
  return none().release();
}

PyObject* interpreter_address(PyObject*, PyObject*) noexcept {
  return PyLong_FromVoidPtr(PyInterpreterState_Get());
}

PyMethodDef functions[] = {
    {"read_boot", read_boot, METH_NOARGS, nullptr},
    {"receive_fork", receive_fork, METH_O, nullptr},
    {"report", report, METH_VARARGS, nullptr},
    {"fork_worker", fork_worker, METH_NOARGS, nullptr},
    {"run_worker", run_worker_here, METH_VARARGS, nullptr},
    {"die_with_parent", die_with_parent, METH_NOARGS, nullptr},
    {"leave_signals_to_master", leave_signals_to_master, METH_NOARGS, nullptr},
    {"write_log", write_log, METH_VARARGS, nullptr},
    {"set_process_title", set_title, METH_O, nullptr},
    {"interpreter_address", interpreter_address, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

struct Constant {
  const char* name;
  long value;
};

template <class Enum>
constexpr long number_of(Enum value) {
  return static_cast<long>(value);
}

constexpr Constant kConstants[] = {
    {"CONTROL_FD", ipc::kControlFd},
    {"APP_LOADED", number_of(Kind::AppLoaded)},
    {"APP_FAILED", number_of(Kind::AppFailed)},
    {"FORKED", number_of(Kind::Forked)},
    {"FORK_FAILED", number_of(Kind::ForkFailed)},
    {"LOG_INFO", number_of(log::Level::Info)},
    {"LOG_WARNING", number_of(log::Level::Warning)},
    {"LOG_ERROR", number_of(log::Level::Error)},
};

}  // namespace

bool add_zygote_functions(PyObject* module) {
  for (const Constant& constant : kConstants)
    if (PyModule_AddIntConstant(module, constant.name, constant.value) < 0) return false;
  return PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace penstock::pyhost
