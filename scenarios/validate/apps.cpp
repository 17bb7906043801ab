/// \file apps.cpp
/// Apps and releases: what their kinds need, allow and refer to.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "scenarios/load/limits.hpp"
#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_routing(const Context& c, const Routing& routing, const std::string& path) {
  if (routing.policy && !routing.policy->empty() &&
      c.registry.routing.find(*routing.policy) == nullptr) {
    std::vector<std::string> names;
    for (const auto& item : c.registry.routing.items()) names.push_back(item.name);
    c.problem(path + ".policy",
              fmt::format("no routing policy is named {}", quoted(*routing.policy)),
              suggestion(*routing.policy, names));
  }
}

void check_releases(const Context& c, const App& app, const std::string& path) {
  std::vector<std::string> names;
  for (const auto& release : app.releases) names.push_back(release.name);
  if (!app.release.empty() && app.releases.find(app.release) == nullptr) {
    c.problem(path + ".release", fmt::format("no release is named {}", quoted(app.release)),
              suggestion(app.release, names, "add it to releases"));
  }
  for (const auto& release : app.releases) {
    const std::string here = fmt::format("{}.releases.{}.like", path, release.name);
    std::vector<std::string> seen{release.name};
    for (std::string next = release.value.like; !next.empty();) {
      const Release* other = app.releases.find(next);
      if (other == nullptr) {
        if (seen.size() == 1) {
          c.problem(here, fmt::format("no release is named {}", quoted(next)),
                    suggestion(next, names));
        }
        break;
      }
      if (std::find(seen.begin(), seen.end(), next) != seen.end() || seen.size() > 64) {
        c.problem(here, "the releases are like each other: " + listed(seen, "and"),
                  "break the circle");
        break;
      }
      seen.push_back(next);
      next = other->like;
    }
  }
}

bool any_release_states_service_time(const App& app) {
  return std::any_of(app.releases.begin(), app.releases.end(),
                     [](const auto& release) { return release.value.service_time.has_value(); });
}

void check_service_times(const Context& c, const App& app, const std::string& name,
                         const std::string& path) {
  if (app.service_time || any_release_states_service_time(app)) return;
  if (app.endpoints.empty()) {
    c.problem(path, "nothing states how long a request takes",
              fmt::format("add {}.service_time, such as {{assume: 20ms}}", path));
  }
  for (const auto& endpoint : app.endpoints) {
    if (endpoint.value.service_time) continue;
    c.problem(endpoint.at, fmt::format("{}.endpoints.{}", path, endpoint.name),
              "nothing states how long a request takes",
              fmt::format("add service_time to the endpoint or to {}", name));
  }
}

void check_kind(const Context& c, const App& app, const std::string& path) {
  const bool worker = app.kind == AppKind::worker;
  if (worker && app.consumes.empty()) {
    c.problem(path, "a worker needs a queue",
              fmt::format("add {}.consumes: the name of a queue", path));
  } else if (!worker && !app.consumes.empty()) {
    c.problem(path + ".consumes", "only workers consume messages", "set kind: worker");
  } else if (worker) {
    const Dependency* queue = c.dependency(app.consumes);
    if (queue == nullptr) {
      c.unknown(path + ".consumes", NameKind::dependency, app.consumes);
    } else if (queue->kind != DependencyKind::queue) {
      c.problem(path + ".consumes", fmt::format("{} is not a queue", quoted(app.consumes)),
                "name a dependency of kind queue");
    }
  }
  if (app.prefetch && !worker) {
    c.problem(path + ".prefetch", "only workers hold messages", "set kind: worker");
  }
  if (app.every && app.kind != AppKind::job) {
    c.problem(path + ".every", "only jobs run periodically", "set kind: job");
  }
  if (app.every && *app.every <= Duration{0}) {
    c.problem(path + ".every", "must be more than 0", "state a period such as 1h");
  }
}

/// The policies of ours that look at no weight. Of others one cannot know.
void check_weights(const Context& c, const App& app, const std::string& path) {
  const std::optional<std::string>& shared = c.scenario.routers.routing.policy;
  const std::string& policy = app.routing.policy ? *app.routing.policy
                              : shared           ? *shared
                                                 : c.scenario.platform.algorithms.routing;
  static constexpr std::array<std::string_view, 4> kDeaf{"round_robin", "random", "power_of_d",
                                                         "least_outstanding"};
  if (std::find(kDeaf.begin(), kDeaf.end(), policy) == kDeaf.end()) return;
  for (const auto& release : app.releases) {
    if (!release.value.weight) continue;
    c.problem(fmt::format("{}.releases.{}.weight", path, release.name),
              fmt::format("has no effect under the routing policy {}", policy),
              fmt::format("set {}.routing.policy to weighted", path));
  }
}

void check_endpoints(const Context& c, const App& app, const std::string& path) {
  for (const auto& endpoint : app.endpoints) {
    const std::string& match = endpoint.value.match;
    if (match.empty()) continue;
    const std::size_t space = match.find(' ');
    const bool good = space != match.npos && space > 0 && space + 1 < match.size() &&
                      match.size() <= 200 && match.find(' ', space + 1) == match.npos &&
                      (match[space + 1] == '/' || match[space + 1] == '*');
    if (good) continue;
    c.problem(fmt::format("{}.endpoints.{}.match", path, endpoint.name),
              fmt::format("{} is not METHOD /path", quoted(match)),
              "write GET /*, POST /checkout or * /*");
  }
}

