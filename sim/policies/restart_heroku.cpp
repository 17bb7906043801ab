/// \file restart_heroku.cpp
/// Heroku: a crashed dyno restarts at once, then after 20, 40, 60 ... minutes.
/// Why: the delay grows by addition, not by a factor: the second crash already costs 20 minutes.
#include <algorithm>

#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HerokuRestart final : public RestartPolicy {
 public:
  RestartDecision crashed(CrashHistory& history, const Crash& crash, const PlatformConstants& c,
                          Random&) const override {
    const Duration reset = c.restart_reset_after;
    if (crash.ready_for && reset > Duration{0} && *crash.ready_for > reset) history.crashes = 0;
    ++history.crashes;
    history.last = crash.at;
    const std::int64_t waits = std::int64_t{history.crashes} - c.immediate_restarts;
    if (waits <= 0) return {};
    const Duration cap = c.restart_backoff_cap;
    const bool capped =
        cap > Duration{0} && waits >= cap / std::max(c.restart_backoff, Duration{1});
    return {.delay = capped ? cap : waits * c.restart_backoff};
  }
};

}  // namespace

void register_restart_heroku(Registry& registry) {
  registry.restart.add("heroku", "Heroku: at once, then 20, 40, 60 ... minutes up to a cap",
                       [] { return std::make_unique<HerokuRestart>(); });
}

}  // namespace leapday
