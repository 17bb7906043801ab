/// \file placement_reasons.cpp
/// Why no host takes an instance: how many fail which test, the first that fails counting.
/// Why: "0/6 nodes are available: 3 Insufficient cpu" is the sentence that an operator looks for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// In the order in which the Kubernetes scheduler filters (default_plugins.go).
enum Reason : std::uint8_t {
  kUnusable,
  kTainted,
  kUnselected,
  kElsewhere,
  kCpu,
  kMemory,
  kDisk,
  kFull,
  kSpread,
  kReasons,
};

class Reasons {
 public:
  Reasons(const PlacementRequest& request, const PlacementRules& rules)
      : request_(request), rules_(rules) {}

  Reason of(const HostRow& host, std::uint32_t on_host) const {
    const ZoneVerdict verdict = rules_.verdicts()[host.zone.index];
    if (!host.usable) return kUnusable;
    if (verdict == ZoneVerdict::tainted) return kTainted;
    if (verdict == ZoneVerdict::unselected) return kUnselected;
    if (verdict == ZoneVerdict::elsewhere) return kElsewhere;
    if (request_.cpu > 0 && host.cpu_used + request_.cpu > host.cpu_total) return kCpu;
    if (host.memory_used.count + request_.memory.count > host.memory_total.count) return kMemory;
    if (host.disk_used.count + request_.disk.count > host.disk_total.count) return kDisk;
    if (host.instances_limit > 0 && host.instances >= host.instances_limit) return kFull;
    const bool closed = !request_.allows(host.zone) || !request_.takes_another(on_host);
    return closed && rules_.hard() ? kSpread : kElsewhere;
  }

  std::string text(Reason reason, std::uint64_t count) const {
    switch (reason) {
      case kUnusable:
        return fmt::format("{} not usable", count);
      case kTainted:
        return fmt::format("{} with taints that it does not tolerate", count);
      case kUnselected:
        return fmt::format("{} without the labels that it selects", count);
      case kCpu:
        return fmt::format("{} without {} m of CPU left", count, request_.cpu);
      case kMemory:
        return fmt::format("{} without {} MiB of memory left", count, request_.memory.count >> 20);
      case kDisk:
        return fmt::format("{} without {} MiB of disk left", count, request_.disk.count >> 20);
      case kFull:
        return fmt::format("{} with as many instances as it may hold", count);
      case kSpread:
        return fmt::format("{} where too many of the app are already", count);
      case kElsewhere:
      case kReasons:
        break;
    }
    return fmt::format("{} outside of its zones", count);
  }

 private:
  const PlacementRequest& request_;
  const PlacementRules& rules_;
};

}  // namespace

std::string Placement::why_not(const InstanceRecord& record) {
  const ReleaseState& release = p_.world.release_of(record);
  const PlacementRules& rules = rules_[record.app.index];
  const auto limited = [](ZoneVerdict verdict) {
    return verdict == ZoneVerdict::tainted || verdict == ZoneVerdict::unselected;
  };
  const bool plain = !looks_at_cpu_ && !rules.hard() &&
                     std::none_of(rules.verdicts().begin(), rules.verdicts().end(), limited);
  if (plain) {
    return fmt::format("no usable host has {} MiB of memory and {} MiB of disk left",
                       release.memory.count >> 20, release.disk.count >> 20);
  }
  refresh();
  const PlacementRequest request = request_for(record);
  const Reasons reasons(request, rules);
  std::array<std::uint64_t, kReasons> counts{};
  for (std::uint32_t row = 0; row < hosts_.rows().size(); ++row) {
    ++counts[reasons.of(hosts_.row(row), request.on_host(row))];
  }
  std::string text = fmt::format("none of {} hosts:", hosts_.rows().size());
  bool first = true;
  for (std::uint8_t reason = 0; reason < kReasons; ++reason) {
    if (counts[reason] == 0) continue;
    text += (first ? " " : ", ") + reasons.text(static_cast<Reason>(reason), counts[reason]);
    first = false;
  }
  return text;
}

}  // namespace leapday::model
