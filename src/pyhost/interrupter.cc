// SPDX-License-Identifier: MIT
#include "pyhost/interrupter.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>
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

using Explained = std::vector<std::pair<app::Overdue, std::string>>;  // requests and their stacks

std::string title(const std::vector<app::Overdue>& requests) {
  std::string text = fmt::format("HARAKIRI: Python stacks of the process {}", ::getpid());
  for (const app::Overdue& request : requests)
    if (request.slow == 0)
      text += fmt::format("\nHARAKIRI: on thread {:#018x}: {}", request.thread, request.what);
  return text;
}

bool any_late(const std::vector<app::Overdue>& requests) {
  return std::any_of(requests.begin(), requests.end(),
                     [](const app::Overdue& request) { return request.slow == 0; });
}

void log_slow(const app::Overdue& request, std::string_view stack) {
  log::info("slow request: {}; it is in\n{}", request.what, stack);
}

/// Of what StackDump gives the frames of one thread.
std::string_view stack_of(std::string_view dump, pthread_t thread) {
  const std::size_t title = dump.find(fmt::format("hread {:#018x} ", thread));
  const std::size_t begin = title == dump.npos ? dump.npos : dump.find('\n', title);
  if (begin == dump.npos) return "  (no Python code)";
  const std::string_view rest = dump.substr(begin + 1);
  const std::size_t end = rest.find("\n\n");
  const std::string_view frames = rest.substr(0, end);
  return frames.substr(0, frames.find_last_not_of('\n') + 1);
}

/// What penstock._stacks says of all threads, or of one; nothing where even that fails. GIL held.
std::string stacks_by_python(pthread_t only = 0) {
  const PyRef module = PyRef::steal(PyImport_ImportModule("penstock._stacks"));
  const PyRef text =
      PyRef::steal(!module     ? nullptr
                   : only != 0 ? PyObject_CallMethod(module.get(), "describe_thread", "k", only)
                               : PyObject_CallMethod(module.get(), "describe", nullptr));
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
    Explained slow;
    {
      const GilHeld gil;
      lock.lock();
      gil_wanted_ = false;
      requests.swap(unexplained_);
      const bool raises = std::exchange(raise_, false);
      lock.unlock();
      changed_.notify_all();
      if (any_late(requests)) stacks = stacks_by_python();
      for (const app::Overdue& request : requests)
        if (request.slow != 0 && target_.is_slow_call(request))
          slow.emplace_back(request, stacks_by_python(request.thread));
      if (raises) target_.raise_in_overdue_calls();
    }
    if (any_late(requests)) log::info("{}\n{}", title(requests), stacks);
    for (const auto& [request, stack] : slow)
      log_slow(request, stack);
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
  for (const app::Overdue& request : requests)
    if (request.slow != 0)
      log_slow(request, fmt::format("{}\n  while native code holds the GIL",
                                    stack_of(stacks, request.thread)));
  if (any_late(requests))
    log::info("{}\nHARAKIRI: native code holds the GIL\n{}", title(requests), stacks);
}

}  // namespace penstock::pyhost
