/// \file rollout_rolling.cpp
/// Cloud Foundry's ticks with max-in-flight, Kubernetes's surge and unavailability.
/// Why: the formulas are those of the platforms' sources, not an idea of them.
#include "sim/model/rollout_rolling.hpp"

#include <algorithm>

#include "sim/model/deployments.hpp"
#include "sim/model/shares.hpp"

namespace leapday::model {
namespace {

/// cloud_controller_ng deployment_updater: down_scaler.rb and up_scaler.rb.
bool step_in_flight(Deployments& d, Roll& roll, const RollingAim& aim, std::int64_t in_flight) {
  const GroupCounts fresh = d.counts(roll.fresh);
  const std::int64_t keep = std::max(roll.target - fresh.available, aim.old);
  d.shrink_old(roll, d.old_size(roll) - keep);
  if (fresh.wanted >= aim.fresh && fresh.available >= aim.fresh) return true;
  if (fresh.starting >= in_flight || fresh.unhealthy > 0 ||
      fresh.available < fresh.wanted - in_flight) {
    return false;
  }
  const std::int64_t wanted = std::min(fresh.available + in_flight, aim.fresh);
  if (wanted > fresh.wanted && d.gate_passes(roll)) d.grow(roll, wanted);
  return false;
}

/// kubernetes deployment/rolling.go, until nothing moves: scale up, clean up unready old ones,
/// scale down. Each of its scalings makes the controller look again.
bool step_surge(Deployments& d, Roll& roll, const RollingAim& aim, const RollingLimits& limits) {
  while (true) {
    const GroupCounts fresh = d.counts(roll.fresh);
    const std::int64_t room = roll.target + limits.max_surge - (fresh.wanted + d.old_size(roll));
    const std::int64_t more = std::min(room, aim.fresh - fresh.wanted);
    const bool first = fresh.wanted == 0;
    const bool grows = more > 0 && (first || d.gate_passes(roll));
    if (grows && !d.grow(roll, fresh.wanted + more)) return false;

    const GroupCounts now = d.counts(roll.fresh);
    const std::int64_t least = roll.target - limits.max_unavailable;
    std::int64_t old_ready = 0;
    for (const GroupId group : roll.old) old_ready += d.counts(group).available;
    const std::int64_t before = d.old_size(roll);
    const std::int64_t unready = now.wanted + before - least - (now.wanted - now.available);
    d.shrink_unready(roll, std::min(unready, before - aim.old));
    d.shrink_old(
        roll, std::min({now.available + old_ready - least, old_ready, d.old_size(roll) - aim.old}));
    const std::int64_t left = d.old_size(roll);
    if (now.wanted >= aim.fresh && now.available >= aim.fresh && left <= aim.old) return true;
    if (!grows && left == before) return false;
  }
}

class Rolling final : public RolloutStrategy {
 public:
  void begin(Deployments& d, Roll& roll) override { begin_rolling(d, roll, {roll.target, 0}); }
  void step(Deployments& d, Roll& roll) override {
    if (roll_towards(d, roll, {roll.target, 0}) && d.gate_passes(roll)) d.finish(roll);
  }
};

}  // namespace

RollingLimits rolling_limits(Deployments& deployments, const Roll& roll) {
  const PlatformConstants& c = deployments.platform().constants;
  const Deployment& spec = *roll.spec;
  const bool stated_share = spec.max_surge.has_value() || spec.max_unavailable.has_value();
  const bool platform_share =
      !c.rollout_max_surge.is_zero() || !c.rollout_max_unavailable.is_zero();
  RollingLimits limits;
  limits.surge = stated_share || (platform_share && !spec.max_in_flight);
  limits.in_flight = spec.max_in_flight.value_or(c.rollout_max_in_flight);
  limits.max_surge = share_up(roll.target, spec.max_surge.value_or(c.rollout_max_surge));
  limits.max_unavailable =
      share_down(roll.target, spec.max_unavailable.value_or(c.rollout_max_unavailable));
  if (c.rollout_stops_first && !stated_share) {  // Nomad: as many as max_parallel at a time
    limits.surge = true;
    limits.max_surge = 0;
    limits.max_unavailable = std::min(limits.in_flight, roll.target);
  }
  // Neither would ever move: Kubernetes then lets one be unavailable (ResolveFenceposts).
  if (limits.max_surge == 0 && limits.max_unavailable == 0) limits.max_unavailable = 1;
  return limits;
}

void begin_rolling(Deployments& deployments, Roll& roll, const RollingAim& aim) {
  const RollingLimits limits = rolling_limits(deployments, roll);
  if (limits.surge) {
    deployments.step(roll);
  } else {
    deployments.grow(roll, std::min(limits.in_flight, aim.fresh));
    deployments.schedule_next(roll);
  }
}

bool roll_towards(Deployments& deployments, Roll& roll, const RollingAim& aim) {
  const RollingLimits limits = rolling_limits(deployments, roll);
  return limits.surge ? step_surge(deployments, roll, aim, limits)
                      : step_in_flight(deployments, roll, aim, limits.in_flight);
}

std::unique_ptr<RolloutStrategy> make_rolling() { return std::make_unique<Rolling>(); }

}  // namespace leapday::model
