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

/// A size that somebody has asked for is meant exactly: no budget for larger ones.
http::Body::Spooling body_spooling_of(const config::LimitConfig& limits, http::BodyBudget& budget) {
  return {.threshold = limits.body_memory.value_or(config::LimitConfig::kBodyMemory),
          .directory = limits.spool_directory,
          .budget = limits.body_memory ? nullptr : &budget};
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
                    config_.limits.spool_directory},
      body_budget(config::LimitConfig::kLargeBodyMemory, config::LimitConfig::kLargeBodiesMemory),
      body_spooling(body_spooling_of(config_.limits, body_budget)) {}

}  // namespace penstock::server
