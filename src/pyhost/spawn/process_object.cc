// SPDX-License-Identifier: MIT
#include <cstring>

#include "pyhost/ref.h"
#include "pyhost/spawn/objects.h"
#include "spawn/pipes.h"

namespace penstock::pyhost {
namespace {

ProcessObject& self_of(PyObject* object) {
  return *reinterpret_cast<ProcessObject*>(object);
}
spawn::Process& process_of(PyObject* object) {
  return *self_of(object).parts->process;
}
double in_seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

int traverse(PyObject* object, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(object));
  Py_VISIT(reinterpret_cast<PyObject*>(self_of(object).hub));
  Py_VISIT(self_of(object).on_news);
  return 0;
}

/// The hub stays: the process refers to it.
int clear(PyObject* object) {
  Py_CLEAR(self_of(object).on_news);
  return 0;
}

void deallocate(PyObject* object) {
  PyObject_GC_UnTrack(object);
  ProcessObject& self = self_of(object);
  delete self.parts;
  Py_XDECREF(self.on_news);
  Py_XDECREF(reinterpret_cast<PyObject*>(self.hub));
  PyTypeObject* type = Py_TYPE(object);
  type->tp_free(object);
  Py_DECREF(type);
}

const char* words(spawn::Step step) {
  switch (step) {
    case spawn::Step::Clone:
      return "new process";
    case spawn::Step::Signals:
      return "signals";
    case spawn::Step::Group:
      return "process group";
    case spawn::Step::Descriptors:
      return "descriptors (stdin, pass_fds)";
    case spawn::Step::Limits:
      return "limits (limit_as, limit_cpu)";
    case spawn::Step::Identity:
      return "user";
    case spawn::Step::Directory:
    case spawn::Step::Program:
      break;
  }
  return "program";
}

/// OSError or the class of it that the number stands for, such as FileNotFoundError.
PyObject* raise(const spawn::LaunchError& error, const spawn::Command& command) {
  if (error.step == spawn::Step::Program || error.step == spawn::Step::Directory) {
    const PyRef name = PyRef::steal(PyUnicode_DecodeFSDefault(
        error.step == spawn::Step::Program ? command.arguments.front().c_str()
                                           : command.directory.c_str()));
    if (!name) return nullptr;
    errno = error.code;
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.get());
  }
  const PyRef text =
      PyRef::steal(PyUnicode_FromFormat("%s: %s", words(error.step), std::strerror(error.code)));
  if (!text) return nullptr;
  const PyRef exception =
      PyRef::steal(PyObject_CallFunction(PyExc_OSError, "iO", error.code, text.get()));
  if (exception)
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
  return nullptr;
}

PyObject* raise(const Error& error) {
  errno = error.code;
  return PyErr_SetFromErrno(PyExc_OSError);
}

/// Makes the pipes, and says to the command which of their ends are the program's.
Result<> lay_pipes(StartArguments& arguments, spawn::Setup& setup, Fd (&theirs)[3]) {
  auto& standard = arguments.command.standard;
  if (arguments.pipes_input) {
    spawn::Pipe pipe = TRY(spawn::make_pipe(spawn::Flow::ToProgram));
    setup.input = std::move(pipe.ours);
    theirs[0] = std::move(pipe.theirs);
    standard[0] = theirs[0].get();
  }
  spawn::Pipe output = TRY(spawn::make_pipe(spawn::Flow::FromProgram));
  setup.output = std::move(output.ours);
  theirs[1] = std::move(output.theirs);
  standard[1] = standard[2] = theirs[1].get();
  if (!arguments.merges_errors) {
    spawn::Pipe errors = TRY(spawn::make_pipe(spawn::Flow::FromProgram));
    setup.errors = std::move(errors.ours);
    theirs[2] = std::move(errors.theirs);
    standard[2] = theirs[2].get();
  }
  return {};
}

PyObject* write(PyObject* object, PyObject* data) {
  char* bytes = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(data, &bytes, &size) < 0) return nullptr;
  Py_INCREF(data);
  const std::shared_ptr<const void> owner(data, [](PyObject* held) { Py_DECREF(held); });
  process_of(object).write({{bytes, static_cast<std::size_t>(size)}, owner});
  Py_RETURN_NONE;
}

PyObject* finish_input(PyObject* object, PyObject*) {
  process_of(object).finish_input();
  Py_RETURN_NONE;
}

PyObject* take_output(PyObject* object, PyObject*) {
  PyRef bytes = PyRef::steal(self_of(object).parts->output.take());
  spawn::Process& process = process_of(object);
  process.resume_output(process.output().terms());
  return bytes.release();
}

PyObject* take_errors(PyObject* object, PyObject*) {
  return self_of(object).parts->errors.take();
}

PyObject* collect_output(PyObject* object, PyObject* limit) {
  const std::size_t bytes = PyLong_AsSize_t(limit);
  if (PyErr_Occurred() != nullptr) return nullptr;
  process_of(object).resume_output({bytes, spawn::WhenFull::Discard});
  Py_RETURN_NONE;
}

PyObject* send_signal(PyObject* object, PyObject* number) {
  const long value = PyLong_AsLong(number);
  if (value == -1 && PyErr_Occurred() != nullptr) return nullptr;
  return PyBool_FromLong(process_of(object).signal(static_cast<int>(value)));
}

PyObject* terminate(PyObject* object, PyObject*) {
  process_of(object).terminate();
  Py_RETURN_NONE;
}

