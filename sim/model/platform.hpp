/// \file platform.hpp
/// The platform: everything between a scenario's wishes and the processes that run.
/// Why: its parts know each other through this one object, and nothing else knows the parts.
#pragma once

#include <string>

#include "leapday/platform.hpp"
#include "sim/model/agent.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/health.hpp"
#include "sim/model/lifecycle.hpp"
#include "sim/model/network.hpp"
#include "sim/model/placement.hpp"
#include "sim/model/platform_hooks.hpp"
#include "sim/model/presence.hpp"
#include "sim/model/restart.hpp"
#include "sim/model/route_emitter.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// Is told when an app's instances may have changed, as the control plane sees them.
class PlatformListener {
 public:
  virtual ~PlatformListener() = default;
  virtual void app_changed(AppId app) = 0;
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
  void app_changed(AppId app);

  void crashed_by_request(InstanceId instance) override;
  void loaded(InstanceId instance) override { health.changed(instance); }
  void drained(InstanceId instance) override { lifecycle.drained(instance); }
  void request_waits(AppId app) override {
    if (waiting_ != nullptr) waiting_->request_waits(app);
  }

  Traffic& traffic() { return *traffic_; }
  SimTime now() const { return world.now(); }

  World& world;
  Network& network;
  const PlatformConstants& constants;
  Fleet fleet;
  Placement placement;
  Lifecycle lifecycle;
  Health health;
  Restarts restarts;
  RouteEmitter routes;
  Presence presence;
  Agent agent;

 private:
  Traffic* traffic_ = nullptr;
  PlatformListener* listener_ = nullptr;
  WaitingListener* waiting_ = nullptr;
  std::vector<GroupId> first_groups_;
};

}  // namespace leapday::model
