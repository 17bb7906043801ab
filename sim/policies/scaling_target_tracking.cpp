/// \file scaling_target_tracking.cpp
/// Target tracking: two alarms around a target, a proportional answer, a cool-down each way.
/// Why: it grows after minutes and shrinks after a quarter of an hour, by design; whoever replaces
/// an HPA by it gets other outages.
/// Source: AWS Application Auto Scaling and Amazon ECS user guides (recalled): the high alarm takes
/// 3 datapoints of a minute above the target, the low one 15 below 90% of it; cool-downs of 300 s;
/// within the scale-out cool-down only what exceeds the last scale-out is added, and a scale-out
/// ends a scale-in's cool-down.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_measure.hpp"

namespace leapday {
namespace scaling {
namespace {

class TargetTracking final : public ScalingPolicyBase<TargetTracking> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("metric", metric_, "what is looked at");
    v.value(Field{.name = "target", .help = "of cpu: mean share of the request", .above_one = true},
            target_);
    v.optional("target_value", target_value_,
               "of requests and open: mean of an instance, per second or at once", {0.001, 1e9});
    v.optional("request", request_, "cores that 100% of cpu is; the app's cpu when absent",
               {0.001, 1e5});
    v.optional("datapoint", datapoint_, "length of one mean, and time between two looks");
    v.optional("out_datapoints", out_points_, "means above the target before it grows", {1, 1000});
    v.optional("in_datapoints", in_points_, "means below in_at before it shrinks", {1, 1000});
    v.optional("in_at", in_at_, "share of the target that counts as below");
    v.optional("out_cool_down", out_cool_down_, "after growing only still more is added this long");
    v.optional("in_cool_down", in_cool_down_, "after shrinking no more goes this long");
    v.optional("scale_in", scale_in_, "whether it shrinks at all");
    v.check(datapoint_ > Duration{0}, "datapoint", "must be more than 0", "write 1min");
    v.check(target_.num > 0, "target", "must be more than 0", "write 50%");
    v.check((metric_ == Measure::cpu) != target_value_.has_value(), "target_value",
            metric_ == Measure::cpu ? "belongs to requests and open" : "is missing",
            metric_ == Measure::cpu ? "remove it, or set metric: requests"
                                    : "add target_value: how many an instance should have");
  }
  MetricsPipeline pipeline() const override { return {.scrape = datapoint_}; }
  Duration period() const override { return datapoint_; }
  std::vector<ScalingObjection> objections(const App& app, std::int64_t least,
                                           std::int64_t) const override {
    return measured_objections(metric_, request_, app, least);
  }

  ScalingDecision decide(const ScalingView& view) override {
    ScalingDecision decision{.wanted = std::clamp(view.wanted, view.least, view.most),
                             .again = datapoint_};
    const Average mean = average(metric_, view, view.now - datapoint_);
    if (mean.samples == 0) {  // no datapoint: neither alarm goes on
      above_ = below_ = 0;
      return decision;
    }
    const double one = metric_ == Measure::cpu ? request_.value_or(view.cpu) : *target_value_;
    const double goal = metric_ == Measure::cpu ? one * target_.value() : one;
    above_ = mean.value > goal ? above_ + 1 : 0;
    below_ = mean.value < goal * in_at_.value() ? below_ + 1 : 0;
    const auto needed = static_cast<std::int64_t>(
        std::ceil(static_cast<double>(view.wanted) * mean.value / goal - 1e-9));
    if (above_ >= out_points_) {
      out(view, needed, decision);
    } else if (scale_in_ && below_ >= in_points_) {
      in(view, needed, decision);
    }
    if (decision.wanted != view.wanted) {
      decision.why = fmt::format("{:.3g} against {:.3g}", mean.value, goal);
    }
    return decision;
  }

 private:
  void out(const ScalingView& view, std::int64_t needed, ScalingDecision& decision) {
    // Within the cool-down the last scale-out counts as part of what this one wants.
    const bool cooling = view.now < out_until_;
    const std::int64_t base = cooling ? out_from_ : view.wanted;
    const double growth =
        static_cast<double>(needed) / static_cast<double>(std::max<std::int64_t>(view.wanted, 1));
    const auto wanted =
        static_cast<std::int64_t>(std::ceil(static_cast<double>(base) * growth - 1e-9));
    const std::int64_t bounded = std::min(std::max(wanted, view.wanted), view.most);
    if (bounded <= view.wanted) return;
    if (!cooling) out_from_ = view.wanted;
    decision.wanted = bounded;
    out_until_ = view.now + out_cool_down_;
    in_until_ = SimTime::min();
  }
  void in(const ScalingView& view, std::int64_t needed, ScalingDecision& decision) {
    if (view.now < in_until_ || view.now < out_until_) return;
    const std::int64_t bounded = std::max(std::min(needed, view.wanted), view.least);
    if (bounded >= view.wanted) return;
    decision.wanted = bounded;
    in_until_ = view.now + in_cool_down_;
  }

  Measure metric_ = Measure::cpu;
  Ratio target_{1, 2};
  std::optional<double> target_value_;
  std::optional<double> request_;
  Duration datapoint_{60s};
  std::int64_t out_points_ = 3;
  std::int64_t in_points_ = 15;
  Ratio in_at_{9, 10};
  Duration out_cool_down_{300s};
  Duration in_cool_down_{300s};
  bool scale_in_ = true;

  std::int64_t above_ = 0, below_ = 0;
  std::int64_t out_from_ = 0;  ///< Instances before the first scale-out of the cool-down.
  SimTime out_until_ = SimTime::min();
  SimTime in_until_ = SimTime::min();
};

}  // namespace
}  // namespace scaling

void register_scaling_target_tracking(Registry& registry) {
  registry.scaling.add("target_tracking",
                       "AWS target tracking: in proportion to a target, slowly down",
                       [] { return std::make_unique<scaling::TargetTracking>(); });
}

}  // namespace leapday
