/// \file eviction.hpp
/// How fast lost hosts are given up: one by one in a zone, slower or not at all when much of it is
/// gone.
/// Why: when a network fault makes half a zone look dead, replacing it all at once is the greater
/// outage; Kubernetes's node lifecycle controller limits the rate by the state of the zone.
#pragma once

#include <vector>

#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;

/// kubernetes pkg/controller/nodelifecycle node_lifecycle_controller.go: ComputeZoneState and
/// setLimiterInZone.
class Evictions {
 public:
  explicit Evictions(Platform& platform);

  /// A host of the zone was lost: Presence::give_up(host) follows when it is this one's turn.
  void lost(HostId host);
  /// It is heard of again.
  void back(HostId host);

 private:
  enum class ZoneCondition { normal, partial, full };
  struct Queue {
    std::vector<HostId> hosts;  ///< First come, first given up.
    SimTime next{};             ///< No other before this.
    engine::EventKey key = 0;
  };

  ZoneCondition condition(ZoneId zone) const;
  bool everywhere_lost() const;
  /// The time between two of the zone; negative when none is given up for now.
  Duration interval(ZoneId zone) const;
  void schedule(ZoneId zone, SimTime at);
  void on_turn(std::uint32_t zone, std::uint32_t);

  Platform& p_;
  std::vector<Queue> zones_;
  engine::HandlerId turn_;
};

}  // namespace leapday::model
