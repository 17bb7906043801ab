/// \file traffic.hpp
/// Everything a request goes through: clients, routers, instances, calls and dependencies.
/// Why: the platform tells it what starts, stops and changes, and learns of drains and crashes;
/// neither knows how the other does its work.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "leapday/fault.hpp"
#include "leapday/ids.hpp"
#include "sim/model/meters.hpp"
#include "sim/model/network.hpp"
#include "sim/model/platform_hooks.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class FlagPath;
class MirrorPath;

/// How an instance went: decides what its connections see.
enum class Departure : std::uint8_t {
  crash,    ///< Process gone, host up: open connections reset, new ones refused.
  silence,  ///< Host gone: nothing answers; open requests wait for their timeouts.
  stopped,  ///< Stop deadline: open connections reset, new ones refused.
};

/// What an http probe sent now meets.
struct ProbeTicket {
  enum class Fate : std::uint8_t {
    answered,  ///< At once; the answer takes `takes`.
    refused,   ///< Nothing listens, or its queue is full.
    waits,     ///< For its turn, as a request does: see Traffic::probe_served.
  };
  Fate fate = Fate::refused;
  Duration takes{};
  std::uint64_t turn = 0;
};

/// One request of a load, when its caller knows how it ended.
struct SettledRequest {
  LoadId load;
  std::uint64_t number = 0;  ///< Counts from 0 in the order of sending (closed loops: by client).
  SimTime sent{};
  SimTime settled{};
  FailureReason reason = FailureReason::count_;  ///< count_: answered.
};
using RequestWatcher = void (*)(void* self, const SettledRequest& request);

struct RouteSplit;

class Traffic {
 public:
  Traffic(World& world, Network& network, PlatformHooks& hooks);
  ~Traffic();

  /// Every request takes the slow path, and every call is a call, attempts and visits: the oracle
  /// of what is faster. Before start().
  void without_fast_path();

  /// Schedules the loads' first arrivals, jobs and consumers. Called once, after placement.
  void start();

  // ---- instances, as they really are
  /// It listens from now on.
  void instance_listening(InstanceId instance);
  /// Takes no new connections from its queue's point of view but serves what it has (SIGTERM).
  void instance_draining(InstanceId instance);
  void instance_gone(InstanceId instance, Departure departure);
  /// Its `hung` or `speed` changed, or its host's `speed` did.
  void instance_changed(InstanceId instance);
  std::uint32_t open_requests(InstanceId instance) const;
  /// One run of a job begins there.
  void run_job(InstanceId instance, std::uint32_t run);
  /// What a job works on there, or has before it, ends.
  void end_jobs(InstanceId instance);
  /// So many of its threads turn round for nothing; only where it shares its host's cores.
  void keep_busy(InstanceId instance, std::uint32_t threads);
  /// A probe takes its place among the requests but no time of theirs. `work` is its own.
  ProbeTicket send_probe(InstanceId instance, Duration work);
  /// Whether a probe that waits has had its turn.
  bool probe_served(InstanceId instance, std::uint64_t turn) const;
  /// Whether a probe sent now might wait. If not, PlatformHooks::loaded is called once when it is.
  bool watch_load(InstanceId instance);

  // ---- routers, as each believes
  void route_add(RouterId router, InstanceId instance);
  void route_remove(RouterId router, InstanceId instance);
  /// Every router adds these to its table, which is empty: the state that a warm boot starts from.
  void routes_begin(std::span<const InstanceId> instances);
  /// The router loses all its tables.
  void routes_end(RouterId router);
  bool routed(RouterId router, InstanceId instance) const;
  void router_changed(RouterId router);  ///< World::routers[..].up changed.
  /// The router divides the app's requests so from now on, or by instances again.
  void route_split(RouterId router, AppId app, const std::optional<RouteSplit>& split);
  /// The app's routing policy is one that a split can tell what to do.
  bool weighs(AppId app) const;

  /// EndpointState::broken of a release of the app changed.
  void releases_changed(AppId app);

  // ---- apps that are scaled (Scenario::scaling, by what is measured)
  /// What the instance has done so far; nothing before it listens.
  InstanceReading read_meter(InstanceId instance) const;
  /// What routers saw; none of an app that has no meters.
  AppMeter* app_meter(AppId app);
  /// Routers hold requests that no instance has room for, or no longer do.
  void hold(AppId app, const std::optional<RequestBuffer>& buffer);

  // ---- dependencies
  std::uint32_t push(DependencyId dependency, const DependencyModifier& modifier,
                     EventId cause = {});
  void pop(std::uint32_t handle, EventId cause = {});
  /// Empties a cache; returns how many keys it held, or 1 where it has a share of hits instead.
  std::uint64_t flush(DependencyId dependency, EventId cause = {});
  /// Links went up or down, or changed what they lose.
  void links_changed();

  MirrorPath& mirrors();
  FlagPath& flags();

  /// How many attempts or calls met a target of a fault since it was asked to watch (for
  /// Span::touched): instances, hosts, dependencies or links by their modifiers.
  std::uint64_t attempts_touching(HostId) const;
  std::uint64_t attempts_touching(InstanceId) const;
  std::uint64_t attempts_touching(DependencyId) const;

  /// Calls `watcher` for every request as it settles, for whoever needs more than the record keeps.
  void watch(RequestWatcher watcher, void* self);

  /// Requests that took the eager path, for tests of how often it is taken.
  std::uint64_t settled_eagerly() const;

  /// Ends what is still under way: counts it as in flight, fills Record::stability.
  void settle();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace leapday::model
