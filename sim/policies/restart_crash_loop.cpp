/// \file restart_crash_loop.cpp
/// Kubernetes CrashLoopBackOff: at once, then delays that double up to a cap, for ever.
/// Why: the kubelet forgets by the time since the last crash, not by how long a container ran
/// (client-go util/flowcontrol/backoff.go, hasExpired).
#include "leapday/registry.hpp"
#include "sim/policies/restart_backoff.hpp"

namespace leapday {
namespace {

class CrashLoopBackOff final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory& history, const Crash& crash, const PlatformConstants& c,
                          Random&) const override {
    const Duration reset = c.restart_reset_after;
    if (history.last != CrashHistory::kNone && reset > Duration{0} &&
        crash.at - history.last - waited(history, c) > reset)
      history.crashes = 0;
    ++history.crashes;
    history.last = crash.at;
    const std::int64_t crashes = history.crashes;
    if (c.restart_give_up > 0 && crashes >= c.restart_give_up) return {.delay = std::nullopt};
    return {.delay = delay_after(crashes, c)};
  }

 private:
  static Duration delay_after(std::int64_t crashes, const PlatformConstants& c) {
    if (crashes <= c.immediate_restarts) return Duration{0};
    return grown_backoff(c, crashes - c.immediate_restarts - 1);
  }
  /// The back-off before the run that has just ended: its entry was updated when that began.
  static Duration waited(const CrashHistory& history, const PlatformConstants& c) {
    return delay_after(history.crashes, c);
  }
};

}  // namespace

void register_restart_crash_loop(Registry& registry) {
  registry.restart.add("crash_loop_backoff",
                       "Kubernetes: at once, then delays that double up to a cap, for ever",
                       [] { return std::make_unique<CrashLoopBackOff>(); });
}

}  // namespace leapday
