/// \file restart_nomad.cpp
/// Nomad: a few restarts on the client within an interval, then the allocation moves elsewhere.
/// Why: restart and reschedule are two counters with two delays (restart.mdx, reschedule.mdx); the
/// first saves the image's download, the second leaves a bad host behind.
#include "leapday/registry.hpp"
#include "sim/policies/restart_backoff.hpp"

namespace leapday {
namespace {

class NomadRestart final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory& history, const Crash& crash, const PlatformConstants& c,
                          Random& random) const override {
    // client/allocrunner/taskrunner/restarts: attempts are counted from the first of an interval.
    if (history.window_at == CrashHistory::kNone ||
        crash.at - history.window_at > c.restart_window) {
      history.window_at = crash.at;
      history.crashes = 0;
    }
    ++history.crashes;
    history.last = crash.at;
    if (std::int64_t{history.crashes} <= c.restart_attempts) {
      return {.delay = jittered(c.restart_backoff, c.restart_jitter, random)};
    }
    // mode = "fail": the allocation is lost and rescheduled, with a counter of its own.
    history.window_at = CrashHistory::kNone;
    PlatformConstants moved = c;
    moved.restart_backoff = c.reschedule_delay;
    moved.restart_backoff_cap = c.reschedule_cap;
    return {.delay = grown_backoff(moved, history.moves++), .elsewhere = true};
  }

 private:
  /// Up to the share more, never less.
  static Duration jittered(Duration delay, Ratio share, Random& random) {
    const __int128 most = static_cast<__int128>(delay.count()) * share.num / share.den;
    if (most <= 0) return delay;
    return delay +
           Duration{static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1))};
  }
};

}  // namespace

void register_restart_nomad(Registry& registry) {
  registry.restart.add("nomad", "Nomad: restarts on the client within an interval, then elsewhere",
                       [] { return std::make_unique<NomadRestart>(); });
}

}  // namespace leapday
