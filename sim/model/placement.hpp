/// \file placement.hpp
/// Finds hosts for pending instances, in batches, and again when capacity appears.
/// Why: what starts at one instant competes, and platforms sort that batch before they place it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "leapday/policy.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/placement_race.hpp"
#include "sim/model/placement_rules.hpp"

namespace leapday::model {

class Platform;

class Placement {
 public:
  explicit Placement(Platform& platform);

  /// Asks for a host; the answer comes at the end of this instant.
  void enqueue(InstanceId instance);
  /// It is no longer wanted.
  void cancel(InstanceId instance);
  /// Memory was freed or a host became usable.
  void capacity_changed();
  /// A host answered first, or none did: what PlacementRace tells.
  void won(InstanceId instance, HostId host);
  void nobody_answered(InstanceId instance);
  const PlacementPolicy& policy() const { return *policy_; }
  HostRow row_of(HostId host) const;
  PlacementRequest request_for(const InstanceRecord& record) const;

  /// What no host had room for, in the order in which it waits.
  std::vector<InstanceId> unplaceable() const;
  /// The instance may run in that zone, wherever others of its app are.
  bool allows(const InstanceRecord& record, ZoneId zone) const {
    const std::vector<char>& zones = zones_of(record);
    return zones.empty() || zones[zone.index] != 0;
  }
  /// Likewise, with the others where they are now.
  bool allows_now(const InstanceRecord& record, ZoneId zone) const {
    return request_for(record).allows(zone);
  }
  const PlacementRules& rules(AppId app) const { return rules_[app.index]; }
  /// Requests of CPU count.
  bool looks_at_cpu() const { return looks_at_cpu_; }
  /// Places what is queued and makes it run at once: a warm boot.
  void run_warm();

 private:
  struct Waiting {
    InstanceId instance;
    bool reported = false;  ///< Its instance.unplaceable was recorded.
    // What batches are sorted by:
    std::uint8_t tier = 0;
    std::uint32_t number = 0;
    std::uint32_t app = 0;
    std::int64_t memory = 0;
  };

  void on_round(std::uint32_t, std::uint32_t);
  void run_round(bool warm);
  void sort_batch();
  bool place(InstanceId instance, bool warm);
  /// Where it ran before, when it is to start anew there: no placement, but room is needed.
  bool restarts_on(HostId host, const PlacementRequest& request) const;
  std::optional<HostId> place_elsewhere(HostId avoid, const PlacementRequest& request);
  /// Brings the table up to date with hosts that have changed.
  void refresh();
  void start_on(InstanceId instance, HostId host);
  void report_unplaceable(Waiting& waiting);
  std::string why_not(const InstanceRecord& record);
  void ask_hosts();
  void request_round(SimTime at);

  Platform& p_;
  std::unique_ptr<PlacementPolicy> policy_;
  bool looks_at_cpu_ = false;
  std::vector<PlacementRules> rules_;     ///< By app.
  std::vector<std::uint32_t> regions_;    ///< By zone.
  mutable std::vector<char> open_zones_;  ///< Of the latest request that needed its own.
  std::optional<PlacementRace> race_;     ///< On platforms that ask their hosts.
  Random& random_;
  engine::HandlerId round_;
  bool round_due_ = false;
  SimTime round_at_{};
  std::vector<std::uint32_t>
      warmed_;  ///< By host: placed in a warm batch, which counts as starting.
  std::vector<Waiting> waiting_;
  PlacementWeights weights_;
  HostTable hosts_;  ///< A row for each host of a zone; they come first among World::hosts.
  void add_allowed(const AppState& app);
  /// Instances whose numbers leave the same rest stay in the same place.
  std::uint32_t rest_of(const InstanceRecord& record) const {
    const std::vector<std::uint32_t>& pattern = patterns_[record.app.index];
    return pattern.empty() ? 0 : pattern[record.number % pattern.size()];
  }
  const std::vector<char>& zones_of(const InstanceRecord& record) const {
    return allowed_zones_[record.app.index][rest_of(record)];
  }
  std::uint32_t kind_of(const InstanceRecord& record) const {
    const auto places = static_cast<std::uint32_t>(allowed_zones_[record.app.index].size());
    return first_kind_[record.app.index] + record.release.index * places + rest_of(record);
  }

  /// By app, by place of its spread (one without), and by zone; empty: all.
  std::vector<std::vector<std::vector<char>>> allowed_zones_;
  std::vector<std::vector<std::uint32_t>> patterns_;  ///< By app: places by number, repeating.
  std::vector<std::uint32_t> first_kind_;  ///< By app: kinds are releases of apps in a place.
  /// By kind: what did not fit once does not fit for an equal instance later in the round.
  std::vector<char> hopeless_;
};

}  // namespace leapday::model
