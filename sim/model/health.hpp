/// \file health.hpp
/// Readiness and liveness probes of running instances.
/// Why: a probe decides both how long a hung instance hurts and whether a slow one is killed.
#pragma once

#include <optional>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/traffic.hpp"

namespace leapday::model {

class Platform;

/// Only http probes can fail while a process runs, and only while it hangs, is slowed or is busy.
/// So probes are looked at only then, each on its own grid, and a hundred thousand idle instances
/// cost no event.
class Health {
 public:
  explicit Health(Platform& platform);
  /// Its hung flag or its speed, or its host's speed, has changed; it has just become ready; or
  /// it is busy.
  void changed(InstanceId instance);
  /// What has to pass before it counts as started: the stricter of its two checks.
  ProbeType startup_type(InstanceId instance) const;
  /// Whether such a check passes at once.
  bool starts(InstanceId instance);

 private:
  struct Probe {
    ProbeType type = ProbeType::http;
    Duration interval{};
    Duration timeout{};
    std::int64_t failures = 1;  ///< In a row before something is done.
  };
  using Ticket = ProbeTicket;
  Probe readiness(InstanceId instance) const;
  Probe liveness(InstanceId instance) const;
  ProbeType type(InstanceId instance, std::optional<ProbeType> own, ProbeType platforms) const;
  Grid grid(InstanceId instance, const char* purpose, Duration period);
  bool suspicious(InstanceId instance) const;
  bool waits_its_turn(InstanceId instance) const;
  bool may_fail(InstanceId instance);
  Ticket send(InstanceId instance, const Probe& probe);
  bool served(InstanceId instance, std::uint64_t turn) const;
  void on_readiness(std::uint32_t instance, std::uint32_t step);
  void on_liveness(std::uint32_t instance, std::uint32_t step);
  void readiness_failed(InstanceId instance);
  void readiness_passed(InstanceId instance);
  bool liveness_failed(InstanceId instance);

  Platform& p_;
  engine::HandlerId readiness_, liveness_;
};

}  // namespace leapday::model
