// SPDX-License-Identifier: MIT
// A named pipe that takes commands, one letter each: echo r > /run/site.fifo
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "net/loop.h"
#include "service/owned_file.h"

namespace penstock::service {

class MasterFifo final : public net::Watcher {
 public:
  using Handler = std::function<void(char command)>;

  /// Makes the pipe (mode 0600), or takes one that is there; any other file is an error. Line
  /// feeds and blanks do not reach `handler`. The loop outlives the result.
  static Result<std::unique_ptr<MasterFifo>> create(net::Loop& loop, const std::string& path,
                                                    Handler handler);
  MasterFifo(const MasterFifo&) = delete;
  MasterFifo& operator=(const MasterFifo&) = delete;
  /// A pipe that was made is removed.
  ~MasterFifo();

 private:
  MasterFifo(net::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  void on_ready(std::uint32_t events) override;

  net::Loop& loop_;
  Handler handler_;
  OwnedFile file_;
  Fd fd_;
};

}  // namespace penstock::service
