/// \file rollout_blue_green.cpp
/// A whole new group starts beside the old one without routes; then the routes change hands, and
/// the old group stays for a while in case they have to change back.
/// Why: nobody is served by half a release, at the price of twice the instances; but each router
/// switches when it hears of it, so for a while both releases answer.
#include <fmt/format.h>

#include "sim/model/deployments.hpp"
#include "sim/model/rollout_rolling.hpp"

namespace leapday::model {
namespace {

/// Argo Rollouts' scaleDownDelaySeconds: time for whoever routes to hear of the switch.
constexpr Duration kKeepOld{30s};

class BlueGreen final : public RolloutStrategy {
 public:
  bool ticks() const override { return false; }
  bool ready_is_done() const override { return false; }

  void begin(Deployments& d, Roll& roll) override {
    d.platform().route(roll.fresh, false);
    d.grow(roll, roll.target);
    d.schedule_next(roll);
  }

  void step(Deployments& d, Roll& roll) override {
    if (roll.phase == Roll::Phase::rolling_back) {
      if (roll_towards(d, roll, {roll.target, 0})) d.finish(roll);
      return;
    }
    if (d.counts(roll.fresh).wanted != roll.target) d.grow(roll, roll.target);
    if (!switched_) {
      if (d.counts(roll.fresh).available < roll.target || !d.gate_passes(roll)) return;
      make_switch(d, roll);
    }
    if (d.platform().now() >= until_) d.finish(roll);
  }

  /// Back to a group that runs and only lacks its routes.
  void turn_back(Deployments& d, Roll& roll) override {
    Platform& platform = d.platform();
    const GroupId failed = roll.old.back();
    if (switched_) {
      platform.route(roll.fresh, true);
      for (const GroupId group : roll.old) {
        if (group != failed) platform.route(group, true);
      }
      platform.routes.barrier();
      platform.route(failed, false);
      d.note(roll, {}, "deployment.switched", "back");
    }
    platform.resize(failed, 0, roll.event);
  }

 private:
  void make_switch(Deployments& d, Roll& roll) {
    Platform& platform = d.platform();
    switched_ = true;
    const Duration keep = roll.spec->keep_old.value_or(kKeepOld);
    until_ = platform.now() + keep;
    d.note(roll, {}, "deployment.switched",
           fmt::format("{} new for {} old, kept for {}s", roll.target, d.old_size(roll),
                       static_cast<double>(keep.count()) / 1e9));
    platform.route(roll.fresh, true);
    platform.routes.barrier();
    for (const GroupId group : roll.old) platform.route(group, false);
    d.anchor(roll, "switched");
    d.note_done(roll, roll.target);
    d.stop_deadline(roll);
    d.begin_analysis(roll);
    d.wake(roll, until_);
  }

  bool switched_ = false;
  SimTime until_{};
};

}  // namespace

std::unique_ptr<RolloutStrategy> make_blue_green() { return std::make_unique<BlueGreen>(); }

}  // namespace leapday::model
