/// \file placement.cpp
/// Rules on hosts and instances: whether they can be kept at all, and whether anybody reads them.
/// Why: a rule that the platform's placement does not know would be ignored in silence, and one
/// that no host can meet leaves its app pending for the whole rehearsal. See validate.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/policy.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

class PlacementCheck {
 public:
  explicit PlacementCheck(const Context& context) : c_(context) {
    const auto* item = c_.registry.placement.find(c_.scenario.platform.algorithms.placement);
    const auto policy = item != nullptr ? item->make() : nullptr;
    // Of a policy that cannot be asked one cannot know.
    honours_ = policy != nullptr ? policy->honours() : PlacementHonours{true, true, true, true};
  }

  void check() {
    for (const auto& app : c_.scenario.apps) {
      if (c_.problems.full()) return;
      const std::string path = "apps." + app.name;
      check_spread(app.value, path);
      warn_of_ignored(app.value, path);
      warn_of_no_host(app.name, app.value);
      check_memory(app.value.memory_use, app.value.memory, path);
      for (const auto& release : app.value.releases) {
        const std::string here = fmt::format("{}.releases.{}", path, release.name);
        if (release.value.cpu_request) ignored(honours_.cpu, here + ".cpu_request");
        check_memory(release.value.memory_use, release.value.memory.value_or(app.value.memory),
                     here);
      }
    }
    for (const auto& zone : c_.scenario.topology.zones) {
      const std::string path = fmt::format("topology.zones.{}.taints", zone.name);
      if (!zone.value.taints.empty()) ignored(honours_.hosts, path);
    }
    check_cpu();
  }

 private:
  void warn(std::string text) const { c_.scenario.warnings.push_back(std::move(text)); }

  void ignored(bool honoured, const std::string& path) const {
    if (honoured) return;
    warn(fmt::format("{} has no effect: the placement policy {} does not look at it", path,
                     c_.scenario.platform.algorithms.placement));
  }

  void warn_of_ignored(const App& app, const std::string& path) const {
    if (app.cpu_request) ignored(honours_.cpu, path + ".cpu_request");
    if (!app.node_selector.empty()) ignored(honours_.hosts, path + ".node_selector");
    if (!app.tolerations.empty()) ignored(honours_.hosts, path + ".tolerations");
    if (!app.node_affinity.required.empty()) {
      ignored(honours_.hosts, path + ".node_affinity.required");
    }
    if (!app.node_affinity.preferred.empty()) {
      ignored(honours_.preferences, path + ".node_affinity.preferred");
    }
    if (!app.anti_affinity.required.empty() || !app.anti_affinity.preferred.empty()) {
      ignored(honours_.spreading, path + ".anti_affinity");
    }
    if (!app.topology_spread.empty()) ignored(honours_.spreading, path + ".topology_spread");
  }

  /// validation.go: no two constraints on the same topology that are both hard or both soft.
  void check_spread(const App& app, const std::string& path) const {
    for (std::size_t i = 0; i < app.topology_spread.size(); ++i) {
      const TopologySpread& rule = app.topology_spread[i];
      const std::string here = fmt::format("{}.topology_spread[{}]", path, i);
      const bool soft = rule.when_unsatisfiable == Unsatisfiable::schedule_anyway;
      if (soft && rule.node_taints == TaintsPolicy::honor) {
        c_.problem(here + ".node_taints", "has no effect on a soft rule",
                   "remove it, or write when_unsatisfiable: do_not_schedule");
      }
      const auto same = [&](const TopologySpread& other) {
        return other.across == rule.across && other.when_unsatisfiable == rule.when_unsatisfiable;
      };
      const auto end = app.topology_spread.begin() + static_cast<std::ptrdiff_t>(i);
      if (std::any_of(app.topology_spread.begin(), end, same)) {
        c_.problem(here, "says again what another rule says", "keep one of the two");
      }
    }
  }

  static bool takes(const std::string& name, const Zone& zone, const App& app) {
    NamedMap<std::string> labels = zone.labels;
    labels["zone"] = name;
    if (!zone.region.empty()) labels["region"] = zone.region;
    const auto selected = [&](const auto& wanted) {
      const std::string* value = labels.find(wanted.name);
      return value != nullptr && *value == wanted.value;
    };
    return std::all_of(app.node_selector.begin(), app.node_selector.end(), selected) &&
           app.node_affinity.admits(labels) && untolerated(app.tolerations, zone.taints) == 0;
  }

  void warn_of_no_host(const std::string& name, const App& app) const {
    std::int64_t hosts = 0;
    for (const auto& zone : c_.scenario.topology.zones) {
      const bool stated = app.zones.empty() || std::find(app.zones.begin(), app.zones.end(),
                                                         zone.name) != app.zones.end();
      if (stated && (!honours_.hosts || takes(zone.name, zone.value, app)))
        hosts += zone.value.hosts;
    }
    const std::int64_t instances = Context::instances(app);
    const auto& apart = app.anti_affinity.required;
    const bool alone = std::find(apart.begin(), apart.end(), Across::host) != apart.end();
    if (hosts == 0) {
      warn(fmt::format("no host has the labels and taints for {}: it is never placed", name));
    } else if (honours_.spreading && alone && instances > hosts) {
      warn(fmt::format("{} instances of {} share no host, and {} hosts take it", instances, name,
                       hosts));
    }
  }

  void check_memory(const std::optional<MemoryUse>& use, Bytes memory,
                    const std::string& path) const {
    if (!use) return;
    if (use->growth.per_second <= 0 && !use->vary.is_zero()) {
      c_.problem(path + ".memory_use.vary", "nothing grows that could vary", "state growth");
    }
    const double limit =
        static_cast<double>(memory.count) * c_.scenario.platform.constants.memory_kill_factor;
    if (static_cast<double>(use->start.count) > limit) {
      warn(
          fmt::format("{}.memory_use starts above the memory that an instance may use: every "
                      "process is killed when it starts",
                      path));
    }
  }

  void check_cpu() const {
    if (!honours_.cpu) return;
    double largest = 0, cores = 0, wanted = 0;
    for (const auto& zone : c_.scenario.topology.zones) {
      largest = std::max(largest, zone.value.cores);
      cores += zone.value.cores * static_cast<double>(zone.value.hosts);
    }
    for (const auto& app : c_.scenario.apps) {
      const double request = app.value.cpu_request.value_or(0);
      wanted += request * static_cast<double>(Context::instances(app.value));
      if (request > largest) {
        warn(fmt::format(
            "no host has the cores that an instance of {} requests: it is never placed", app.name));
      }
    }
    if (wanted > cores) warn("the apps request more cores than the hosts have");
  }

  const Context& c_;
  PlacementHonours honours_;
};

}  // namespace

void check_placement(const Context& context) { PlacementCheck(context).check(); }

}  // namespace leapday::loading
