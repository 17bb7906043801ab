/// \file restart_diego.cpp
/// Cloud Foundry Diego: the first crashes restart at once, then delays double up to a cap.
/// Why: bbs models/restart_calculator.go tests the count after it was incremented, so that "three
/// immediate restarts" are two.
#include "leapday/registry.hpp"
#include "sim/policies/restart_backoff.hpp"

namespace leapday {
namespace {

class DiegoRestart final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory& history, const Crash& crash, const PlatformConstants& c,
                          Random&) const override {
    // actual_lrp.go: what ran longer than CrashResetTimeout starts to count anew.
    const Duration reset = c.restart_reset_after;
    if (crash.ready_for && reset > Duration{0} && *crash.ready_for > reset) history.crashes = 0;
    ++history.crashes;
    history.last = crash.at;
    const std::int64_t crashes = history.crashes;
    if (c.restart_give_up > 0 && crashes >= c.restart_give_up) return {.delay = std::nullopt};
    if (crashes <= c.immediate_restarts) return {};
    return {.delay = grown_backoff(c, crashes - c.immediate_restarts - 1)};
  }
};

}  // namespace

void register_restart_diego(Registry& registry) {
  registry.restart.add("diego_backoff",
                       "Cloud Foundry Diego: two at once, then delays that double, up to 200",
                       [] { return std::make_unique<DiegoRestart>(); });
}

}  // namespace leapday
