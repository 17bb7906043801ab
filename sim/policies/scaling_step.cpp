/// \file scaling_step.cpp
/// Step scaling: alarms with steps, the further over the threshold the larger.
/// Why: most autoscaling groups are configured this way, with the threshold and the step guessed.
/// Source: Amazon EC2 Auto Scaling user guide, step and simple scaling policies (recalled): bounds
/// of steps are relative to the alarm's threshold, percent changes above 1 round down, between 0
/// and 1 up, between 0 and -1 down, below -1 up; instances that warm up count as already there.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_measure.hpp"

namespace leapday {
namespace scaling {
namespace {

enum class StepBy { change, percent, exact };
std::span<const Choice> choices_of(StepBy) {
  static constexpr std::array<Choice, 3> kChoices{{{"change", "so many more or fewer"},
                                                   {"percent", "so many percent more or fewer"},
                                                   {"exact", "to so many"}}};
  return kChoices;
}

struct Step {
  std::optional<double> from, to;
  std::int64_t by = 0;

  void fields(FieldVisitor& v) {
    v.optional("from", from, "least excess over the threshold; none: from the threshold on",
               {0, 1e9});
    v.optional("to", to, "below this excess; none: without end", {0, 1e9});
    v.required("by", by, "what adjust counts", {-1e6, 1e6});
    v.check(!from || !to || *from < *to, "to", "is not above from", "make it larger");
  }
};

struct StepAlarm {
  std::optional<double> above, below;
  std::int64_t datapoints = 1;
  StepBy adjust = StepBy::change;
  std::int64_t min_change = 0;
  std::vector<Step> steps;

  void fields(FieldVisitor& v) {
    v.optional("above", above, "threshold: percent, requests per second or requests", {0, 1e9});
    v.optional("below", below, "threshold of what is too little", {0, 1e9});
    v.optional("datapoints", datapoints, "means beyond the threshold in a row", {1, 1000});
    v.optional("adjust", adjust, "what `by` counts");
    v.optional("min_change", min_change, "a change in percent is at least so many", {0, 1e6});
    v.required("steps", steps, "by how far the mean lies beyond the threshold");
    v.check(above.has_value() != below.has_value(), "steps", "need above or below, one of them",
            "write above: 70");
  }
  /// How far beyond; negative when it is not.
  double excess(double value) const { return above ? value - *above : *below - value; }
};

class StepScaling final : public ScalingPolicyBase<StepScaling> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("metric", metric_, "what is looked at; cpu in percent of the request");
    v.optional("request", request_, "cores that 100% of cpu is; the app's cpu when absent",
               {0.001, 1e5});
    v.required("alarms", alarms_, "thresholds with their steps");
    v.optional("datapoint", datapoint_, "length of one mean, and time between two looks");
    v.optional("cool_down", cool_down_, "after a change, no shrinking this long");
    v.optional("warm_up", warm_up_,
               "instances added this recently count as there: only more than they are is added");
    v.check(datapoint_ > Duration{0}, "datapoint", "must be more than 0", "write 1min");
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
    counts_.resize(alarms_.size());
    const Average mean = average(metric_, view, view.now - datapoint_);
    double value = mean.value;
    if (metric_ == Measure::cpu) value *= 100 / request_.value_or(view.cpu);
    for (std::size_t i = 0; i < alarms_.size(); ++i) {
      const double excess = alarms_[i].excess(value);
      counts_[i] = mean.samples > 0 && excess >= 0 ? counts_[i] + 1 : 0;
      if (counts_[i] < alarms_[i].datapoints || decision.wanted != view.wanted) continue;
      apply(view, alarms_[i], excess, decision);
      if (decision.wanted != view.wanted) decision.why = fmt::format("{:.3g}", value);
    }
    return decision;
  }

 private:
  void apply(const ScalingView& view, const StepAlarm& alarm, double excess,
             ScalingDecision& decision) {
    const Step* step = nullptr;
    for (const Step& candidate : alarm.steps) {
      if (excess >= candidate.from.value_or(0) && (!candidate.to || excess < *candidate.to)) {
        step = &candidate;
      }
    }
    if (step == nullptr) return;
    const bool warming = view.now < warm_until_;
    const std::int64_t base = warming ? before_ : view.wanted;
    const std::int64_t target = adjusted(alarm, *step, base);
    const std::int64_t bounded = std::clamp(target, view.least, view.most);
    if (bounded > view.wanted) {
      if (!warming) before_ = view.wanted;
      decision.wanted = bounded;
      warm_until_ = view.now + warm_up_;
      cool_until_ = view.now + cool_down_;
    } else if (bounded < view.wanted && !warming && view.now >= cool_until_) {
      decision.wanted = bounded;
      cool_until_ = view.now + cool_down_;
    }
  }
  static std::int64_t adjusted(const StepAlarm& alarm, const Step& step, std::int64_t base) {
    if (alarm.adjust == StepBy::exact) return step.by;
    if (alarm.adjust == StepBy::change) return base + step.by;
    const double change = static_cast<double>(base) * static_cast<double>(step.by) / 100;
    double whole = std::trunc(change);
    if (change > 0 && change < 1) whole = 1;
    if (change < 0 && change > -1) whole = -1;
    auto count = static_cast<std::int64_t>(whole);
    if (count > 0) count = std::max(count, alarm.min_change);
    if (count < 0) count = std::min(count, -alarm.min_change);
    return base + count;
  }

  Measure metric_ = Measure::cpu;
  std::optional<double> request_;
  std::vector<StepAlarm> alarms_;
  Duration datapoint_{60s};
  Duration cool_down_{300s};
  Duration warm_up_{300s};

  std::vector<std::int64_t> counts_;  ///< By alarm: datapoints beyond it in a row.
  std::int64_t before_ = 0;           ///< Instances before what warms up.
  SimTime warm_until_ = SimTime::min();
  SimTime cool_until_ = SimTime::min();
};

}  // namespace
}  // namespace scaling

void register_scaling_step(Registry& registry) {
  registry.scaling.add("step_scaling", "AWS step scaling: alarms with steps, warm-up, cool-down",
                       [] { return std::make_unique<scaling::StepScaling>(); });
}

}  // namespace leapday
