/// \file scaling_hpa.cpp
/// Kubernetes's HorizontalPodAutoscaler, autoscaling/v2, as its controller computes it.
/// Why: what it does with pods that are missing or not ready, its tolerance, its rate limits and
/// its windows decide whether it helps in a spike; none of it is in "usage over target". Source:
/// kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go (groupPods,
/// GetResourceReplicas, calcPlainMetricReplicas), horizontal.go (normalizeDesiredReplicas-
/// WithBehaviors), defaults in config/v1alpha1/defaults.go and pkg/apis/autoscaling/v2/defaults.go.
/// Not modelled: several metrics at once, Object and External metrics, container metrics.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_hpa_rules.hpp"
#include "sim/policies/scaling_measure.hpp"

namespace leapday {
namespace scaling {
namespace {

enum class ToleranceRule { interval, legacy };
std::span<const Choice> choices_of(ToleranceRule) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"interval", "1 - tolerance <= ratio <= 1 + tolerance: 1.33 and later (recalled)"},
       {"legacy", "|1 - ratio| <= tolerance in binary: 55% against 50% is outside"}}};
  return kChoices;
}

class Hpa final : public ScalingPolicyBase<Hpa> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("metric", metric_, "what is looked at");
    Field target{.name = "target", .help = "of cpu: mean share of the request", .above_one = true};
    v.value(target, target_);
    v.optional("target_value", target_value_,
               "of requests and open: mean of an instance, per second or at once", {0.001, 1e9});
    v.optional("request", request_, "cores that 100% of cpu is; the app's cpu when absent",
               {0.001, 1e5});
    v.optional("tolerance", tolerance_, "a ratio this near to 1 changes nothing");
    v.optional("tolerance_rule", rule_, "how that is compared");
    v.optional("sync", sync_, "time between two looks");
    v.optional("scrape", scrape_, "time between two readings of the metrics server");
    v.optional(
        "delay", delay_,
        "age of what it reads: half of the kubelet's 10s between its own readings (recalled)");
    v.optional("cpu_initialization", cpu_initialization_,
               "of so young a pod CPU counts only when ready, and measured since");
    v.optional("readiness_delay", readiness_delay_,
               "what ceased to be ready within this time of its start was never ready");
    v.optional("scale_up", up_, "how fast it may grow");
    v.optional("scale_down", down_, "how fast it may shrink");
    v.check(percent() >= 1, "target", "is less than 1%", "write 50%");
    v.check(sync_ > Duration{0} && scrape_ > Duration{0}, "sync", "no time between two looks",
            "write sync: 15s and scrape: 15s");
    v.check((metric_ == Measure::cpu) != target_value_.has_value(), "target_value",
            metric_ == Measure::cpu ? "belongs to requests and open" : "is missing",
            metric_ == Measure::cpu ? "remove it, or set metric: requests"
                                    : "add target_value: how many an instance should have");
  }
  MetricsPipeline pipeline() const override { return {.scrape = scrape_, .delay = delay_}; }
  Duration period() const override { return sync_; }
  std::vector<ScalingObjection> objections(const App& app, std::int64_t least,
                                           std::int64_t) const override {
    return measured_objections(metric_, request_, app, least);
  }

  ScalingDecision decide(const ScalingView& view) override {
    ScalingDecision decision{.wanted = view.wanted, .again = sync_};
    if (recommended_.empty()) recommended_.push_back({view.now, view.wanted});
    if (view.wanted == 0) {
      return decision;  // with replicas set to 0 autoscaling is off
    } else if (view.wanted > view.most) {
      decision.wanted = view.most;
      decision.why = "above max";
    } else if (view.wanted < view.least) {
      decision.wanted = view.least;
      decision.why = "below min";
    } else if (const std::optional<std::int64_t> proposed = propose(view)) {
      decision.wanted = limit(view, stabilize(view, *proposed));
      decision.why = why_;
    }
    note(view, decision.wanted);
    return decision;
  }

 private:
  struct Pods {
    std::vector<std::int64_t> ready;  ///< Values of those that count, in thousandths.
    std::int64_t unready = 0;
    std::int64_t missing = 0;
  };

  std::int64_t percent() const { return std::llround(target_.value() * 100); }

  bool within(double ratio) const {
    const double tolerance = tolerance_.value();
    if (rule_ == ToleranceRule::legacy) return std::abs(1.0 - ratio) <= tolerance;
    return 1.0 - tolerance <= ratio && ratio <= 1.0 + tolerance;
  }

  /// groupPods: what counts, what is not ready to count and what nothing is known of.
  Pods group(const ScalingView& view) const {
    Pods pods;
    for (const ScalingReplica& replica : view.replicas) {
      if (replica.state == ScalingReplica::State::pending) {
        ++pods.unready;
      } else if (replica.samples.empty()) {
        ++pods.missing;
      } else if (metric_ == Measure::cpu && unready(view, replica)) {
        ++pods.unready;
      } else {
        const double value = value_of(metric_, replica.samples.back());
        pods.ready.push_back(static_cast<std::int64_t>(std::ceil(value * 1000 - 1e-6)));
      }
    }
    return pods;
  }
  bool unready(const ScalingView& view, const ScalingReplica& replica) const {
    const InstanceSample& sample = replica.samples.back();
    if (replica.started + cpu_initialization_ > view.now) {
      return !replica.ready || sample.at < replica.changed + sample.window;
    }
    return !replica.ready && replica.started + readiness_delay_ > replica.changed;
  }

  /// One instance's target in thousandths: of cpu what its request is.
  std::int64_t unit(const ScalingView& view) const {
    const double of = metric_ == Measure::cpu ? request_.value_or(view.cpu) : *target_value_;
    return std::max<std::int64_t>(std::llround(of * 1000), 1);
  }
  /// Usage over target: GetResourceUtilizationRatio and GetMetricUsageRatio, in their integers.
  double ratio_of(const std::vector<std::int64_t>& values, std::int64_t one) {
    std::int64_t sum = 0;
    for (const std::int64_t value : values) sum += value;
    const auto count = static_cast<std::int64_t>(values.size());
    if (metric_ == Measure::cpu) {
      usage_ = sum * 100 / (one * count);
      return static_cast<double>(usage_) / static_cast<double>(percent());
    }
    usage_ = sum / count;
    return static_cast<double>(usage_) / static_cast<double>(one);
  }

  /// GetResourceReplicas and calcPlainMetricReplicas; nothing when there are no metrics.
  std::optional<std::int64_t> propose(const ScalingView& view) {
    Pods pods = group(view);
    if (pods.ready.empty()) return std::nullopt;
    const std::int64_t one = unit(view);
    const double ratio = ratio_of(pods.ready, one);
    explain(pods, ratio, one);
    const bool with_unready = pods.unready > 0 && ratio > 1.0;
    if (!with_unready && pods.missing == 0) {
      if (within(ratio)) return view.wanted;
      return ceil_of(ratio, pods.ready.size());
    }
    std::int64_t assumed = 0;  // of missing ones: nothing when rising
    if (ratio < 1.0) {
      assumed = metric_ == Measure::cpu ? std::max<std::int64_t>(100, percent()) * one / 100 : one;
    }
    if (ratio != 1.0 || metric_ != Measure::cpu)
      pods.ready.insert(pods.ready.end(), as_size(pods.missing), assumed);
    if (with_unready) pods.ready.insert(pods.ready.end(), as_size(pods.unready), 0);
    const double again = ratio_of(pods.ready, one);
    const bool flips = (ratio < 1.0 && again > 1.0) || (ratio > 1.0 && again < 1.0);
    if (within(again) || flips) return view.wanted;
    const std::int64_t proposed = ceil_of(again, pods.ready.size());
    const bool turns =
        (again < 1.0 && proposed > view.wanted) || (again > 1.0 && proposed < view.wanted);
    return turns ? view.wanted : proposed;
  }
  static std::size_t as_size(std::int64_t n) { return static_cast<std::size_t>(n); }
  static std::int64_t ceil_of(double ratio, std::size_t count) {
    return static_cast<std::int64_t>(std::ceil(ratio * static_cast<double>(count)));
  }
  void explain(const Pods& pods, double ratio, std::int64_t one) {
    char text[160];
    if (metric_ == Measure::cpu) {
      std::snprintf(text, sizeof text, "cpu %lld%% against %lld%%, ratio %.2f of %zu",
                    static_cast<long long>(usage_), static_cast<long long>(percent()), ratio,
                    pods.ready.size());
    } else {
      std::snprintf(text, sizeof text, "%s %.3f against %.3f, ratio %.2f of %zu",
                    metric_ == Measure::requests ? "requests" : "open",
                    static_cast<double>(usage_) / 1000, static_cast<double>(one) / 1000, ratio,
                    pods.ready.size());
    }
    why_ = text;
    if (pods.missing > 0) why_ += ", " + std::to_string(pods.missing) + " missing";
    if (pods.unready > 0) why_ += ", " + std::to_string(pods.unready) + " unready";
  }

  /// stabilizeRecommendationWithBehaviors. What is exactly as old as a window has left it.
  std::int64_t stabilize(const ScalingView& view, std::int64_t proposed) {
    std::int64_t up = proposed, down = proposed;
    for (const Recommendation& past : recommended_) {
      if (past.at > view.now - up_.stabilization) up = std::min(up, past.count);
      if (past.at > view.now - down_.stabilization) down = std::max(down, past.count);
    }
    const SimTime oldest = view.now - std::max(up_.stabilization, down_.stabilization);
    std::erase_if(recommended_, [&](const Recommendation& past) { return past.at < oldest; });
    recommended_.push_back({view.now, proposed});
    return std::min(std::max(view.wanted, up), down);
  }

  /// convertDesiredReplicasWithBehaviorRate.
  std::int64_t limit(const ScalingView& view, std::int64_t wanted) const {
    const std::int64_t current = view.wanted;
    if (wanted > current) {
      const std::int64_t allowed =
          hpa_limit(up_, rules_up(), true, current, ups_, downs_, view.now);
      return std::min(wanted, std::min(view.most, std::max(allowed, current)));
    }
    if (wanted < current) {
      const std::int64_t allowed =
          hpa_limit(down_, rules_down(), false, current, ups_, downs_, view.now);
      return std::max(wanted, std::max(view.least, std::min(allowed, current)));
    }
    return wanted;
  }
  const std::vector<HpaRule>& rules_up() const {
    static const std::vector<HpaRule> kDefault{{HpaRuleType::pods, 4, 15s},
                                               {HpaRuleType::percent, 100, 15s}};
    return up_.rules.empty() ? kDefault : up_.rules;
  }
  const std::vector<HpaRule>& rules_down() const {
    static const std::vector<HpaRule> kDefault{{HpaRuleType::percent, 100, 15s}};
    return down_.rules.empty() ? kDefault : down_.rules;
  }

  void note(const ScalingView& view, std::int64_t wanted) {
    if (wanted > view.wanted) ups_.push_back({view.now, wanted - view.wanted});
    if (wanted < view.wanted) downs_.push_back({view.now, view.wanted - wanted});
    forget(ups_, rules_up(), view.now);
    forget(downs_, rules_down(), view.now);
  }
  /// Each list is cut by the longest period of its own direction, as storeScaleEvent does.
  static void forget(std::vector<HpaChange>& changes, const std::vector<HpaRule>& rules,
                     SimTime now) {
    Duration longest{};
    for (const HpaRule& rule : rules) longest = std::max(longest, rule.period);
    std::erase_if(changes, [&](const HpaChange& change) { return change.at < now - longest; });
  }

  struct Recommendation {
    SimTime at{};
    std::int64_t count = 0;
  };

  Measure metric_ = Measure::cpu;
  Ratio target_{80, 100};  // autoscaling/v2 defaults.go
  std::optional<double> target_value_;
  std::optional<double> request_;
  Ratio tolerance_{1, 10};
  ToleranceRule rule_ = ToleranceRule::legacy;  // up to 1.32; the profile stands for 1.31
  Duration sync_{15s};
  Duration scrape_{15s};
  Duration delay_{5s};
  Duration cpu_initialization_{300s};
  Duration readiness_delay_{30s};
  HpaBehavior up_;
  HpaBehavior down_{.stabilization = 300s};

  std::vector<Recommendation> recommended_;
  std::vector<HpaChange> ups_, downs_;
  std::int64_t usage_ = 0;
  std::string why_;
};

}  // namespace
}  // namespace scaling

void register_scaling_hpa(Registry& registry) {
  registry.scaling.add("hpa", "Kubernetes HorizontalPodAutoscaler: usage over target, rate limits",
                       [] { return std::make_unique<scaling::Hpa>(); });
}

}  // namespace leapday
