// SPDX-License-Identifier: MIT
#include "pyhost/stack_dump.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pyhost/python.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

constexpr std::size_t kLongest = 256 * 1024;

/// One that neither the C library nor, most likely, an app uses.
int dump_signal() {
  return SIGRTMIN + 10;
}

}  // namespace

std::unique_ptr<StackDump> StackDump::create() {
  Fd file{::memfd_create("penstock-stacks", MFD_CLOEXEC)};
  if (!file) {
    PyErr_SetFromErrno(PyExc_OSError);
    return nullptr;
  }
  const PyRef module = PyRef::steal(PyImport_ImportModule("faulthandler"));
  if (!module) return nullptr;
  const PyRef done = PyRef::steal(
      PyObject_CallMethod(module.get(), "register", "iiO", dump_signal(), file.get(), Py_True));
  if (!done) return nullptr;
  return std::unique_ptr<StackDump>(new StackDump(std::move(file)));
}

std::string StackDump::take() {
  const std::lock_guard lock(mutex_);
  if (::ftruncate(file_.get(), 0) < 0 || ::lseek(file_.get(), 0, SEEK_SET) < 0) return {};
  // A signal to the calling thread itself has been handled when this returns.
  ::pthread_kill(::pthread_self(), dump_signal());
  std::string text(kLongest, '\0');
  const ssize_t size = ::pread(file_.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace penstock::pyhost
