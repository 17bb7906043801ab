/// \file fault_schedule.hpp
/// Begins and ends the scenario's faults, and is the run as a fault sees it.
/// Why: when, on whom and how long belong here, so that a fault kind is only what it does.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "leapday/fault.hpp"
#include "sim/model/network.hpp"
#include "sim/model/platform.hpp"
#include "sim/model/renewals.hpp"
#include "sim/model/targets.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class FaultSchedule final : public TriggerTarget {
 public:
  FaultSchedule(Platform& platform, Triggers& triggers, Renewals& renewals);
  FaultSchedule(const FaultSchedule&) = delete;

  /// Arms every fault of the scenario.
  void arm();
  void triggered(std::uint32_t fault, EventId cause) override;
  /// Adds up what the faults that are still on have touched so far.
  void settle();

 private:
  class Scene;
  /// One fault of the scenario; at most one occurrence of it is on at a time.
  struct Entry {
    const std::string* name = nullptr;
    const FaultSpec* spec = nullptr;
    Random* random = nullptr;
    bool on = false;
    std::uint32_t span = 0;
    EventId begin;
    Targets targets;
    std::vector<std::uint32_t> modifiers, clocks, links, dependencies, certificates, time_sources;
    std::vector<HostId> crashed, drained;
    std::vector<HostId> watched_hosts;  ///< Whose attempts count as touched.
    bool closes_registry = false;
    std::uint64_t touched_before = 0;
    std::uint64_t direct = 0;  ///< Instances it ended, hosts and routers it cut off from control.
    engine::EventKey end_key = 0;
  };

  void find_watched(Entry& entry);
  void watch_place(Entry& entry, const Place& place);
  std::uint64_t touched(const Entry& entry);
  void on_end(std::uint32_t fault, std::uint32_t);
  void end(Entry& entry);
  /// How many hosts and routers are heard, or no longer heard, for it.
  std::uint64_t links_changed(EventId cause);

  Platform& p_;
  Triggers& triggers_;
  Renewals& renewals_;
  std::vector<Entry> entries_;
  engine::HandlerId end_;
};

}  // namespace leapday::model
