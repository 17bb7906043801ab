/// \file targets.hpp
/// Who a target expression means, now.
/// Why: the same words choose other entities in every run and at every time; the choice draws from
/// the fault's own stream and from nothing else.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "leapday/expression.hpp"
#include "leapday/fault.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

struct Targets {
  std::vector<HostId> hosts;
  std::vector<InstanceId> instances;
  std::vector<ZoneId> zones;
  std::vector<DependencyId> dependencies;
  std::vector<ClockId> clocks;  ///< Of the hosts, or of the control plane.
  std::vector<RenewerId> renewers;
  std::vector<MonitorId> monitors;
  std::vector<TimeSourceId> time_sources;
  std::optional<std::pair<Place, Place>> link;
  bool both_ways = false;

  bool empty() const {
    return hosts.empty() && instances.empty() && zones.empty() && dependencies.empty() &&
           clocks.empty() && renewers.empty() && monitors.empty() && time_sources.empty() && !link;
  }
};

/// Resolves for a fault that takes these kinds of targets: a zone stands for its hosts, a router
/// for its host and an app for its instances where the kind asks for those.
Targets resolve(const TargetExpression& expression, std::span<const std::string_view> kinds,
                World& world, Random& random);

/// "z1-0", "shop/3", "z1 <-> z2": for events and plans.
std::vector<std::string> names_of(const Targets& targets, const World& world);
std::string name_of(const Place& place, const World& world);

}  // namespace leapday::model
