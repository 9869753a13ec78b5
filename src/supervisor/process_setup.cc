// SPDX-License-Identifier: MIT
// Each step stands for itself; none is worth refusing service for.
#include "supervisor/process_setup.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"

namespace penstock::supervisor {
namespace {

// Some programs close every number up to the limit, so "as many as possible" is no good limit.
constexpr rlim_t kMostDescriptors = 524288;

/// Otherwise a socket could become descriptor 2, and receive the log.
void open_standard_descriptors() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR);  // the lowest free number; without O_CLOEXEC on purpose
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) ::close(fd);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  const rlim_t wanted = std::min(limit.rlim_max, kMostDescriptors);
  if (wanted <= limit.rlim_cur) return;
  limit.rlim_cur = wanted;
  if (::setrlimit(RLIMIT_NOFILE, &limit) < 0) log::warning("cannot raise RLIMIT_NOFILE");
}

}  // namespace

void prepare_process() {
  open_standard_descriptors();
  raise_descriptor_limit();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, it would hide how children end
  ::prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL);
}

void keep_descriptors_from_children() {
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);  // before Linux 5.11 they stay inherited
}

}  // namespace penstock::supervisor
