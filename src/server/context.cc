// SPDX-License-Identifier: MIT
#include "server/context.h"

namespace penstock::server {
namespace {

proto::Limits protocol_limits_of(const config::LimitConfig& limits) {
  proto::Limits result;
  result.head_bytes = limits.head_bytes;
  result.line_bytes = limits.line_bytes;
  result.fields = limits.fields;
  result.variables = limits.variables;
  result.body_bytes = limits.body_bytes;
  return result;
}

}  // namespace

Context::Context(net::Loop& loop_, BufferPool& buffers_, app::Application& application_,
                 RequestLog& log_, Roster& roster_, stats::WorkerSlot& slot_,
                 stats::Totals& totals_, const config::Config& config_)
    : loop(loop_),
      buffers(buffers_),
      application(application_),
      log(log_),
      roster(roster_),
      slot(slot_),
      totals(totals_),
      config(config_),
      protocol_limits(protocol_limits_of(config_.limits)),
      outbox_limits{config_.limits.response_memory, config_.limits.response_buffer,
                    config_.limits.spool_directory} {}

}  // namespace penstock::server
