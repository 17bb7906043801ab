/// \file world.cpp
/// Sets up one run's tables from a scenario: places, routers, apps with what releases inherit.
/// Why: everything after this reads resolved tables and never asks where a value came from.
#include "sim/model/world.hpp"

#include <algorithm>
#include <cmath>

#include "sim/engine/assert.hpp"
#include "sim/engine/streams.hpp"

namespace leapday::model {
namespace {

/// So large that only what a scenario states can be scarce.
constexpr double kAmpleCores = 1e6;
constexpr Bytes kAmple{std::int64_t{1} << 50};

std::optional<std::uint64_t> shuffle_seed(const Scenario& scenario, std::uint64_t seed) {
  if (scenario.run.ties == TieOrder::fixed) return std::nullopt;
  return hash_combine(seed, hash_name("ties"));
}

std::uint32_t index_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  names.push_back(name);
  return static_cast<std::uint32_t>(names.size() - 1);
}

/// A release with everything taken from the chain of `like`.
Release inherited(const App& app, const Release& release) {
  Release result = release;
  const Release* base = app.releases.find(release.like);
  for (std::size_t depth = 0; base != nullptr && depth <= app.releases.size(); ++depth) {
    if (!result.start_time) result.start_time = base->start_time;
    if (!result.service_time) result.service_time = base->service_time;
    if (!result.service_time_factor) result.service_time_factor = base->service_time_factor;
    if (!result.error_rate) result.error_rate = base->error_rate;
    if (!result.crash_probability) result.crash_probability = base->crash_probability;
    if (!result.start_failure) result.start_failure = base->start_failure;
    if (!result.memory) result.memory = base->memory;
    if (!result.disk) result.disk = base->disk;
    if (!result.image_size) result.image_size = base->image_size;
    if (!result.cpu) result.cpu = base->cpu;
    if (!result.cpu_request) result.cpu_request = base->cpu_request;
    if (!result.cpu_weight) result.cpu_weight = base->cpu_weight;
    if (!result.memory_use) result.memory_use = base->memory_use;
    if (!result.instances) result.instances = base->instances;
    if (!result.weight) result.weight = base->weight;
    if (!result.clock_defects) result.clock_defects = base->clock_defects;
    base = base->like.empty() ? nullptr : app.releases.find(base->like);
  }
  return result;
}

EndpointState resolve(const App& app, const Release& release, const std::string& name,
                      const Endpoint& endpoint) {
  EndpointState state;
  state.name = name;
  const Distribution* law = endpoint.service_time  ? &*endpoint.service_time
                            : release.service_time ? &*release.service_time
                            : app.service_time     ? &*app.service_time
                                                   : nullptr;
  if (law != nullptr)
    state.service = engine::Sampler(*law, release.service_time_factor.value_or(1));
  state.error_rate = endpoint.error_rate  ? *endpoint.error_rate
                     : release.error_rate ? *release.error_rate
                                          : app.error_rate.value_or(Ratio{});
  state.calls = endpoint.calls.empty() ? &app.calls : &endpoint.calls;
  return state;
}

/// Of a core, rounded up as Kubernetes does it.
std::int64_t thousandths(const std::optional<double>& cores) {
  return static_cast<std::int64_t>(std::ceil(cores.value_or(0) * 1000 - 1e-6));
}

ReleaseState resolve(const App& app, const std::string& name, const Release& stated) {
  const Release release = inherited(app, stated);
  ReleaseState state;
  state.name = name;
  state.start_time = engine::Sampler(release.start_time ? *release.start_time : app.start_time);
  state.crash_probability = release.crash_probability.value_or(Ratio{});
  state.start_failure = release.start_failure.value_or(Ratio{});
  state.memory = release.memory.value_or(app.memory);
  state.disk = release.disk.value_or(app.disk);
  state.image_size = release.image_size.value_or(app.image_size);
  state.cpu = release.cpu ? release.cpu : app.cpu;
  state.cpu_weight = release.cpu_weight ? release.cpu_weight : app.cpu_weight;
  state.cpu_request = thousandths(release.cpu_request ? release.cpu_request : app.cpu_request);
  state.memory_use = release.memory_use ? release.memory_use : app.memory_use;
  state.instances = release.instances.value_or(app.instances);
  state.weight = static_cast<std::uint32_t>(release.weight.value_or(1));
  state.clock_defects = release.clock_defects.value_or(app.clock_defects);
  for (const auto& endpoint : app.endpoints) {
    state.endpoints.push_back(resolve(app, release, endpoint.name, endpoint.value));
  }
  if (app.endpoints.empty()) state.endpoints.push_back(resolve(app, release, "", Endpoint{}));
  return state;
}

}  // namespace

World::World(const Scenario& scenario_, const Registry& registry_, std::uint64_t seed_,
             SimTime begin, WallTime start_)
    : scenario(scenario_),
      registry(registry_),
      seed(seed_),
      start(start_),
      scheduler(begin, shuffle_seed(scenario_, seed_)),
      recorder(scenario_, seed_, start_),
      certificates(scenario_, start_),
      watched_(measured_live(scenario_)),
      measured_(measured_at_all(scenario_)),
      leaps_(leap_seconds(scenario_.run.leap_seconds)) {
  add_places();
  add_routers();
  add_apps();
  billing.begin(*this);
}

void World::add_places() {
  clouds.emplace_back();
  regions.emplace_back();
  for (const auto& zone : scenario.topology.zones) add_zone(zone.name, &zone.value);
  if (!zones.empty()) return;
  default_zone_.cores = kAmpleCores;
  default_zone_.memory = kAmple;
  default_zone_.disk = kAmple;
  add_zone("default", &default_zone_);
}

