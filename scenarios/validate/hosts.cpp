/// \file hosts.cpp
/// How hosts come up, pools, and where clients are sent by DNS. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "leapday/fault.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_configuration(const Context& c, const std::string& path,
                         const HostConfiguration& configuration) {
  const auto& resources = configuration.resources;
  if (resources.empty()) {
    c.problem(path + ".resources", "nothing is configured", "name at least one resource");
  }
  if (configuration.interval && *configuration.interval <= Duration{0}) {
    c.problem(path + ".interval", "must be more than 0", "write 30min, or remove it");
  }
  std::vector<std::string> known;
  for (const auto& resource : resources) known.push_back(resource.name);
  for (const auto& resource : resources) {
    for (std::size_t i = 0; i < resource.value.notifies.size(); ++i) {
      const std::string& name = resource.value.notifies[i];
      if (resources.find(name) != nullptr) continue;
      c.problem(fmt::format("{}.resources.{}.notifies[{}]", path, resource.name, i),
                fmt::format("no resource is named {}", quoted(name)), suggestion(name, known));
    }
  }
}

void check_pool(const Context& c, const std::string& path, const Zone& zone) {
  const HostPool& pool = *zone.pool;
  if (pool.min > zone.hosts) {
    c.problem(path + ".min",
              fmt::format("{} is more than the zone's {} hosts", pool.min, zone.hosts),
              "`hosts` is the most there can be: raise it");
  }
  if (pool.initial && (*pool.initial < pool.min || *pool.initial > zone.hosts)) {
    c.problem(path + ".initial",
              fmt::format("{} is not between {} (min) and {} (hosts)", *pool.initial, pool.min,
                          zone.hosts),
              "choose a number between them");
  }
  if (pool.quota && *pool.quota < pool.initial.value_or(pool.min)) {
    c.problem(path + ".quota", "is less than the hosts there are at first", "raise it");
  }
  if (!c.scenario.topology.host_autoscaler) {
    c.problem(path, "nothing makes this pool grow or shrink", "add topology.host_autoscaler: {}");
  }
}

void check_zone(const Context& c, const std::string& name, const Zone& zone) {
  const std::string path = "topology.zones." + name;
  if (zone.boot_timeout && *zone.boot_timeout <= Duration{0}) {
    c.problem(path + ".boot_timeout", "must be more than 0", "write 300s, or remove it");
  }
  if (zone.configuration) check_configuration(c, path + ".configuration", *zone.configuration);
  if (zone.pool) check_pool(c, path + ".pool", zone);
}

/// The zones that routers stand in, as the run will place them.
std::set<std::string> router_zones(const Scenario& scenario) {
  std::vector<std::string> places = scenario.routers.zones;
  if (places.empty()) {
    for (const auto& zone : scenario.topology.zones) places.push_back(zone.name);
  }
  std::set<std::string> found;
  for (std::size_t i = 0; !places.empty() && i < static_cast<std::size_t>(scenario.routers.count);
       ++i) {
    found.insert(places[i % places.size()]);
  }
  return found;
}

bool is_in(const Topology& topology, const std::string& zone_name, const std::string& place) {
  if (zone_name == place) return true;
  const Zone* zone = topology.zones.find(zone_name);
  if (zone == nullptr) return false;
  if (zone->region == place) return true;
  const Region* region = topology.regions.find(zone->region);
  return region != nullptr && region->cloud == place;
}

void check_answer(const Context& c, const std::string& name) {
  const std::string path = "routers.dns.to." + name;
  const Named* named = c.names.find(name);
  if (named == nullptr || (named->kind != NameKind::cloud && named->kind != NameKind::region &&
                           named->kind != NameKind::zone)) {
    c.problem(
        path, fmt::format("no place is named {}", quoted(name)),
        suggestion(name, c.names.of_kinds({NameKind::cloud, NameKind::region, NameKind::zone})));
    return;
  }
  const std::set<std::string> zones = router_zones(c.scenario);
  if (std::any_of(zones.begin(), zones.end(), [&](const std::string& zone) {
        return is_in(c.scenario.topology, zone, name);
      })) {
    return;
  }
  c.problem(path, fmt::format("no router is in {}", name),
            "raise routers.count, or name zones of it in routers.zones");
}

