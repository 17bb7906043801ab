/// \file health.hpp
/// Readiness and liveness probes of running instances.
/// Why: a probe decides both how long a hung instance hurts and whether a slow one is killed.
#pragma once

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

/// Probes are looked at only while an instance is not plainly healthy, each on its own grid, so a
/// thousand healthy instances cost no event.
class Health {
 public:
  explicit Health(Platform& platform);
  /// Its hung flag or its speed, or its host's speed, has changed; or it has just become ready.
  void changed(InstanceId instance);

 private:
  struct Probe {
    Duration interval{};
    Duration timeout{};
  };
  Probe readiness(InstanceId instance) const;
  Probe liveness(InstanceId instance) const;
  Grid grid(InstanceId instance, const char* purpose, Duration period);
  bool suspicious(InstanceId instance) const;
  bool passes(InstanceId instance, const Probe& probe) const;
  void on_readiness(std::uint32_t instance, std::uint32_t verdict);
  void on_liveness(std::uint32_t instance, std::uint32_t verdict);
  void readiness_failed(InstanceId instance);
  void readiness_passed(InstanceId instance);

  Platform& p_;
  engine::HandlerId readiness_, liveness_;
};

}  // namespace leapday::model
