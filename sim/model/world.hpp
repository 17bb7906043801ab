/// \file world.hpp
/// The tables of one run that every part of the model shares: who exists, where, in which state.
/// Why: parts (traffic, platform, faults) know each other only through these tables and the two
/// narrow interfaces in traffic.hpp and platform_hooks.hpp; the run owns them all.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "leapday/fault.hpp"
#include "leapday/ids.hpp"
#include "leapday/leap_seconds.hpp"
#include "leapday/random.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "sim/clocks/host_clock.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/billing.hpp"
#include "sim/model/certificate_table.hpp"
#include "sim/model/recorder.hpp"
#include "sim/model/recorder_subjects.hpp"

namespace leapday::model {

struct ZoneState {
  std::string name;
  const Zone* spec = nullptr;
  std::uint32_t region = 0;  ///< Index into World::regions; zones without one share a nameless one.
  std::uint32_t cloud = 0;
  std::vector<HostId> hosts;
};

struct HostState {
  std::string name;  ///< "z1-0"
  ZoneId zone;
  double cores = 1;
  Bytes memory_total, memory_used, disk_total, disk_used;
  std::int64_t cpu_used = 0;     ///< Thousandths of a core that its instances request.
  std::int64_t cpu_counted = 0;  ///< The same, with a least amount for those that request none.
  Bytes memory_counted;          ///< Likewise.
  std::vector<InstanceId> instances;  ///< Placed here and not gone.

  bool up = true;           ///< The truth; what the platform believes is its own.
  bool provisioned = true;  ///< Of pools: the cloud has given a machine for it.
  // Effective values of all modifiers that are in force:
  double speed = 1;
  CalendarRule calendar = CalendarRule::correct;
  SimTime booted_at{};       ///< Before t=0 by the zone's `uptime`.
  bool timers_late = false;  ///< Its kernel missed that a leap second set the clock back.
  SimTime went_back_at = SimTime::min();  ///< When its time of day was last set back,
  Duration went_back_by{};                ///< and by how much.
  std::vector<std::string> fails_at;      ///< Resources at which configuration runs fail.
};

/// Life of an instance as it really is.
enum class InstanceState : std::uint8_t { pending, starting, running, stopping, gone };

struct InstanceRecord {
  std::uint64_t name_hash = 0;  ///< Of "shop/3".
  AppId app;
  ReleaseId release;  ///< Index into AppState::releases.
  HostId host;
  std::uint32_t number = 0;  ///< Within the app, reused by replacements.
  InstanceState state = InstanceState::pending;
  bool ready = false;  ///< As the platform's readiness rules see it.
  SimTime started_at{};
  double cpu_weight = 1;
  // Effective values of all modifiers in force:
  bool hung = false;
  double speed = 1;
  std::uint32_t defects = 0;  ///< Of its release's, those that requests meet now.
};

/// An endpoint of one release with everything inherited filled in.
struct EndpointState {
  std::string name;  ///< "" for the app's only, nameless one.
  engine::Sampler service;
  Ratio error_rate{};
  Ratio broken{};  ///< Share of requests that a migration for a newer release makes fail.
  const std::vector<CallSpec>* calls = nullptr;  ///< Never null.
};

struct ReleaseState {
  std::string name;
  engine::Sampler start_time;
  Ratio crash_probability{};
  Ratio start_failure{};
  Bytes memory, disk;
  Bytes image_size;
  std::optional<double> cpu, cpu_weight;
  std::int64_t cpu_request = 0;  ///< Thousandths of a core.
  std::optional<MemoryUse> memory_use;
  std::int64_t instances = 1;            ///< Wanted of this release.
  std::uint32_t weight = 1;              ///< Of each instance, for weighted routing.
  std::vector<EndpointState> endpoints;  ///< Same order in every release of an app.
  std::vector<ClockDefect> clock_defects;

  /// No request crashes its instance or is answered with an error of its own accord.
  bool always_answers() const;
};

struct AppState {
  std::string name;
  const App* spec = nullptr;
  std::vector<ReleaseState> releases;
  std::vector<std::string> endpoint_names;  ///< As the scenario lists them; {""} when none.
  std::vector<InstanceId> instances;        ///< Not gone, in order of number then creation.
};

/// With `routers.zones`, routers stand on the hosts of those zones in turn. Without, each has a
/// machine of its own in the zones in turn, which no app is placed on and no set of hosts contains.
/// A router is down when its host is.
struct RouterState {
  std::string name;  ///< "router-0"
  HostId host;       ///< Always valid.
  ZoneId zone;
  bool up = true;
  EventId down_event;  ///< Why its host last lost its power.
};

/// Owned by Run::Impl. Members below "services" outlive every part.
struct World {
  const Scenario& scenario;
  const Registry& registry;
  std::uint64_t seed;
  WallTime start;  ///< True UTC at t=0.

