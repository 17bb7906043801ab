/// \file platform.hpp
/// The platform: everything between a scenario's wishes and the processes that run.
/// Why: its parts know each other through this one object, and nothing else knows the parts.
#pragma once

#include <string>

#include "leapday/platform.hpp"
#include "sim/model/agent.hpp"
#include "sim/model/bring_up.hpp"
#include "sim/model/clock_daemons.hpp"
#include "sim/model/clock_defects.hpp"
#include "sim/model/cron_jobs.hpp"
#include "sim/model/drain.hpp"
#include "sim/model/eviction.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/health.hpp"
#include "sim/model/host_pools.hpp"
#include "sim/model/images.hpp"
#include "sim/model/lifecycle.hpp"
#include "sim/model/memory_watch.hpp"
#include "sim/model/modifiers.hpp"
#include "sim/model/network.hpp"
#include "sim/model/placement.hpp"
#include "sim/model/platform_hooks.hpp"
#include "sim/model/presence.hpp"
#include "sim/model/quotas.hpp"
#include "sim/model/restart.hpp"
#include "sim/model/route_emitter.hpp"
#include "sim/model/timekeeping.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// Is told when an app's instances may have changed, as the control plane sees them.
class PlatformListener {
 public:
  virtual ~PlatformListener() = default;
  virtual void app_changed(AppId app) = 0;
  /// An instance of the app is no more. In the middle of its end: nothing may be changed now.
  virtual void instance_ended(AppId app) = 0;
};

/// Is told when a request waits for an app of which no router knows an instance.
class WaitingListener {
 public:
  virtual ~WaitingListener() = default;
  virtual void request_waits(AppId app) = 0;
};

class Platform final : public PlatformHooks {
 public:
  Platform(World& world, Network& network);
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  void attach(Traffic& traffic) { traffic_ = &traffic; }
  void listen(PlatformListener& listener) { listener_ = &listener; }
  void attach(WaitingListener& listener) { waiting_ = &listener; }
  /// Creates the instances that every app starts with: ready with a warm boot, pending otherwise.
  void boot();

  /// The group that the app's first release runs as.
  GroupId first_group(AppId app) const { return first_groups_[app.index]; }
  GroupCounts counts(GroupId group) { return fleet.counts(group); }
  /// Adds slots to a group, or takes them away: the unready ones first, then the highest numbers.
  void resize(GroupId group, std::int64_t wanted, EventId cause);
  void remove(SlotId slot, EventId cause);
  /// When it was last deployed or scaled; before everything when it never was.
  SimTime changed_at(AppId app) const { return changed_at_[app.index]; }
  void app_changed(AppId app);
  /// Who compares times of day of that clock looks at them anew.
  void clock_changed(ClockId clock, EventId cause);
  void instance_ended(AppId app);
  /// Its instances are routed from now on, or no longer.
  void route(GroupId group, bool routed);

  void crashed_by_request(InstanceId instance) override;
  void loaded(InstanceId instance) override { health.changed(instance); }
  void drained(InstanceId instance) override { lifecycle.drained(instance); }
  void unreachable(RouterId router, InstanceId instance) override {
    routes.unreachable(router, instance);
  }
  void request_waits(AppId app) override {
    if (waiting_ != nullptr) waiting_->request_waits(app);
  }

  WallTime wall_at(ClockId clock, SimTime then) const override { return time.wall_at(clock, then); }

  Traffic& traffic() { return *traffic_; }
  SimTime now() const { return world.now(); }

  World& world;
  Network& network;
  const PlatformConstants& constants;
  Fleet fleet;
  Modifiers modifiers;
  ClockDefects defects;
  Timekeeping time;
  ClockDaemons clock_daemons;
  CronJobs cron_jobs;
  Placement placement;
  Lifecycle lifecycle;
  MemoryWatch memory;
  Images images;
  Quotas quotas;
  Health health;
  Restarts restarts;
  RouteEmitter routes;
  Presence presence;
  Evictions evictions;
  Drains drains;
  BringUp bring_up;
  HostPools pools;
  Agent agent;

 private:
  Traffic* traffic_ = nullptr;
  PlatformListener* listener_ = nullptr;
  WaitingListener* waiting_ = nullptr;
  std::vector<GroupId> first_groups_;
  bool booted_ = false;
  std::vector<SimTime> changed_at_;  ///< By app.
};

}  // namespace leapday::model