/// Instances share cores under processor_sharing alone. A scaler of CPU may measure against a limit
/// under any discipline.
void warn_of_cpu(const Context& c, const std::string& path, const std::string& name,
                 const App& app) {
  if (app.discipline != Discipline::fifo) return;
  const auto& scaling = c.scenario.scaling;
  const bool measured = std::any_of(scaling.begin(), scaling.end(), [&](const auto& scaler) {
    return scaler.value.app == name && scaler.value.policy == "hpa";
  });
  const auto warn = [&](const std::string& where, std::string_view key, std::string_view does) {
    c.scenario.warnings.push_back(
        fmt::format("{}.{} has no effect: only processor_sharing {}", where, key, does));
  };
  const auto look = [&](const std::string& where, const auto& sizes) {
    if (sizes.cpu && !measured) warn(where, "cpu", "limits what an instance uses");
    if (sizes.cpu_weight) warn(where, "cpu_weight", "shares a host's cores");
  };
  look(path, app);
  for (const auto& release : app.releases) {
    look(fmt::format("{}.releases.{}", path, release.name), release.value);
  }
}

/// Warns of what is stated and decides nothing.
void warn_of_no_effect(const Context& c, const std::string& path, const App& app) {
  if (app.threads && app.discipline == Discipline::fifo) {
    c.scenario.warnings.push_back(
        fmt::format("{}.threads has no effect: only processor_sharing shares cores", path));
  }
  if (app.queue_limit && app.concurrency == 0) {
    c.scenario.warnings.push_back(
        fmt::format("{}.queue_limit has no effect: with concurrency 0 nothing ever waits", path));
  }
}

void check_app(const Context& c, const std::string& name, const App& app) {
  const std::string path = "apps." + name;
  warn_of_no_effect(c, path, app);
  warn_of_cpu(c, path, name, app);
  check_releases(c, app, path);
  check_weights(c, app, path);
  check_service_times(c, app, name, path);
  check_kind(c, app, path);
  check_endpoints(c, app, path);
  check_routing(c, app.routing, path + ".routing");
  for (std::size_t i = 0; i < app.zones.size(); ++i) {
    if (!app.zones[i].empty() && c.names.find(app.zones[i], NameKind::zone) == nullptr) {
      c.unknown(fmt::format("{}.zones[{}]", path, i), NameKind::zone, app.zones[i]);
    }
  }
}

/// Warns when the apps cannot all be placed at once.
void check_room(const Context& c) {
  long double memory = 0, disk = 0, wanted_memory = 0, wanted_disk = 0;
  std::int64_t instances = 0, hosts = 0;
  Bytes largest_memory, largest_disk;
  for (const auto& zone : c.scenario.topology.zones) {
    largest_memory = std::max(largest_memory, zone.value.memory);
    largest_disk = std::max(largest_disk, zone.value.disk);
    const auto count = static_cast<long double>(zone.value.hosts);
    memory += count * static_cast<long double>(zone.value.memory.count);
    disk += count * static_cast<long double>(zone.value.disk.count);
    hosts += zone.value.hosts;
  }
  for (const auto& app : c.scenario.apps) {
    const auto count = static_cast<long double>(Context::instances(app.value));
    wanted_memory += count * static_cast<long double>(app.value.memory.count);
    wanted_disk += count * static_cast<long double>(app.value.disk.count);
    instances += Context::instances(app.value);
  }
  auto& warnings = c.scenario.warnings;
  for (const auto& app : c.scenario.apps) {
    if (app.value.memory > largest_memory || app.value.disk > largest_disk) {
      warnings.push_back(fmt::format(
          "no host is large enough for an instance of {}: it is never placed", app.name));
    }
  }
  if (wanted_memory > memory)
    warnings.emplace_back("the apps want more memory than the hosts have");
  if (wanted_disk > disk) warnings.emplace_back("the apps want more disk than the hosts have");
  const std::int64_t most = c.scenario.platform.constants.host_max_instances;
  if (most > 0 && instances > most * hosts) {
    warnings.push_back(fmt::format("{} instances do not fit on {} hosts that hold {} each",
                                   instances, hosts, most));
  }
  if (instances > kMaxInstances) {
    c.problem("apps", fmt::format("{} instances are more than {}", instances, kMaxInstances),
              "use fewer instances");
  }
}

/// Of the platform: each must be registered.
template <class Items>
void check_algorithm(const Context& c, const char* kind, const std::string& name,
                     const Items& catalogue) {
  if (catalogue.find(name) != nullptr) return;
  std::vector<std::string> names;
  for (const auto& item : catalogue.items()) names.push_back(item.name);
  c.problem(fmt::format("platform.algorithms.{}", kind),
            fmt::format("no {} policy is named {}", kind, quoted(name)), suggestion(name, names));
}

}  // namespace

void check_apps(const Context& c) {
  for (const auto& app : c.scenario.apps) {
    if (c.problems.full()) return;
    check_app(c, app.name, app.value);
  }
  check_routing(c, c.scenario.routers.routing, "routers");
  const PlatformAlgorithms& algorithms = c.scenario.platform.algorithms;
  check_algorithm(c, "routing", algorithms.routing, c.registry.routing);
  check_algorithm(c, "placement", algorithms.placement, c.registry.placement);
  check_algorithm(c, "restart", algorithms.restart, c.registry.restart);
  check_room(c);
}

}  // namespace leapday::loading