PyObject* kill(PyObject* object, PyObject*) {
  process_of(object).kill();
  Py_RETURN_NONE;
}

PyObject* pid(PyObject* object, void*) {
  return PyLong_FromLong(process_of(object).pid());
}
PyObject* pending(PyObject* object, void*) {
  return PyLong_FromSize_t(process_of(object).input().pending());
}
PyObject* input_open(PyObject* object, void*) {
  return PyBool_FromLong(process_of(object).input().is_open());
}
PyObject* output_open(PyObject* object, void*) {
  return PyBool_FromLong(process_of(object).output().is_open());
}
PyObject* errors_open(PyObject* object, void*) {
  return PyBool_FromLong(process_of(object).errors().is_open());
}
PyObject* truncated(PyObject* object, void*) {
  const spawn::Process& process = process_of(object);
  return PyBool_FromLong(process.output().is_truncated() || process.errors().is_truncated());
}

PyObject* ending(PyObject* object, void*) {
  const auto& ending = process_of(object).ending();
  if (!ending) Py_RETURN_NONE;
  return Py_BuildValue("(iOOdddL)", ending->status, ending->is_status_known ? Py_True : Py_False,
                       ending->timed_out ? Py_True : Py_False, in_seconds(ending->wall),
                       in_seconds(ending->user_time), in_seconds(ending->system_time),
                       static_cast<long long>(ending->peak_memory));
}

PyMethodDef methods[] = {
    {"write", write, METH_O, "Gives bytes to the standard input."},
    {"finish_input", finish_input, METH_NOARGS, "Closes the standard input after what was given."},
    {"take_output", take_output, METH_NOARGS, "The bytes of stdout so far; reading goes on."},
    {"take_errors", take_errors, METH_NOARGS, "The bytes of stderr so far."},
    {"collect_output", collect_output, METH_O, "Never pause again: hold so many bytes, lose more."},
    {"send_signal", send_signal, METH_O, "To the program alone; False if it has ended."},
    {"terminate", terminate, METH_NOARGS, "SIGTERM to the group, SIGKILL after the grace time."},
    {"kill", kill, METH_NOARGS, "SIGKILL to the group."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"pid", pid, nullptr, "Its process number.", nullptr},
    {"pending", pending, nullptr, "Bytes of input that it has not taken.", nullptr},
    {"input_open", input_open, nullptr, "Whether it may still take input.", nullptr},
    {"output_open", output_open, nullptr, "Whether more may come on stdout.", nullptr},
    {"errors_open", errors_open, nullptr, "Whether more may come on stderr.", nullptr},
    {"truncated", truncated, nullptr, "Whether output was lost.", nullptr},
    {"ending", ending, nullptr,
     "None, or (status, known, timed_out, wall, user, system, peak_memory).", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyType_Slot slots[] = {
    {Py_tp_doc, const_cast<char*>("One program that was started.")},
    {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
    {Py_tp_clear, reinterpret_cast<void*>(clear)},
    {Py_tp_methods, methods},
    {Py_tp_getset, properties},
    {0, nullptr},
};

}  // namespace

PyType_Spec process_spec = {
    "penstock._spawn.Process", sizeof(ProcessObject), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

PyObject* start_process(HubObject& hub, PyTypeObject* type, StartArguments& arguments) {
  PyRef object = PyRef::steal(type->tp_alloc(type, 0));
  if (!object) return nullptr;
  ProcessObject& self = self_of(object.get());
  self.parts = new ProcessParts;
  Py_INCREF(reinterpret_cast<PyObject*>(&hub));
  self.hub = &hub;
  Py_INCREF(arguments.on_news);
  self.on_news = arguments.on_news;
  self.wanted_news = arguments.wanted_news;

  spawn::Setup setup;
  Fd theirs[3];
  setup.started = steady_now();
  if (const auto laid = lay_pipes(arguments, setup, theirs); !laid) return raise(laid.error());
  Result<spawn::Child, spawn::LaunchError> child = [&arguments] {
    PyThreadState* thread = PyEval_SaveThread();
    auto launched = spawn::launch(arguments.command);
    PyEval_RestoreThread(thread);
    return launched;
  }();
  if (!child) return raise(child.error(), arguments.command);

  setup.child = std::move(*child);
  setup.terms = arguments.terms;
  setup.output_sink = &self.parts->output;
  setup.errors_sink = &self.parts->errors;
  setup.output_terms = arguments.output_terms;
  setup.errors_terms = arguments.errors_terms;
  setup.owner = object.get();
  self.parts->process = std::make_unique<spawn::Process>(*hub.hub, std::move(setup));
  if (const auto begun = self.parts->process->begin(); !begun) return raise(begun.error());
  hub.processes->insert(object.get());
  Py_INCREF(object.get());
  return object.release();
}

void tell_news(ProcessObject& process, unsigned news) {
  if ((news & process.wanted_news) == 0) return;
  const PyRef on_news = (news & spawn::kEnded) != 0
                            ? PyRef::steal(std::exchange(process.on_news, nullptr))
                            : PyRef::borrow(process.on_news);
  if (!on_news) return;
  const PyRef bits = PyRef::steal(PyLong_FromUnsignedLong(news));
  PyObject* const arguments[] = {reinterpret_cast<PyObject*>(&process), bits.get()};
  const PyRef result =
      PyRef::steal(bits ? PyObject_Vectorcall(on_news.get(), arguments, 2, nullptr) : nullptr);
  if (!result) PyErr_WriteUnraisable(on_news.get());
}

}  // namespace penstock::pyhost
