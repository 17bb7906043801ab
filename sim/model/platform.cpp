/// \file platform.cpp
/// Boots the apps, resizes groups, and passes on what traffic reports.
/// Why: the few operations that deployments and faults need, over the parts that do the work.
#include "sim/model/platform.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

constexpr SimTime kLongAgo = SimTime::min();

}  // namespace

Platform::Platform(World& world_, Network& network_)
    : world(world_),
      network(network_),
      constants(world_.scenario.platform.constants),
      fleet(world_),
      modifiers(*this),
      defects(*this),
      time(*this),
      clock_daemons(*this),
      cron_jobs(*this),
      placement(*this),
      lifecycle(*this),
      memory(*this),
      images(*this),
      quotas(*this),
      health(*this),
      restarts(*this),
      routes(*this),
      presence(*this),
      evictions(*this),
      drains(*this),
      bring_up(*this),
      pools(*this),
      agent(*this),
      changed_at_(world_.apps.size(), kLongAgo) {}

void Platform::clock_changed(ClockId clock, EventId cause) {
  // The first changes come while the parts are still being made: nobody waits for anything yet.
  if (!booted_) return;
  if (!clock.valid()) {
    restarts.clock_changed();
    presence.clock_changed(cause);
  } else {
    routes.clock_changed(HostId{clock.index});
    defects.clock_changed(clock);
    cron_jobs.clock_changed(clock);
  }
}

void Platform::boot() {
  pools.start();
  std::size_t instances = 0;
  for (const AppState& app : world.apps) {
    instances += static_cast<std::size_t>(app.releases.front().instances);
  }
  world.instances.reserve(instances);
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    const AppState& app = world.apps[a];
    ReleaseId release{0};
    for (std::uint32_t r = 0; r < app.releases.size(); ++r) {
      if (app.releases[r].name == app.spec->release) release = ReleaseId{r};
    }
    const GroupId group = fleet.add_group(AppId{a}, release);
    first_groups_.push_back(group);
    resize(group, app.releases[release.index].instances, {});
  }
  if (world.scenario.run.boot == Boot::warm) placement.run_warm();
  booted_ = true;
  clock_daemons.start();
  cron_jobs.start();
  bring_up.start();
}

void Platform::resize(GroupId group, std::int64_t wanted, EventId cause) {
  if (booted_) changed_at_[fleet.group(group).app.index] = now();
  const auto size = [&] { return static_cast<std::int64_t>(fleet.group(group).slots.size()); };
  while (size() < wanted) {
    const SlotId slot = fleet.add_slot(group);
    restarts.refill(slot, cause);
  }
  while (size() > std::max<std::int64_t>(wanted, 0)) {
    const SlotId unready = fleet.last_unready(group);
    remove(unready.valid() ? unready : fleet.group(group).slots.back(), cause);
  }
}

void Platform::remove(SlotId id, EventId cause) {
  fleet.drop_slot(id);
  Slot& slot = fleet.slot(id);
  const InstanceId current = slot.current;
  const std::vector<InstanceId> suspects = std::move(slot.suspects);
  slot.suspects.clear();
  for (const InstanceId suspect : suspects) lifecycle.let_go(suspect, cause);
  if (current.valid()) lifecycle.let_go(current, cause);
}

void Platform::app_changed(AppId app) {
  drains.app_changed(app);
  if (listener_ != nullptr) listener_->app_changed(app);
}

void Platform::instance_ended(AppId app) {
  if (listener_ != nullptr) listener_->instance_ended(app);
}

void Platform::route(GroupId id, bool routed) {
  fleet.group(id).withheld = !routed;
  for (const SlotId slot_id : fleet.group(id).slots) {
    const Slot& slot = fleet.slots[slot_id.index];
    const auto set = [&](InstanceId instance) {
      routes.set(instance, routed && fleet.track(instance).believed_ready);
    };
    for (const InstanceId suspect : slot.suspects) set(suspect);
    if (slot.current.valid()) set(slot.current);
  }
}

void Platform::crashed_by_request(InstanceId instance) {
  lifecycle.crash(instance, {}, "crashed by a request");
}

}  // namespace leapday::model
