/// \file route_emitter.hpp
/// Tells every router which instances to use, and models what a router does that hears nothing.
/// Why: a routing table is a belief with an age; a stale one hides dead instances from everybody
/// but the users.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/route_view.hpp"

namespace leapday::model {

class Platform;

/// Registrations are periodic in reality; here only the first and the missed ones are events.
class RouteEmitter {
 public:
  explicit RouteEmitter(Platform& platform);

  /// The control plane wants it routed, or no longer.
  void set(InstanceId instance, bool wanted);
  bool wanted(InstanceId instance) const {
    return instance.index < wishes_.size() && wishes_[instance.index].wanted;
  }
  /// Puts it into every table at once, when the warm boot is done.
  void warm(InstanceId instance);
  void warm_done();

  /// Whatever is sent after this reaches each router after whatever was sent before.
  void barrier();
  /// Routers divide the app's requests between releases so, each from when it hears of it.
  void split(AppId app, const std::optional<RouteSplit>& split);

  /// The way from the control plane to routers may have changed: for how many it did.
  std::uint64_t refresh_all();
  /// The registrations of what runs there stop or come again.
  void host_heard(HostId host, bool heard);
  /// A router could not connect to it: over TLS that takes the route out of its table until the
  /// next registration (gorouter route/pool.go EndpointFailed).
  void unreachable(RouterId router, InstanceId instance);
  /// Routers on this host go with its power, and come back with an empty table.
  void power_off(HostId host);
  void power_on(HostId host);
  /// The clock of a machine was set: registrations may be older by it than they are.
  void clock_changed(HostId host);

 private:
  struct RouterView {
    bool heard = true;   ///< Truth: messages from the control plane arrive.
    bool empty = false;  ///< Rebooted and not yet filled.
    SimTime cut_since{};
    SimTime healed_at{};
    SimTime last_delivery{};  ///< Messages to one router arrive in order.
    std::vector<InstanceId> missed;
    std::set<AppId> missed_splits;
    Grid prunes;
    Random* random = nullptr;  ///< Of messages to it.
    engine::EventKey fill_key = 0;
  };

  struct Wish {
    SimTime changed_at{};
    bool wanted = false;
  };

  struct Machine {
    HostId host;
    RouterId router;
  };

  std::span<const Machine> routers_on(HostId host) const;
  Wish& wish_of(InstanceId instance);
  /// In order of id. `act` must not change what is wanted.
  template <class Act>
  void for_each_wanted(Act&& act) {
    for (std::uint32_t i = 0; i < wishes_.size(); ++i) {
      if (wishes_[i].wanted) act(InstanceId{i});
    }
  }
  bool routable(InstanceId instance) const;
  Grid registrations(InstanceId instance) const;
  SimTime stale_at(RouterId router, SimTime registered) const;
  SimTime last_registration(RouterId router, InstanceId instance) const;
  void send(RouterId router, InstanceId instance, bool add);
  SimTime next_delivery(RouterId router);
  void send_split(RouterId router, AppId app);
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
  void on_drop(std::uint32_t router, std::uint32_t instance);
  bool must_go_stale(InstanceId instance) const;
  void on_split(std::uint32_t router, std::uint32_t app);

  Platform& p_;
  std::vector<RouterView> routers_;
  std::vector<Machine> machines_;                      ///< In order of host.
  std::vector<Wish> wishes_;                           ///< By instance.
  std::vector<InstanceId> warmed_;                     ///< In order.
  std::map<AppId, std::optional<RouteSplit>> splits_;  ///< Of apps that ever had one.
  engine::HandlerId add_, remove_, prune_, fill_, drop_, split_;
};

}  // namespace leapday::model
