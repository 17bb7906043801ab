/// \file route_emitter.hpp
/// Tells every router which instances to use, and models what a router does that hears nothing.
/// Why: a routing table is a belief with an age; a stale one hides dead instances from everybody
/// but the users.
#pragma once

#include <set>
#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// Registrations are periodic in reality; here only the first and the missed ones are events.
class RouteEmitter {
 public:
  explicit RouteEmitter(Platform& platform);

  /// The control plane wants it routed, or no longer.
  void set(InstanceId instance, bool wanted);
  bool wanted(InstanceId instance) const { return wanted_.contains(instance.index); }
  /// Puts it into every table at once: warm boot.
  void warm(InstanceId instance);

  /// The way from the control plane to routers may have changed: for how many it did.
  std::uint64_t refresh_all();
  /// The registrations of what runs there stop or come again.
  void host_heard(HostId host, bool heard);
  /// Routers on this host go with its power, and come back with an empty table.
  void power_off(HostId host);
  void power_on(HostId host);

 private:
  struct RouterView {
    bool heard = true;   ///< Truth: messages from the control plane arrive.
    bool empty = false;  ///< Rebooted and not yet filled.
    SimTime cut_since{};
    SimTime healed_at{};
    SimTime last_delivery{};  ///< Messages to one router arrive in order.
    std::vector<InstanceId> missed;
    Grid prunes;
    engine::EventKey fill_key = 0;
  };

  bool routable(InstanceId instance) const;
  Grid registrations(InstanceId instance) const;
  SimTime last_registration(RouterId router, InstanceId instance) const;
  void send(RouterId router, InstanceId instance, bool add);
  void apply(RouterId router, InstanceId instance, bool add);
  void schedule_prune(RouterId router, InstanceId instance);
  void schedule_registration(RouterId router, InstanceId instance);
  void cut(RouterId router);
  void heal(RouterId router);
  void fill(RouterId router);
  void on_add(std::uint32_t router, std::uint32_t instance);
  void on_remove(std::uint32_t router, std::uint32_t instance);
  void on_prune(std::uint32_t router, std::uint32_t instance);
  void on_fill(std::uint32_t router, std::uint32_t);

  Platform& p_;
  std::vector<RouterView> routers_;
  std::set<std::uint32_t> wanted_;
  std::vector<SimTime> changed_at_;  ///< By instance: when it was last wanted or not wanted.
  engine::HandlerId add_, remove_, prune_, fill_;
};

}  // namespace leapday::model
