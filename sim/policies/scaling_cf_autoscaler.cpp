/// \file scaling_cf_autoscaler.cpp
/// Cloud Foundry's App Autoscaler: thresholds that must be broken for a whole breach duration, one
/// cool-down for both directions, and schedules with bounds of their own.
/// Why: its reaction takes the aggregation window, the breach duration and a tick of two timers
/// together; that sum, not the threshold, is what a spike meets.
/// Source: cloudfoundry/app-autoscaler src/autoscaler eventgenerator/aggregator (averages),
/// eventgenerator/generator/evaluator.go (doEvaluate), scalingengine/scalingengine.go (Scale,
/// ComputeNewInstances, SetActiveSchedule), defaults of app-autoscaler-release
/// jobs/eventgenerator/spec and jobs/scalingengine/spec. Not modelled: memory metrics and custom
/// metrics, time zones with summer time (utc_offset stands for one).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_schedule.hpp"

namespace leapday {
namespace scaling {
namespace {

enum class CfMetric { cpu, throughput, responsetime };
std::span<const Choice> choices_of(CfMetric) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"cpu", "percent of one core that an instance uses"},
       {"throughput", "requests per second of an instance"},
       {"responsetime", "mean time to an answer at routers, in milliseconds"}}};
  return kChoices;
}

enum class CfOperator { above, at_least, below, at_most };
std::span<const Choice> choices_of(CfOperator) {
  static constexpr std::array<Choice, 4> kChoices{
      {{"above", ">"}, {"at_least", ">="}, {"below", "<"}, {"at_most", "<="}}};
  return kChoices;
}

/// +1, -2, +50%, -10%.
struct CfAdjustment {
  double amount = 0;
  bool percent = false;

  static std::optional<CfAdjustment> parse(std::string_view text) {
    CfAdjustment result;
    if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    result.percent = text.back() == '%';
    std::string_view digits = text.substr(1);
    if (result.percent) digits.remove_suffix(1);
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number <= 0 || number > 1'000'000) {
      return std::nullopt;
    }
    result.amount = static_cast<double>(text.front() == '-' ? -number : number);
    return result;
  }
  /// ComputeNewInstances.
  std::int64_t apply(std::int64_t instances) const {
    if (!percent) return instances + static_cast<std::int64_t>(amount);
    const auto count =
        static_cast<std::int64_t>(static_cast<double>(instances) * (1 + amount / 100) + 0.5);
    if (count != instances) return count;
    return amount > 0 ? instances + 1 : instances - 1;
  }
};

struct CfRule {
  CfMetric metric = CfMetric::cpu;
  CfOperator op = CfOperator::above;
  std::int64_t threshold = 0;
  std::string adjustment;
  Duration breach{120s};
  Duration cool_down{300s};

  void fields(FieldVisitor& v) {
    v.required("metric", metric, "what is looked at");
    v.required("operator", op, "how it compares to the threshold");
    v.required("threshold", threshold, "percent, requests per second or milliseconds", {0, 1e9});
    v.required("adjustment", adjustment, "+1, -2, +50% or -10%");
    v.optional("breach", breach, "the threshold is broken by everything measured this long");
    v.optional("cool_down", cool_down, "after this change, none of any rule for so long");
    v.check(adjustment.empty() || CfAdjustment::parse(adjustment).has_value(), "adjustment",
            "is no adjustment", "write +1, -2, +50% or -10%");
    v.check(breach > Duration{0}, "breach", "must be more than 0", "write 120s");
  }
  bool broken_by(std::int64_t value) const {
    switch (op) {
      case CfOperator::above:
        return value > threshold;
      case CfOperator::at_least:
        return value >= threshold;
      case CfOperator::below:
        return value < threshold;
      case CfOperator::at_most:
        break;
    }
    return value <= threshold;
  }
};

