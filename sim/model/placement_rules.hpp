/// \file placement_rules.hpp
/// What one app's rules on hosts, zones and its own instances allow, and why they do not.
/// Why: labels and taints hold for the whole run and are settled once; how evenly instances are
/// spread changes with each of them. A policy sees both as zones that are open and a most per host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "leapday/policy.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// Why hosts of a zone are closed to an app, whatever runs there.
enum class ZoneVerdict : std::uint8_t { open, elsewhere, unselected, tainted };

class PlacementRules {
 public:
  /// Only what the policy goes by counts.
  PlacementRules(const World& world, const AppState& app, const PlacementHonours& honours);

  /// By zone.
  const std::vector<ZoneVerdict>& verdicts() const { return verdicts_; }
  /// By zone; empty when all are alike to it.
  const std::vector<ZonePreference>& preferences() const { return preferences_; }
  const std::vector<SoftSpread>& soft_spread() const { return soft_spread_; }
  const std::vector<SoftApart>& soft_apart() const { return soft_apart_; }
  bool states_spread() const { return states_spread_; }
  /// Where it may go depends on where its other instances are.
  bool hard() const { return !apart_.empty() || !spread_.empty(); }
  /// No two of its instances may share a host.
  bool apart_on_hosts() const;

  /// Closes in `open` (by zone) what its instances as they are now close; returns the most that a
  /// host may have before it takes another.
  std::uint32_t close(const Fleet& fleet, AppId app, std::vector<char>& open) const;

 private:
  struct HardSpread {
    Across across = Across::zone;
    std::int64_t max_skew = 1;
    bool honor_taints = false;
  };

  void judge_zones(const App& app, bool labels);
  void weigh_zones(const App& app);
  void add_spread(const App& app);
  bool exists(const Fleet& fleet, std::uint32_t zone, bool usable) const;
  std::vector<char> counted_zones(const Fleet& fleet, bool honor_taints) const;
  std::int64_t crowd(const Fleet& fleet, AppId app, Across across, std::uint32_t zone) const;
  void close_zones(const Fleet& fleet, AppId app, const HardSpread& rule,
                   std::vector<char>& open) const;
  std::uint32_t most_on_host(const Fleet& fleet, AppId app, const HardSpread& rule) const;

  const World& world_;
  std::vector<ZoneVerdict> verdicts_;
  std::vector<ZonePreference> preferences_;
  std::vector<SoftSpread> soft_spread_;
  std::vector<SoftApart> soft_apart_;
  std::vector<Across> apart_;
  std::vector<HardSpread> spread_;
  bool states_spread_ = false;
};

/// A host takes instances, as the control plane sees it.
bool takes_instances(const HostView& view, bool asks_hosts);

}  // namespace leapday::model
