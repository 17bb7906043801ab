/// \file rollout_canary.cpp
/// A few new instances beside the old ones, more of them step by step, each time until somebody or
/// an analysis says go on; what is then left is replaced as in a rolling deployment.
/// Why: a release is tried on some of the requests before it may answer all of them.
#include <fmt/format.h>

#include <algorithm>

#include "sim/model/deployments.hpp"
#include "sim/model/rollout_rolling.hpp"

namespace leapday::model {
namespace {

/// One stop: a step of the scenario, or the only one of a deployment that states none.
struct Stop {
  std::optional<Ratio> weight;  ///< None: one instance, beside all old ones.
  std::optional<Duration> hold;
  const At* resume = nullptr;  ///< When somebody says go on.
};

class Canary final : public RolloutStrategy {
 public:
  void begin(Deployments& d, Roll& roll) override {
    for (const CanaryStep& step : roll.spec->steps) {
      stops_.push_back({step.weight, step.hold, step.resume ? &*step.resume : nullptr});
    }
    const std::optional<At>& resume = roll.spec->resume;
    if (stops_.empty()) stops_.push_back({{}, {}, resume ? &*resume : nullptr});
    // What of it is routed before the first stop is to take nothing yet.
    split(d, roll, Ratio{0, 1});
    begin_rolling(d, roll, aim(d, roll));
  }

  void step(Deployments& d, Roll& roll) override {
    if (roll.phase == Roll::Phase::rolling_back) {
      if (roll_towards(d, roll, {roll.target, 0})) d.finish(roll);
      return;
    }
    while (at_ < stops_.size()) {
      const bool there = roll_towards(d, roll, aim(d, roll));
      if (!paused_) {
        if (!there) return;
        pause(d, roll);
      }
      if (!may_go_on(d, roll)) return;
      go_on(d, roll);
    }
    if (roll_towards(d, roll, {roll.target, 0}) && d.gate_passes(roll)) d.finish(roll);
  }

  bool resume(std::size_t pause) override {
    if (!paused_ || pause != at_) return false;
    resumed_ = true;
    return true;
  }

  void turn_back(Deployments& d, Roll& roll) override { split(d, roll, Ratio{0, 1}); }

  void over(Deployments& d, Roll& roll) override {
    if (split_) d.platform().routes.split(roll.app, std::nullopt);
    split_ = false;
  }

 private:
  /// cloud_controller_ng's canary: max(1, round(n * weight)) new ones, n - that + 1 old ones, none
  /// at 100%. Where a surge counts, as on Kubernetes, both together are n, with one old one at
  /// least below 100%.
  RollingAim aim(Deployments& d, const Roll& roll) const {
    const std::int64_t n = roll.target;
    const Stop& stop = stops_[at_];
    if (n == 0) return {};
    const Ratio weight = stop.weight.value_or(Ratio{0, 1});
    const std::int64_t rounded = (2 * n * weight.num + weight.den) / (2 * weight.den);
    const std::int64_t fresh = std::clamp<std::int64_t>(rounded, 1, n);
    if (weight == Ratio{1, 1}) return {n, 0};
    if (!rolling_limits(d, roll).surge) return {fresh, n - fresh + 1};
    return {fresh, std::max<std::int64_t>(n - fresh, 1)};
  }

  void pause(Deployments& d, Roll& roll) {
    paused_ = true;
    resumed_ = false;
    since_ = d.platform().now();
    const Stop& stop = stops_[at_];
    const std::string until =
        stop.hold ? fmt::format("for {}s", static_cast<double>(stop.hold->count()) / 1e9)
        : stop.resume != nullptr ? std::string("until somebody continues it")
                                 : std::string("to the end: nothing in the scenario continues it");
    d.note(roll, {}, "deployment.paused",
           fmt::format("{} new beside {} old, {}", d.counts(roll.fresh).wanted, d.old_size(roll),
                       until));
    d.stop_deadline(roll);
    if (stop.weight) split(d, roll, *stop.weight);
    d.anchor(roll, "paused");
    d.begin_analysis(roll);
    if (stop.hold) d.wake(roll, since_ + *stop.hold);
    if (stop.resume == nullptr) return;
    if (const auto* when = std::get_if<At::When>(&stop.resume->what)) d.await(roll, *when, at_);
  }

  bool may_go_on(Deployments& d, const Roll& roll) const {
    if (roll.spec->analysis && (!roll.measured_well || roll.measured_at <= since_)) return false;
    const Stop& stop = stops_[at_];
    return stop.hold ? d.platform().now() - since_ >= *stop.hold : resumed_;
  }

  void go_on(Deployments& d, Roll& roll) {
    paused_ = false;
    ++at_;
    d.note(roll, {}, "deployment.continued");
    d.resume_deadline(roll);
    if (at_ == stops_.size()) over(d, roll);
  }

  /// Where routers have weights, requests are divided whatever the instances are.
  void split(Deployments& d, const Roll& roll, const Ratio& share) {
    Platform& platform = d.platform();
    if (roll.spec->steps.empty() || !platform.traffic().weighs(roll.app)) return;
    platform.routes.split(roll.app, RouteSplit{roll.release, share});
    split_ = true;
  }

  std::vector<Stop> stops_;
  std::size_t at_ = 0;
  bool paused_ = false;
  bool resumed_ = false;
  bool split_ = false;
  SimTime since_{};
};

}  // namespace

std::unique_ptr<RolloutStrategy> make_canary() { return std::make_unique<Canary>(); }

}  // namespace leapday::model