  engine::Scheduler scheduler;
  Recorder recorder;
  Billing billing;
  CertificateTable certificates;

  std::vector<std::string> clouds, regions;  ///< Index 0 is the nameless default.
  std::vector<ZoneState> zones;
  std::vector<HostState> hosts;
  std::vector<AppState> apps;             ///< Same order as scenario.apps; AppId is the index.
  std::vector<InstanceRecord> instances;  ///< Grows; an id is never reused within a run.
  std::vector<RouterState> routers;

  /// \param start_ True UTC at t=0. The scheduler begins at `begin`.
  World(const Scenario& scenario_, const Registry& registry_, std::uint64_t seed_, SimTime begin,
        WallTime start_);
  World(const Scenario& scenario_, const Registry& registry_, std::uint64_t seed_, SimTime begin)
      : World(scenario_, registry_, seed_, begin, scenario_.run.start) {}

  /// True when a migration of the scenario can make requests to this app fail.
  bool may_break(const AppState& app) const;
  /// True when a trigger or a gate measures this series while the run is under way.
  bool watched(std::string_view subject) const { return watched_.contains(subject); }
  /// True when anything in the scenario measures the instances of that name.
  bool measured(AppId app, std::uint32_t number) const;
  /// True when anything in the scenario measures that subject, such as "shop@v2".
  bool measured(std::string_view subject) const { return measured_.contains(subject); }

  /// A named stream with a stable address; the same name gives the same stream. Reseeding
  /// (Run::reseed_at) salts `seed` and restarts every stream from it.
  Random& stream(std::string_view name);
  void reseed(std::uint64_t salt);

  /// What the wall clock of a host, or of the control plane's machine, shows now.
  WallTime wall(HostId host) const { return wall(ClockId{host.index}); }
  WallTime wall(ClockId clock) const;
  /// UTC without anybody's error, as POSIX counts it.
  WallTime true_wall() const { return true_wall(now()); }
  WallTime true_wall(SimTime at) const;
  /// Clocks that show anything but true time have one of these; the others take none. Timekeeping
  /// alone changes them.
  const clocks::HostClock* clock(ClockId id) const {
    return clocks_.empty() ? nullptr : clocks_[slot_of(id)].get();
  }
  /// Made when there is none yet: it shows true time at `from`, or now.
  clocks::HostClock& own_clock(ClockId id, std::optional<SimTime> from = std::nullopt);
  /// What the scenario says of the clock of that machine.
  const HostClockSpec& clock_spec(ClockId id) const;

  /// "shop/3".
  std::string name_of(InstanceId instance) const;

  SimTime now() const { return scheduler.now(); }
  InstanceRecord& instance(InstanceId id) { return instances[id.index]; }
  HostState& host(HostId id) { return hosts[id.index]; }
  AppState& app(AppId id) { return apps[id.index]; }
  ZoneState& zone(ZoneId id) { return zones[id.index]; }
  const ReleaseState& release_of(const InstanceRecord& i) const {
    return apps[i.app.index].releases[i.release.index];
  }

 private:
  void add_places();
  void add_zone(std::string name, const Zone* spec);
  void add_host(std::string name, ZoneId zone, const Zone& spec);
  void add_routers();
  void add_apps();

  SubjectNames watched_, measured_;
  std::vector<char> measured_apps_;  ///< By app: an instance of it is measured.
  std::size_t slot_of(ClockId id) const { return id.valid() ? id.index + 1 : 0; }
  /// By host, after the control plane's; empty while all show true time.
  std::vector<std::unique_ptr<clocks::HostClock>> clocks_;
  std::vector<LeapBefore> leaps_;  ///< In order of time.
  Zone default_zone_;              ///< What stands in for an empty topology.
  std::vector<CallSpec> no_calls_;
  struct Stream {
    std::uint64_t name_hash;
    Random random;
  };
  std::deque<Stream> streams_;
  std::unordered_map<std::uint64_t, Random*> stream_by_name_;  ///< By hash; never iterated.
};

}  // namespace leapday::model
