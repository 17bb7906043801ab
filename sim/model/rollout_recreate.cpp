/// \file rollout_recreate.cpp
/// Kubernetes's Recreate, and `cf push` without a strategy: the old release stops, and only when
/// its last process is gone does the first new one start (deployment/recreate.go waits for
/// oldPodsRunning to be false).
/// Why: some apps cannot run in two releases at once; the outage is what that costs.
#include <algorithm>

#include "sim/model/deployments.hpp"

namespace leapday::model {
namespace {

class Recreate final : public RolloutStrategy {
 public:
  bool ticks() const override { return false; }
  bool awaits_ends() const override { return true; }
  void begin(Deployments& d, Roll& roll) override { d.step(roll); }
  void step(Deployments& d, Roll& roll) override {
    d.shrink_old(roll, d.old_size(roll));
    if (old_runs(d.platform(), roll)) return;
    const GroupCounts fresh = d.counts(roll.fresh);
    if (fresh.wanted < roll.target) {
      d.grow(roll, roll.target);
    } else if (fresh.available >= roll.target && d.gate_passes(roll)) {
      d.finish(roll);
    }
  }

 private:
  /// Also while it is stopping, or on a host that is not heard and may run it still.
  static bool old_runs(Platform& platform, const Roll& roll) {
    const std::vector<InstanceId>& all = platform.world.app(roll.app).instances;
    return std::any_of(all.begin(), all.end(), [&](InstanceId instance) {
      const SlotId slot = platform.fleet.track(instance).slot;
      return platform.fleet.slots[slot.index].group != roll.fresh;
    });
  }
};

}  // namespace

std::unique_ptr<RolloutStrategy> make_recreate() { return std::make_unique<Recreate>(); }

}  // namespace leapday::model
