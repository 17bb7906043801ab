/// \file targets.cpp
/// Candidates, filters, amounts and choice.
/// Why: one order of candidates (by id) and one stream make the choice reproducible.
#include "sim/model/targets.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace leapday::model {
namespace {

bool accepts(std::span<const std::string_view> kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// The index of what has this name; nothing when there is none.
template <class Table>
std::optional<std::uint32_t> find_named(const Table& table, const std::string& name) {
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_dependency(const World& world, const std::string& name) {
  return find_named(world.scenario.dependencies.entries, name);
}

/// What the control plane runs besides itself, by name.
bool resolve_service(const Entity& entity, const Scenario& scenario, Targets& found) {
  if (const auto renewer = find_named(scenario.renewers.entries, entity.name)) {
    found.renewers.push_back(RenewerId{*renewer});
  } else if (const auto monitor = find_named(scenario.expiry_monitors.entries, entity.name)) {
    found.monitors.push_back(MonitorId{*monitor});
  } else if (const auto source = find_named(scenario.time_sources.entries, entity.name)) {
    found.time_sources.push_back(TimeSourceId{*source});
  } else {
    return false;
  }
  return true;
}

/// The newest instance of that number that is not gone.
std::optional<InstanceId> find_instance(const World& world, const Entity& entity) {
  const auto app = find_named(world.apps, entity.name);
  if (!app || !entity.index) return std::nullopt;
  std::optional<InstanceId> found;
  for (const InstanceId id : world.apps[*app].instances) {
    if (world.instances[id.index].number == static_cast<std::uint64_t>(*entity.index)) found = id;
  }
  return found;
}

bool in_place(const World& world, ZoneId zone, const Entity& place) {
  const ZoneState& state = world.zones[zone.index];
  return state.name == place.name || world.regions[state.region] == place.name ||
         world.clouds[state.cloud] == place.name;
}

std::string label(const NamedMap<std::string>& labels, const std::string& key) {
  const std::string* value = labels.find(key);
  return value != nullptr ? *value : std::string();
}

std::string zone_label(const World& world, ZoneId zone, const std::string& key) {
  const ZoneState& state = world.zones[zone.index];
  const std::string stated = label(state.spec->labels, key);
  if (!stated.empty()) return stated;
  if (key == "zone") return state.name;
  if (key == "region") return world.regions[state.region];
  if (key == "cloud") return world.clouds[state.cloud];
  return {};
}

std::string instance_label(const World& world, InstanceId id, const std::string& key) {
  const InstanceRecord& record = world.instances[id.index];
  const AppState& app = world.apps[record.app.index];
  const std::string stated = label(app.spec->labels, key);
  if (!stated.empty()) return stated;
  if (key == "app") return app.name;
  if (key == "release") return app.releases[record.release.index].name;
  if (key == "host") return world.hosts[record.host.index].name;
  return zone_label(world, world.hosts[record.host.index].zone, key);
}

template <class LabelOf>
bool passes(const std::vector<LabelFilter>& filters, LabelOf label_of) {
  return std::all_of(filters.begin(), filters.end(), [&](const LabelFilter& filter) {
    return (label_of(filter.key) == filter.value) == filter.equal;
  });
}

/// Every candidate of a set, in order of id.
std::vector<HostId> candidate_hosts(const TargetExpression& set, const World& world) {
  std::vector<HostId> found;
  const auto consider = [&](HostId host) {
    const HostState& state = world.hosts[host.index];
    if (!state.up) return;
    if (set.in && state.name != set.in->name && !in_place(world, state.zone, *set.in)) return;
    if (!passes(set.where, [&](const std::string& key) {
          return key == "host" ? state.name : zone_label(world, state.zone, key);
        })) {
      return;
    }
    found.push_back(host);
  };
  if (set.kind == TargetExpression::Kind::routers) {
    std::vector<char> seen(world.hosts.size(), 0);  // routers may share a machine
    for (const RouterState& router : world.routers) {
      if (std::exchange(seen[router.host.index], 1) == 0) consider(router.host);
    }
    return found;
  }
  for (const ZoneState& zone : world.zones) {
    for (const HostId host : zone.hosts) consider(host);
  }
  return found;
}

std::vector<InstanceId> candidate_instances(const TargetExpression& set, const World& world) {
  std::vector<InstanceId> found;
  for (std::uint32_t i = 0; i < world.instances.size(); ++i) {
    const InstanceId id{i};
    const InstanceRecord& record = world.instances[i];
    if (record.state != InstanceState::starting && record.state != InstanceState::running) continue;
    if (set.of && world.apps[record.app.index].name != set.of->name) continue;
    const HostState& host = world.hosts[record.host.index];
    if (set.in && host.name != set.in->name && !in_place(world, host.zone, *set.in)) continue;
    if (passes(set.where, [&](const std::string& key) { return instance_label(world, id, key); })) {
      found.push_back(id);
    }
  }
  return found;
}

std::vector<ZoneId> candidate_zones(const TargetExpression& set, const World& world) {
  std::vector<ZoneId> found;
  for (std::uint32_t i = 0; i < world.zones.size(); ++i) {
    const ZoneId zone{i};
    if (set.in && !in_place(world, zone, *set.in)) continue;
    if (passes(set.where, [&](const std::string& key) { return zone_label(world, zone, key); })) {
      found.push_back(zone);
    }
  }
  return found;
}

std::size_t ceiling(std::size_t n, Ratio share) {
  const auto product = static_cast<unsigned __int128>(n) * static_cast<std::uint64_t>(share.num);
  const auto den = static_cast<std::uint64_t>(share.den);
  return std::min(n, static_cast<std::size_t>((product + den - 1) / den));
}

/// How many of `n` the expression asks for.
std::size_t amount_of(const TargetExpression& set, std::size_t n, Random& random) {
  switch (set.amount) {
    case TargetExpression::Amount::all:
      return n;
    case TargetExpression::Amount::count:
      return std::min(n, static_cast<std::size_t>(std::max<std::int64_t>(set.count, 0)));
    case TargetExpression::Amount::percent:
      return ceiling(n, set.percent);
    case TargetExpression::Amount::up_to_percent: {
      const std::size_t most = ceiling(n, set.percent);
      return most == 0 ? 0 : 1 + random.below(most);
    }
    case TargetExpression::Amount::minority:
      return n == 0 ? 0 : (n - 1) / 2;
    case TargetExpression::Amount::majority:
      return n == 0 ? 0 : n / 2 + 1;
    default:
      return std::min<std::size_t>(n, 1);
  }
}

/// Keeps the chosen ones, in order of id. `age` orders by creation for oldest and newest.
template <class T, class Age>
std::vector<T> choose(std::vector<T> from, const TargetExpression& set, Random& random, Age age) {
  using Amount = TargetExpression::Amount;
  if (set.amount == Amount::oldest || set.amount == Amount::newest ||
      set.amount == Amount::leader) {
    // Nothing elects a leader here: the lowest id leads, and of equally old ones it is the oldest.
    if (set.amount != Amount::leader) {
      std::sort(from.begin(), from.end(), [&](T a, T b) {
        if (age(a) == age(b)) return a < b;
        return set.amount == Amount::oldest ? age(a) < age(b) : age(b) < age(a);
      });
    }
    if (from.size() > 1) from.resize(1);
    return from;
  }
  const std::size_t wanted = amount_of(set, from.size(), random);
  if (wanted < from.size()) {
    for (std::size_t i = 0; i < wanted; ++i) {
      std::swap(from[i], from[i + random.below(from.size() - i)]);
    }
    from.resize(wanted);
    std::sort(from.begin(), from.end());
  }
  return from;
}

template <class T>
void subtract(std::vector<T>& from, const std::vector<T>& what) {
  std::vector<T> sorted = what;
  std::sort(sorted.begin(), sorted.end());
  std::erase_if(from, [&](T t) { return std::binary_search(sorted.begin(), sorted.end(), t); });
}

void add_hosts_of(const World& world, ZoneId zone, Targets& into) {
  for (const HostId host : world.zones[zone.index].hosts) {
    if (world.hosts[host.index].up) into.hosts.push_back(host);
  }
}

Targets resolve_entity(const Entity& entity, std::span<const std::string_view> kinds,
                       const World& world) {
  Targets found;
  if (const auto instance = find_instance(world, entity)) {
    const InstanceState state = world.instances[instance->index].state;
    if (state != InstanceState::pending) found.instances.push_back(*instance);
  } else if (const auto app = find_named(world.apps, entity.name)) {
    if (entity.index) return found;
    for (const InstanceId id : world.apps[*app].instances) {
      if (world.instances[id.index].state != InstanceState::pending) found.instances.push_back(id);
    }
  } else if (const auto host = find_named(world.hosts, entity.name)) {
    if (world.hosts[*host].up) found.hosts.push_back(HostId{*host});
  } else if (const auto router = find_named(world.routers, entity.name)) {
    const HostId machine = world.routers[*router].host;
    if (world.hosts[machine.index].up) found.hosts.push_back(machine);
  } else if (const auto dependency = find_dependency(world, entity.name)) {
    found.dependencies.push_back(DependencyId{*dependency});
  } else if (!resolve_service(entity, world.scenario, found)) {
    for (std::uint32_t i = 0; i < world.zones.size(); ++i) {
      if (!in_place(world, ZoneId{i}, entity)) continue;
      if (accepts(kinds, "zones")) {
        found.zones.push_back(ZoneId{i});
      } else {
        add_hosts_of(world, ZoneId{i}, found);
      }
    }
  }
  return found;
}

Targets resolve_set(const TargetExpression& set, std::span<const std::string_view> kinds,
                    World& world, Random& random) {
  using Kind = TargetExpression::Kind;
  Targets except;
  if (!set.except.empty()) except = resolve(set.except.front(), kinds, world, random);
  Targets found;
  const auto by_id = [](auto id) { return id.index; };
  if (set.kind == Kind::instances) {
    found.instances = candidate_instances(set, world);
    subtract(found.instances, except.instances);
    found.instances = choose(std::move(found.instances), set, random,
                             [&](InstanceId id) { return world.instances[id.index].started_at; });
  } else if (set.kind == Kind::zones || set.kind == Kind::regions) {
    std::vector<ZoneId> zones = candidate_zones(set, world);
    subtract(zones, except.zones);
    if (set.kind == Kind::regions) {
      std::vector<Id<struct RegionTag>> regions;
      for (const ZoneId zone : zones) regions.push_back({world.zones[zone.index].region});
      std::sort(regions.begin(), regions.end());
      regions.erase(std::unique(regions.begin(), regions.end()), regions.end());
      regions = choose(std::move(regions), set, random, by_id);
      std::erase_if(zones, [&](ZoneId zone) {
        return std::none_of(regions.begin(), regions.end(), [&](auto region) {
          return region.index == world.zones[zone.index].region;
        });
      });
    } else {
      zones = choose(std::move(zones), set, random, by_id);
    }
    if (accepts(kinds, "zones")) {
      found.zones = zones;
    } else {
      for (const ZoneId zone : zones) add_hosts_of(world, zone, found);
    }
  } else {
    found.hosts = candidate_hosts(set, world);
    subtract(found.hosts, except.hosts);
    found.hosts = choose(std::move(found.hosts), set, random, by_id);
  }
  return found;
}

std::optional<Place> resolve_place(const Entity& entity, const World& world) {
  if (entity.name == "clients") return Place{Place::Kind::clients, 0};
  if (entity.name == "control") return Place{Place::Kind::control, 0};
  if (entity.name == "routers") return Place{Place::Kind::routers, 0};
  if (const auto zone = find_named(world.zones, entity.name)) {
    return Place{Place::Kind::zone, *zone};
  }
  if (const auto instance = find_instance(world, entity)) {
    const HostId host = world.instances[instance->index].host;
    if (!host.valid()) return std::nullopt;
    return Place{Place::Kind::host, host.index};
  }
  if (const auto host = find_named(world.hosts, entity.name)) {
    return Place{Place::Kind::host, *host};
  }
  if (const auto router = find_named(world.routers, entity.name)) {
    return Place{Place::Kind::host, world.routers[*router].host.index};
  }
  if (const auto app = find_named(world.apps, entity.name)) return Place{Place::Kind::app, *app};
  if (const auto dependency = find_dependency(world, entity.name)) {
    return Place{Place::Kind::dependency, *dependency};
  }
  return std::nullopt;
}

}  // namespace

Targets resolve(const TargetExpression& expression, std::span<const std::string_view> kinds,
                World& world, Random& random) {
  Targets found;
  if (expression.link) {
    const auto from = resolve_place(expression.link->from, world);
    const auto to = resolve_place(expression.link->to, world);
    if (from && to) found.link = std::pair{*from, *to};
    found.both_ways = expression.link->both_ways;
    return found;
  }
  const bool clocks = accepts(kinds, "control");
  if (clocks && expression.entity && expression.entity->name == "control") {
    found.clocks.push_back(ClockId{});
    return found;
  }
  found = expression.entity ? resolve_entity(*expression.entity, kinds, world)
                            : resolve_set(expression, kinds, world, random);
  if (clocks) {
    for (const HostId host : found.hosts) found.clocks.push_back(ClockId{host.index});
  }
  return found;
}

std::string name_of(const Place& place, const World& world) {
  switch (place.kind) {
    case Place::Kind::zone:
      return world.zones[place.index].name;
    case Place::Kind::host:
      return world.hosts[place.index].name;
    case Place::Kind::app:
      return world.apps[place.index].name;
    case Place::Kind::dependency:
      return world.scenario.dependencies.entries[place.index].name;
    case Place::Kind::routers:
      return "routers";
    case Place::Kind::clients:
      return "clients";
    case Place::Kind::control:
      return "control";
  }
  return {};
}

std::vector<std::string> names_of(const Targets& targets, const World& world) {
  std::vector<std::string> names;
  for (const HostId id : targets.hosts) names.push_back(world.hosts[id.index].name);
  if (targets.hosts.empty() && !targets.clocks.empty()) names.emplace_back("control");
  for (const InstanceId id : targets.instances) names.push_back(world.name_of(id));
  for (const ZoneId id : targets.zones) names.push_back(world.zones[id.index].name);
  for (const DependencyId id : targets.dependencies) {
    names.push_back(world.scenario.dependencies.entries[id.index].name);
  }
  for (const RenewerId id : targets.renewers) {
    names.push_back(world.scenario.renewers.entries[id.index].name);
  }
  for (const MonitorId id : targets.monitors) {
    names.push_back(world.scenario.expiry_monitors.entries[id.index].name);
  }
  for (const TimeSourceId id : targets.time_sources) {
    names.push_back(world.scenario.time_sources.entries[id.index].name);
  }
  if (targets.link) {
    names.push_back(name_of(targets.link->first, world) + (targets.both_ways ? " <-> " : " -> ") +
                    name_of(targets.link->second, world));
  }
  return names;
}

}  // namespace leapday::model
