// SPDX-License-Identifier: MIT
#include "pyhost/interrupter.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/log.h"
#include "pyhost/errors.h"
#include "pyhost/gil.h"
#include "pyhost/ref.h"

namespace penstock::pyhost {
namespace {

/// Who cannot have the GIL for so long does not share it with Python code, which offers it every
/// few milliseconds.
constexpr milliseconds kPatience{300};

std::string title(const std::vector<app::Overdue>& requests) {
  std::string text = fmt::format("HARAKIRI: Python stacks of the process {}", ::getpid());
  for (const app::Overdue& request : requests)
    text += fmt::format("\nHARAKIRI: on thread {:#018x}: {}", request.thread, request.what);
  return text;
}

/// What penstock._stacks says of all threads; nothing where even that fails. GIL held.
std::string stacks_by_python() {
  const PyRef module = PyRef::steal(PyImport_ImportModule("penstock._stacks"));
  const PyRef text =
      PyRef::steal(module ? PyObject_CallMethod(module.get(), "describe", nullptr) : nullptr);
  const PyRef bytes = PyRef::steal(
      text ? PyUnicode_AsEncodedString(text.get(), "utf-8", "backslashreplace") : nullptr);
  if (bytes && PyBytes_Check(bytes.get())) return PyBytes_AS_STRING(bytes.get());
  log_exception("the Python stacks cannot be shown");
  return {};
}

}  // namespace

Interrupter::Interrupter(std::unique_ptr<StackDump> dump, Target& target)
    : interpreter_(PyInterpreterState_Get()), dump_(std::move(dump)), target_(target) {}

Interrupter::~Interrupter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  const GilReleased released;
  if (watch_.joinable()) watch_.join();
  if (with_gil_.joinable()) with_gil_.join();
}

void Interrupter::overdue(const app::Overdue& request) noexcept {
  const std::lock_guard lock(mutex_);
  unexplained_.push_back(request);
  gil_wanted_ = true;
  raise_ = raise_ || request.raise;
  try {
    start_threads();
  } catch (const std::system_error& error) {
    log::error("a request that is late cannot be interrupted: no thread for it: {}", error.what());
  }
  changed_.notify_all();
}

void Interrupter::start_threads() {
  if (!watch_.joinable()) watch_ = std::thread([this] { watch(); });
  if (!with_gil_.joinable()) with_gil_ = std::thread([this] { serve_with_gil(); });
}

void Interrupter::serve_with_gil() {
  attach_thread(interpreter_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return gil_wanted_ || ending_; });
    if (ending_) break;
    lock.unlock();
    Requests requests;
    std::string stacks;
    {
      const GilHeld gil;
      lock.lock();
      gil_wanted_ = false;
      requests.swap(unexplained_);
      const bool raises = std::exchange(raise_, false);
      lock.unlock();
      changed_.notify_all();
      if (!requests.empty()) stacks = stacks_by_python();
      if (raises) target_.raise_in_overdue_calls();
    }
    if (!requests.empty()) log::info("{}\n{}", title(requests), stacks);
    lock.lock();
  }
  lock.unlock();
  detach_thread();
}

void Interrupter::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    changed_.wait(lock, [this] { return !unexplained_.empty() || ending_; });
    const auto done = [this] { return unexplained_.empty() || ending_; };
    if (changed_.wait_for(lock, kPatience, done)) continue;
    const Requests requests = std::exchange(unexplained_, {});
    lock.unlock();
    explain_without_gil(requests);
    lock.lock();
  }
}

void Interrupter::explain_without_gil(const Requests& requests) {
  std::string stacks = dump_->take();
  while (!stacks.empty() && stacks.back() == '\n')
    stacks.pop_back();
  log::info("{}\nHARAKIRI: native code holds the GIL\n{}", title(requests), stacks);
}

}  // namespace penstock::pyhost