void World::add_zone(std::string name, const Zone* spec) {
  const ZoneId id{static_cast<std::uint32_t>(zones.size())};
  ZoneState state;
  state.name = std::move(name);
  state.spec = spec;
  state.region = index_of(regions, spec->region);
  const Region* region = scenario.topology.regions.find(spec->region);
  state.cloud = index_of(clouds, region != nullptr ? region->cloud : std::string());
  zones.push_back(std::move(state));
  for (std::int64_t i = 0; i < spec->hosts; ++i) {
    zones[id.index].hosts.push_back(HostId{static_cast<std::uint32_t>(hosts.size())});
    add_host(zones[id.index].name + "-" + std::to_string(i), id, *spec);
    if (spec->pool) {
      hosts.back().provisioned = i < spec->pool->initial.value_or(spec->pool->min);
    }
  }
}

void World::add_host(std::string name, ZoneId zone, const Zone& spec) {
  HostState state;
  state.name = std::move(name);
  state.zone = zone;
  state.cores = spec.cores;
  state.memory_total = spec.memory;
  state.disk_total = spec.disk;
  state.booted_at = kSimStart - spec.uptime;
  hosts.push_back(std::move(state));
}

void World::add_routers() {
  std::vector<ZoneId> places;
  for (const std::string& name : scenario.routers.zones) {
    for (std::uint32_t i = 0; i < zones.size(); ++i) {
      if (zones[i].name == name) places.push_back(ZoneId{i});
    }
  }
  const bool own_machines = places.empty();
  if (own_machines) {
    for (std::uint32_t i = 0; i < zones.size(); ++i) places.push_back(ZoneId{i});
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(scenario.routers.count); ++i) {
    RouterState router;
    router.name = "router-" + std::to_string(i);
    router.zone = places[i % places.size()];
    const ZoneState& at = zones[router.zone.index];
    if (own_machines) {
      router.host = HostId{static_cast<std::uint32_t>(hosts.size())};
      add_host(router.name, router.zone, *at.spec);
    } else {
      router.host = at.hosts[i / places.size() % at.hosts.size()];
    }
    routers.push_back(std::move(router));
  }
}

void World::add_apps() {
  for (const auto& entry : scenario.apps) {
    AppState state;
    state.name = entry.name;
    state.spec = &entry.value;
    for (const auto& endpoint : entry.value.endpoints) {
      state.endpoint_names.push_back(endpoint.name);
    }
    if (state.endpoint_names.empty()) state.endpoint_names.emplace_back();
    for (const auto& release : entry.value.releases) {
      state.releases.push_back(resolve(entry.value, release.name, release.value));
    }
    if (state.releases.empty()) state.releases.push_back(resolve(entry.value, "", Release{}));
    const std::string prefix = state.name + "/";
    const auto first = measured_.lower_bound(prefix);
    measured_apps_.push_back(first != measured_.end() && first->starts_with(prefix) ? 1 : 0);
    apps.push_back(std::move(state));
  }
}

bool ReleaseState::always_answers() const {
  return crash_probability.is_zero() && clock_defects.empty() &&
         std::all_of(endpoints.begin(), endpoints.end(), [](const EndpointState& endpoint) {
           return endpoint.error_rate.is_zero() && endpoint.broken.is_zero();
         });
}

bool World::may_break(const AppState& app) const {
  const auto& all = scenario.deployments;
  return std::any_of(all.begin(), all.end(), [&](const auto& deployment) {
    const auto& migration = deployment.value.migration;
    return deployment.value.app == app.name && migration && !migration->breaks.is_zero();
  });
}

Random& World::stream(std::string_view name) {
  const std::uint64_t hash = hash_name(name);
  const auto [found, is_new] = stream_by_name_.try_emplace(hash, nullptr);
  if (is_new) {
    streams_.push_back({hash, engine::make_stream(seed, hash)});
    found->second = &streams_.back().random;
  }
  return *found->second;
}

void World::reseed(std::uint64_t salt) {
  seed = hash_combine(seed, salt);
  for (Stream& stream : streams_) stream.random = engine::make_stream(seed, stream.name_hash);
}

bool World::measured(AppId app, std::uint32_t number) const {
  return measured_apps_[app.index] != 0 &&
         measured_.contains(apps[app.index].name + "/" + std::to_string(number));
}

std::string World::name_of(InstanceId id) const {
  const InstanceRecord& record = instances[id.index];
  return apps[record.app.index].name + "/" + std::to_string(record.number);
}

WallTime World::wall(ClockId id) const {
  const clocks::HostClock* own = clock(id);
  return own == nullptr ? true_wall() : own->realtime(now());
}

WallTime World::true_wall(SimTime at) const {
  WallTime wall = start + at.time_since_epoch();
  // Leap seconds between t=0 and then: each one makes the count fall behind, or jump ahead.
  for (const LeapBefore& leap : leaps_) {
    if (start.seconds < leap.midnight && leap.midnight <= wall.seconds) {
      wall.seconds -= leap.seconds;
    } else if (wall.seconds < leap.midnight && leap.midnight <= start.seconds) {
      wall.seconds += leap.seconds;
    }
  }
  return wall;
}

clocks::HostClock& World::own_clock(ClockId id, std::optional<SimTime> from) {
  if (clocks_.empty()) clocks_.resize(hosts.size() + 1);
  auto& own = clocks_[slot_of(id)];
  const SimTime since = from.value_or(now());
  if (!own) own = std::make_unique<clocks::HostClock>(since, true_wall(since));
  return *own;
}

const HostClockSpec& World::clock_spec(ClockId id) const {
  if (!id.valid()) return scenario.topology.control_clock;
  return zones[hosts[id.index].zone.index].spec->clock;
}

}  // namespace leapday::model