void check_dns(const Context& c) {
  const Topology& topology = c.scenario.topology;
  const Dns& dns = *c.scenario.routers.dns;
  for (const auto& entry : dns.to) check_answer(c, entry.name);
  for (const auto& zone : topology.zones) {
    const auto holds = std::count_if(dns.to.begin(), dns.to.end(), [&](const auto& entry) {
      return is_in(topology, zone.name, entry.name);
    });
    if (holds > 1) {
      c.problem("routers.dns.to", fmt::format("zone {} is in two of these places", zone.name),
                "name places that do not overlap");
    }
  }
  if (!dns.to.empty() && std::all_of(dns.to.begin(), dns.to.end(),
                                     [](const auto& entry) { return entry.value.weight == 0; })) {
    c.problem("routers.dns.to", "every weight is 0, so the name resolves to nothing",
              "give one a weight");
  }
  if (dns.overstay.is_zero() != (dns.overstay_by == Duration{0})) {
    c.problem(dns.overstay.is_zero() ? "routers.dns.overstay_by" : "routers.dns.overstay",
              "overstay and overstay_by only work together", "state both");
  }
  if (!dns.health_check || dns.health_check->app.empty()) return;
  if (c.names.find(dns.health_check->app, NameKind::app) == nullptr) {
    c.unknown("routers.dns.health_check.app", NameKind::app, dns.health_check->app);
  }
}

void check_spread(const Context& c, const std::string& name, const App& app) {
  const std::string path = "apps." + name + ".spread";
  std::int64_t sum = 0;
  for (const auto& place : app.spread) {
    sum += place.value;
    const Named* named = c.names.find(place.name);
    if (named == nullptr || (named->kind != NameKind::cloud && named->kind != NameKind::region &&
                             named->kind != NameKind::zone)) {
      c.problem(path + "." + place.name, fmt::format("no place is named {}", quoted(place.name)),
                suggestion(place.name,
                           c.names.of_kinds({NameKind::cloud, NameKind::region, NameKind::zone})));
      continue;
    }
    const auto& zones = c.scenario.topology.zones;
    const bool any = std::any_of(zones.begin(), zones.end(), [&](const auto& zone) {
      const bool stated = app.zones.empty() || std::find(app.zones.begin(), app.zones.end(),
                                                         zone.name) != app.zones.end();
      return stated && is_in(c.scenario.topology, zone.name, place.name);
    });
    if (!any) {
      c.problem(path + "." + place.name, "none of its zones may hold this app",
                "name a place with zones, or remove it");
    }
  }
  if (!app.spread.empty() && (sum < 1 || sum > 1000)) {
    c.problem(path, fmt::format("the weights add up to {}", sum), "use weights such as 2 and 1");
  }
}

/// A fault of the configuration has to name a resource that is there.
void check_resource(const Context& c, const std::string& name, const FaultSpec& fault) {
  if (fault.kind != "host.configuration_failure" || fault.prototype == nullptr) return;
  const std::string path = "faults." + name;
  const std::string resource(fault.prototype->resource());
  std::vector<std::string> known;
  for (const auto& zone : c.scenario.topology.zones) {
    if (!zone.value.configuration) continue;
    for (const auto& entry : zone.value.configuration->resources) known.push_back(entry.name);
  }
  if (known.empty()) {
    c.problem(path + ".kind", "no zone has a configuration that could fail",
              "add topology.zones.NAME.configuration");
  } else if (!resource.empty() && std::find(known.begin(), known.end(), resource) == known.end()) {
    c.problem(path + ".resource", fmt::format("no resource is named {}", quoted(resource)),
              suggestion(resource, known));
  }
}

}  // namespace

void check_hosts(const Context& c) {
  const Topology& topology = c.scenario.topology;
  bool any_pool = false;
  for (const auto& zone : topology.zones) {
    if (c.problems.full()) return;
    check_zone(c, zone.name, zone.value);
    any_pool = any_pool || zone.value.pool;
  }
  if (topology.host_autoscaler && !any_pool) {
    c.problem("topology.host_autoscaler", "no zone is a pool", "add pool: {min: 1} to a zone");
  }
  for (const auto& app : c.scenario.apps) check_spread(c, app.name, app.value);
  if (c.scenario.routers.dns) check_dns(c);
  for (const auto& fault : c.scenario.faults) check_resource(c, fault.name, fault.value);
}

}  // namespace leapday::loading