class CfAutoscaler final : public ScalingPolicyBase<CfAutoscaler> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("rules", rules_, "scaling rules; the evaluator takes them in this order");
    v.optional("schedules", schedules_,
               "times with bounds of their own; the earliest begun counts");
    v.signed_duration("utc_offset", utc_offset_, false, "of the schedules' time zone");
    v.optional("stat_window", stat_window_, "what instances report is averaged over");
    v.optional("aggregate", aggregate_, "time between two averages");
    v.optional("evaluate", evaluate_, "time between two looks at the rules");
    v.optional("scrape", scrape_, "time between two reports of an instance");
    v.check(aggregate_ > Duration{0} && evaluate_ > Duration{0} && scrape_ > Duration{0},
            "evaluate", "no time between two looks", "write aggregate: 40s and evaluate: 60s");
  }
  MetricsPipeline pipeline() const override {
    return {.scrape = scrape_, .keep = stat_window_, .two_readings = false};
  }
  Duration period() const override { return evaluate_; }
  std::vector<ScalingObjection> objections(const App&, std::int64_t, std::int64_t) const override {
    if (!rules_.empty() || !schedules_.empty()) return {};
    return {{"policy", "neither rules nor schedules: it would never do anything",
             "add rules: [{metric: cpu, operator: above, threshold: 80, adjustment: +1}]"}};
  }

  /// Both tickers start with the process, so that they share a phase; averages come first.
  ScalingDecision decide(const ScalingView& view) override {
    if (!begun_) next_aggregate_ = next_evaluate_ = view.now;
    // What the Cloud Controller refused begins no cool-down (scalingengine.go, Scale).
    if (view.refused) cool_until_ = SimTime::min();
    ScalingDecision decision{.wanted = view.wanted};
    if (view.now >= next_aggregate_) {
      aggregate(view);
      next_aggregate_ += aggregate_;
    }
    const std::int64_t window = active_window(schedules_, view.wall, utc_offset_);
    if (!begun_ || window != window_) turn(view, window, decision);
    begun_ = true;
    if (view.now >= next_evaluate_) {
      evaluate(view, decision);
      next_evaluate_ += evaluate_;
    }
    SimTime next = std::min(next_aggregate_, next_evaluate_);
    if (!schedules_.empty()) next = std::min(next, view.now + 60s);
    decision.again = next - view.now;
    return decision;
  }

 private:
  static constexpr std::size_t kMetrics = 3;
  struct AppMetric {
    SimTime at{};
    std::array<std::optional<std::int64_t>, kMetrics> values;
  };

  void aggregate(const ScalingView& view) {
    const SimTime from = view.now - stat_window_;
    AppMetric& metric = metrics_.emplace_back();
    metric.at = view.now;
    double cpu = 0, rate = 0;
    std::int64_t samples = 0;
    for (const ScalingReplica& replica : view.replicas) {
      for (const InstanceSample& sample : replica.samples) {
        if (sample.at < from) continue;
        cpu += std::floor(sample.cpu * 100 + 0.5);
        rate += std::ceil(sample.rate);
        ++samples;
      }
    }
    if (samples > 0) {
      metric.values[0] = rounded(cpu / static_cast<double>(samples));
      metric.values[1] = rounded(rate / static_cast<double>(samples));
    }
    double latency = 0;
    std::uint64_t answers = 0;
    for (const RouterSample& router : view.routers) {
      if (router.at < from) continue;
      latency += router.latency.exact.sum_seconds() * 1e3;
      answers += router.latency.count();
    }
    metric.values[2] = answers == 0 ? 0 : rounded(latency / static_cast<double>(answers));
    Duration longest{};
    for (const CfRule& rule : rules_) longest = std::max(longest, rule.breach);
    std::erase_if(metrics_, [&](const AppMetric& old) { return old.at < view.now - longest; });
  }
  static std::int64_t rounded(double value) {
    return static_cast<std::int64_t>(std::floor(value + 0.5));
  }

  /// The first rule that is not broken, or of which something is unknown, ends the round: those
  /// that come after it are not looked at.
  void evaluate(const ScalingView& view, ScalingDecision& decision) {
    for (const CfRule& rule : rules_) {
      bool any = false;
      for (const AppMetric& metric : metrics_) {
        if (metric.at < view.now - rule.breach) continue;
        const auto& value = metric.values[static_cast<std::size_t>(rule.metric)];
        if (!value || !rule.broken_by(*value)) return;
        any = true;
        latest_ = *value;
      }
      if (!any) return;
      scale(view, rule, decision);
    }
  }

  /// The Cloud Controller refuses while a deployment is in flight; the cool-down then stays as it
  /// was, as it does when the bounds leave nothing to change.
  void scale(const ScalingView& view, const CfRule& rule, ScalingDecision& decision) {
    if (view.deploying || view.now < cool_until_) return;
    const std::int64_t instances = decision.wanted;
    const auto [least, most] = bounds(view);
    const std::int64_t count = CfAdjustment::parse(rule.adjustment)->apply(instances);
    decision.wanted = count < least ? least : std::min(count, most);
    if (decision.wanted == instances) return;
    decision.why = fmt::format("{} because {} {} {} {} for {}s", rule.adjustment,
                               choices_of(rule.metric)[static_cast<std::size_t>(rule.metric)].name,
                               latest_, choices_of(rule.op)[static_cast<std::size_t>(rule.op)].help,
                               rule.threshold, rule.breach / 1s);
    cool_until_ = view.now + rule.cool_down;
  }

  std::pair<std::int64_t, std::int64_t> bounds(const ScalingView& view) const {
    if (window_ < 0) return {view.least, view.most};
    const ScheduleWindow& window = schedules_[static_cast<std::size_t>(window_)];
    return {window.min, window.max};
  }
  /// A schedule begins or ends: only its bounds are applied, whatever the cool-down.
  void turn(const ScalingView& view, std::int64_t window, ScalingDecision& decision) {
    const bool was_none = window_ < 0;
    window_ = window;
    if (window < 0 && (was_none || !begun_)) return;
    auto [least, most] = bounds(view);
    if (window >= 0) {
      least = std::max(least, schedules_[static_cast<std::size_t>(window)].initial_min.value_or(0));
    }
    if (view.deploying) return;
    decision.wanted = view.wanted < least ? least : std::min(view.wanted, most);
    decision.why = window < 0 ? "schedule ends" : "schedule begins";
  }

  std::vector<CfRule> rules_;
  std::vector<ScheduleWindow> schedules_;
  Duration utc_offset_{};
  Duration stat_window_{120s};
  Duration aggregate_{40s};
  Duration evaluate_{60s};
  Duration scrape_{15s};

  bool begun_ = false;
  SimTime next_aggregate_{}, next_evaluate_{};
  std::vector<AppMetric> metrics_;
  SimTime cool_until_ = SimTime::min();
  std::int64_t window_ = -1;
  std::int64_t latest_ = 0;
};

}  // namespace
}  // namespace scaling

void register_scaling_cf_autoscaler(Registry& registry) {
  registry.scaling.add(
      "cf_autoscaler",
      "Cloud Foundry App Autoscaler: rules, breach durations, one cool-down, schedules",
      [] { return std::make_unique<scaling::CfAutoscaler>(); });
}

}  // namespace leapday
