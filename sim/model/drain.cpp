/// \file drain.cpp
/// Diego's evacuation and Kubernetes's eviction API.
/// Why: see drain.hpp.
#include "sim/model/drain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/platform.hpp"
#include "sim/model/shares.hpp"

namespace leapday::model {

Drains::Drains(Platform& platform)
    : p_(platform),
      drains_(platform.world.hosts.size()),
      evacuated_(add_handler<&Drains::on_evacuated>(platform.world.scheduler, this)),
      retry_(add_handler<&Drains::on_retry>(platform.world.scheduler, this)) {}

void Drains::begin(HostId host, EventId cause) {
  if (!p_.constants.drain_evicts) {
    evacuate(host, cause);
    return;
  }
  drains_[host.index].active = true;
  drains_[host.index].cause = cause;
  evict_all(host);
}

void Drains::end(HostId host) {
  drains_[host.index] = {};
  p_.fleet.view(host).evacuated_key = 0;
}

void Drains::evacuate(HostId host, EventId cause) {
  p_.restarts.replace_all(host, cause, p_.constants.evacuation_timeout > Duration{0});
  p_.fleet.view(host).evacuated_key =
      p_.world.scheduler.schedule(p_.now() + p_.constants.evacuation_timeout,
                                  engine::Priority::control, evacuated_, host.index);
}

/// Whoever still waits for a replacement has waited long enough.
void Drains::on_evacuated(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.evacuated_key != p_.world.scheduler.current_key()) return;
  view.evacuated_key = 0;
  const std::vector<InstanceId> believed = view.believed;
  for (const InstanceId instance : believed) {
    Slot& slot = p_.fleet.slot_of(instance);
    if (slot.current == instance) continue;
    std::erase(slot.suspects, instance);
    p_.lifecycle.let_go(instance, view.last_event);
  }
}

GroupCounts Drains::counts(AppId app) {
  GroupCounts total;
  for (std::uint32_t g = 0; g < p_.fleet.groups.size(); ++g) {
    if (p_.fleet.groups[g].app != app) continue;
    const GroupCounts group = p_.counts(GroupId{g});
    total.wanted += group.wanted;
    total.routable += group.routable;
  }
  return total;
}

/// kubernetes pkg/controller/disruption: desiredHealthy, where shares round up.
std::int64_t Drains::must_stay(AppId app, std::int64_t wanted) const {
  const DisruptionBudget& budget = p_.world.app(app).spec->disruption_budget;
  if (budget.min_available) return *budget.min_available;
  if (budget.min_available_share) return share_up(wanted, *budget.min_available_share);
  std::int64_t missing = wanted;
  if (budget.max_unavailable) missing = *budget.max_unavailable;
  if (budget.max_unavailable_share) missing = share_up(wanted, *budget.max_unavailable_share);
  return std::max<std::int64_t>(wanted - missing, 0);
}

/// What is not ready takes nothing from a budget, but goes only while that is kept
/// (unhealthyPodEvictionPolicy IfHealthyBudget).
bool Drains::may_evict(InstanceId instance, std::string& why) {
  const AppId app = p_.world.instance(instance).app;
  if (!p_.world.app(app).spec->disruption_budget.stated()) return true;
  const GroupCounts now = counts(app);
  const std::int64_t needed = must_stay(app, now.wanted);
  const std::int64_t left = now.routable - (p_.fleet.track(instance).believed_ready ? 1 : 0);
  if (left >= needed) return true;
  why = fmt::format("{} ready, {} must stay", now.routable, needed);
  return false;
}

void Drains::evict_all(HostId host) {
  Drain& drain = drains_[host.index];
  bool waiting = false;
  const std::vector<InstanceId> believed = p_.fleet.view(host).believed;
  for (const InstanceId instance : believed) {
    const Slot& slot = p_.fleet.slot_of(instance);
    if (slot.current != instance || slot.removed) continue;
    std::string why;
    if (may_evict(instance, why)) {
      const EventId evicted = p_.fleet.note(instance, drain.cause, "instance.evicted",
                                            "from " + p_.world.host(host).name);
      p_.restarts.replace(instance, evicted, false);
      continue;
    }
    waiting = true;
    if (std::find(drain.refused.begin(), drain.refused.end(), instance) != drain.refused.end())
      continue;
    drain.refused.push_back(instance);
    p_.fleet.note(instance, drain.cause, "eviction.refused", std::move(why));
  }
  const Duration again = p_.constants.drain_retry_interval;
  if (!waiting || again == Duration{0}) return;
  drain.key =
      p_.world.scheduler.schedule(p_.now() + again, engine::Priority::control, retry_, host.index);
}

void Drains::on_retry(std::uint32_t index, std::uint32_t) {
  Drain& drain = drains_[index];
  if (!drain.active || drain.key != p_.world.scheduler.current_key()) return;
  drain.key = 0;
  evict_all(HostId{index});
}

void Drains::app_changed(AppId app) {
  if (!p_.constants.drain_evicts || p_.constants.drain_retry_interval > Duration{0}) return;
  for (std::uint32_t i = 0; i < drains_.size(); ++i) {
    Drain& drain = drains_[i];
    if (!drain.active || drain.key != 0) continue;
    const bool waits =
        std::any_of(drain.refused.begin(), drain.refused.end(),
                    [&](InstanceId refused) { return p_.world.instance(refused).app == app; });
    if (!waits) continue;
    drain.key = p_.world.scheduler.schedule(p_.now(), engine::Priority::control, retry_, i);
  }
}

}  // namespace leapday::model
