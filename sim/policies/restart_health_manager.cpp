/// \file restart_health_manager.cpp
/// The Health Manager of 2012: what crashes more than once in a window flaps, and is given up soon.
/// Why: vcap health_manager.rb (93-99, 483-545) never restarts the fifth crash of a flapping
/// instance: a release that crashes five times within minutes stays down until somebody acts.
#include "leapday/registry.hpp"
#include "sim/policies/restart_backoff.hpp"

namespace leapday {
namespace {

class HealthManagerRestart final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory& history, const Crash& crash, const PlatformConstants& c,
                          Random&) const override {
    if (history.last != CrashHistory::kNone && c.restart_window > Duration{0} &&
        crash.at - history.last > c.restart_window) {
      history.crashes = 0;
    }
    ++history.crashes;
    history.last = crash.at;
    const std::int64_t crashes = history.crashes;
    // flapping_death: more crashes than this flap.
    if (crashes <= c.immediate_restarts) return {};
    if (c.restart_give_up > 0 && crashes >= c.restart_give_up) return {.delay = std::nullopt};
    return {.delay = grown_backoff(c, crashes - c.immediate_restarts - 1)};
  }
};

}  // namespace

void register_restart_health_manager(Registry& registry) {
  registry.restart.add("health_manager",
                       "Cloud Foundry 2012: flapping instances wait, and are given up for good",
                       [] { return std::make_unique<HealthManagerRestart>(); });
}

}  // namespace leapday
