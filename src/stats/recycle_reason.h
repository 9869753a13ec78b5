// SPDX-License-Identifier: MIT
// Why a worker is replaced by a fresh one.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock::stats {

enum class RecycleReason : std::int64_t {
  MaxRequests,
  MaxLifetime,
  Rss,
  AddressSpace,
  EvilRss,
  EvilAddressSpace,
  Harakiri,  // one of its requests does not end
  Asked,     // by the administrator or the app
};

constexpr std::string_view to_string(RecycleReason reason) {
  switch (reason) {
    case RecycleReason::MaxRequests:
      return "it has answered as many requests as --max-requests says";
    case RecycleReason::MaxLifetime:
      return "it has lived as long as --max-worker-lifetime says";
    case RecycleReason::Rss:
      return "its resident memory is above --reload-on-rss";
    case RecycleReason::AddressSpace:
      return "its address space is above --reload-on-as";
    case RecycleReason::EvilRss:
      return "its resident memory is above --evil-reload-on-rss";
    case RecycleReason::EvilAddressSpace:
      return "its address space is above --evil-reload-on-as";
    case RecycleReason::Harakiri:
      return "one of its requests does not end";
    case RecycleReason::Asked:
      return "it was asked for";
  }
  return "of a reason that has no name";
}

}  // namespace penstock::stats
