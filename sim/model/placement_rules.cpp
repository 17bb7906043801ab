/// \file placement_rules.cpp
/// Labels against selectors, taints against tolerations, counts against skews.
/// Why: see placement_rules.hpp. The rules are those of kubernetes/kubernetes:
/// pkg/scheduler/framework/plugins (nodeaffinity, tainttoleration, podtopologyspread,
/// interpodaffinity).
#include "sim/model/placement_rules.hpp"

#include <algorithm>
#include <limits>

namespace leapday::model {
namespace {

using Labels = NamedMap<std::string>;

/// Besides stated ones, hosts have `zone` and `region`, as for filters of targets.
Labels labels_of(const ZoneState& zone) {
  Labels labels = zone.spec->labels;
  labels["zone"] = zone.name;
  if (!zone.spec->region.empty()) labels["region"] = zone.spec->region;
  return labels;
}

bool selected(const App& app, const Labels& labels) {
  for (const auto& wanted : app.node_selector) {
    const std::string* value = labels.find(wanted.name);
    if (value == nullptr || *value != wanted.value) return false;
  }
  return app.node_affinity.admits(labels);
}

}  // namespace

PlacementRules::PlacementRules(const World& world, const AppState& app,
                               const PlacementHonours& honours)
    : world_(world) {
  judge_zones(*app.spec, honours.hosts);
  if (honours.preferences) weigh_zones(*app.spec);
  if (honours.spreading) add_spread(*app.spec);
}

void PlacementRules::judge_zones(const App& app, bool labels) {
  for (const ZoneState& zone : world_.zones) {
    const bool stated = app.zones.empty() ||
                        std::find(app.zones.begin(), app.zones.end(), zone.name) != app.zones.end();
    ZoneVerdict verdict = stated ? ZoneVerdict::open : ZoneVerdict::elsewhere;
    if (stated && labels) {
      if (!selected(app, labels_of(zone))) {
        verdict = ZoneVerdict::unselected;
      } else if (untolerated(app.tolerations, zone.spec->taints) > 0) {
        verdict = ZoneVerdict::tainted;
      }
    }
    verdicts_.push_back(verdict);
  }
}

void PlacementRules::weigh_zones(const App& app) {
  bool alike = true;
  for (const ZoneState& zone : world_.zones) {
    ZonePreference preference;
    for (const PreferredNodeTerm& term : app.node_affinity.preferred) {
      if (all_hold(term.match, labels_of(zone))) preference.affinity += term.weight;
    }
    preference.taints = untolerated(app.tolerations, zone.spec->taints, true);
    alike = alike && preference.affinity == 0 && preference.taints == 0;
    preferences_.push_back(preference);
  }
  if (alike) preferences_.clear();
}

void PlacementRules::add_spread(const App& app) {
  apart_ = app.anti_affinity.required;
  for (const PreferredApart& soft : app.anti_affinity.preferred) {
    soft_apart_.push_back({soft.across, soft.weight});
  }
  states_spread_ = !app.topology_spread.empty();
  for (const TopologySpread& rule : app.topology_spread) {
    if (rule.when_unsatisfiable == Unsatisfiable::schedule_anyway) {
      soft_spread_.push_back({rule.across, rule.max_skew});
    } else {
      spread_.push_back({rule.across, rule.max_skew, rule.node_taints == TaintsPolicy::honor});
    }
  }
}

bool PlacementRules::apart_on_hosts() const {
  return std::find(apart_.begin(), apart_.end(), Across::host) != apart_.end();
}

bool takes_instances(const HostView& view, bool asks_hosts) {
  return view.present && !view.faulty && view.converged && view.drains == 0 &&
         (view.heard || !asks_hosts);
}

/// The zone has a host: a machine that the cloud has given, and that takes instances where asked.
bool PlacementRules::exists(const Fleet& fleet, std::uint32_t zone, bool usable) const {
  const std::vector<HostId>& hosts = world_.zones[zone].hosts;
  return std::any_of(hosts.begin(), hosts.end(), [&](HostId host) {
    return world_.hosts[host.index].provisioned &&
           (!usable || takes_instances(fleet.hosts[host.index], false));
  });
}

/// Zones whose hosts count when the least is looked for. nodeAffinityPolicy is Honor: what an app
/// does not select counts as little as if it were not there; nodeTaintsPolicy is the rule's.
std::vector<char> PlacementRules::counted_zones(const Fleet& fleet, bool honor_taints) const {
  std::vector<char> counted;
  for (std::uint32_t z = 0; z < verdicts_.size(); ++z) {
    const bool open = verdicts_[z] == ZoneVerdict::open ||
                      (verdicts_[z] == ZoneVerdict::tainted && !honor_taints);
    counted.push_back(open && exists(fleet, z, honor_taints) ? 1 : 0);
  }
  return counted;
}

std::int64_t PlacementRules::crowd(const Fleet& fleet, AppId app, Across across,
                                   std::uint32_t zone) const {
  const std::span<const std::uint32_t> by_zone = fleet.by_zone(app);
  if (across == Across::zone) return by_zone[zone];
  std::int64_t sum = 0;
  for (std::uint32_t z = 0; z < by_zone.size(); ++z) {
    if (world_.zones[z].region == world_.zones[zone].region) sum += by_zone[z];
  }
  return sum;
}

/// podtopologyspread/filtering.go: one more there may not be more than max_skew above the least.
void PlacementRules::close_zones(const Fleet& fleet, AppId app, const HardSpread& rule,
                                 std::vector<char>& open) const {
  const std::vector<char> counted = counted_zones(fleet, rule.honor_taints);
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (std::uint32_t z = 0; z < counted.size(); ++z) {
    if (counted[z] != 0) least = std::min(least, crowd(fleet, app, rule.across, z));
  }
  for (std::uint32_t z = 0; z < open.size(); ++z) {
    if (open[z] != 0 && crowd(fleet, app, rule.across, z) + 1 - least > rule.max_skew) open[z] = 0;
  }
}

std::uint32_t PlacementRules::most_on_host(const Fleet& fleet, AppId app,
                                           const HardSpread& rule) const {
  const std::vector<char> counted = counted_zones(fleet, rule.honor_taints);
  const auto counts = [&](HostId host) {
    return world_.hosts[host.index].provisioned &&
           (!rule.honor_taints || takes_instances(fleet.hosts[host.index], false));
  };
  std::int64_t hosts = 0;
  for (std::uint32_t z = 0; z < counted.size(); ++z) {
    if (counted[z] == 0) continue;
    hosts += std::count_if(world_.zones[z].hosts.begin(), world_.zones[z].hosts.end(), counts);
  }
  std::int64_t least = std::numeric_limits<std::int32_t>::max();
  for (const HostShare& share : fleet.shares(app)) {
    const HostId host{share.row};
    if (counted[world_.hosts[share.row].zone.index] == 0 || !counts(host)) continue;
    --hosts;
    least = std::min(least, std::int64_t{share.count});
  }
  if (hosts > 0) least = 0;
  return static_cast<std::uint32_t>(least + rule.max_skew);
}

std::uint32_t PlacementRules::close(const Fleet& fleet, AppId app, std::vector<char>& open) const {
  std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  for (const HardSpread& rule : spread_) {
    if (rule.across == Across::host) {
      most = std::min(most, most_on_host(fleet, app, rule));
    } else {
      close_zones(fleet, app, rule, open);
    }
  }
  for (const Across across : apart_) {
    if (across == Across::host) {
      most = std::min(most, 1U);
      continue;
    }
    for (std::uint32_t z = 0; z < open.size(); ++z) {
      if (open[z] != 0 && crowd(fleet, app, across, z) > 0) open[z] = 0;
    }
  }
  return most;
}

}  // namespace leapday::model
