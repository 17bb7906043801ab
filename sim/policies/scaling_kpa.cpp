/// \file scaling_kpa.cpp
/// Knative's pod autoscaler: concurrency or requests per second, over a stable and a panic window.
/// Why: it looks every two seconds at what its own proxies count, panics, keeps what it has while
/// it does, scales to nothing and holds requests meanwhile; an HPA does none of that.
/// Source: knative/serving pkg/autoscaler/scaling/autoscaler.go (Scale), pkg/reconciler/
/// autoscaling/kpa/scaler.go (handleScaleToZero) and kpa.go, resources/target.go, aggregation/
/// bucketing.go, config/core/configmaps/autoscaler.yaml. Not modelled: sampling of very many pods,
/// pods too young to be sampled, smoothing of the weighted-exponential algorithm.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "leapday/registry.hpp"

namespace leapday {
namespace scaling {
namespace {

enum class KpaMetric { concurrency, rps };
std::span<const Choice> choices_of(KpaMetric) {
  static constexpr std::array<Choice, 2> kChoices{
      {{"concurrency", "requests under way, at instances and waiting at routers"},
       {"rps", "requests per second that reach instances"}}};
  return kChoices;
}

/// Sums by the second over a window: TimedFloat64Buckets. What is missing within is 0; before the
/// first write and after the last there is no window to divide by.
class KpaWindow {
 public:
  void record(SimTime at, double value, Duration window) {
    const std::int64_t second = second_of(at);
    if (!values_.empty() && second - values_.back().second >= seconds_in(window)) values_.clear();
    if (values_.empty()) first_ = second;
    if (!values_.empty() && values_.back().second == second) {
      values_.back().value += value;
    } else {
      values_.push_back({second, value});
    }
    while (values_.back().second - values_.front().second >= seconds_in(window)) {
      values_.erase(values_.begin());
    }
  }
  bool empty(SimTime now, Duration window) const {
    return values_.empty() || second_of(now) - values_.back().second > seconds_in(window);
  }
  double average(SimTime now, Duration window) const {
    if (values_.empty()) return 0;
    const std::int64_t length = seconds_in(window);
    const std::int64_t late = std::max<std::int64_t>(second_of(now) - values_.back().second, 0);
    if (late >= length) return 0;
    double sum = 0;
    for (const Bucket& bucket : values_) {
      if (bucket.second > second_of(now) - length) sum += bucket.value;
    }
    const std::int64_t count = std::min(values_.back().second - first_ + 1, length - late);
    return std::floor(sum / static_cast<double>(count) * 1e6) / 1e6;
  }

 private:
  struct Bucket {
    std::int64_t second = 0;
    double value = 0;
  };
  static std::int64_t second_of(SimTime at) {
    return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  }
  static std::int64_t seconds_in(Duration window) {
    return std::chrono::ceil<std::chrono::seconds>(window).count();
  }
  std::vector<Bucket> values_;
  std::int64_t first_ = 0;  ///< Second of the first write since a window without any.
};

class Kpa final : public ScalingPolicyBase<Kpa> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("metric", metric_, "what is looked at");
    v.optional("container_concurrency", concurrency_,
               "requests that an instance is given at once; 0 unlimited", {0, 1e6});
    v.optional("target", target_,
               "of an instance; the container concurrency, or 100, when absent; rps: 200",
               {0.01, 1e9});
    v.optional("target_utilization", utilization_, "share of the target that is aimed at");
    v.optional("stable_window", stable_, "window of the usual decisions, and a panic's length");
    v.optional("panic_window", panic_share_, "share of the stable window in which panic is seen");
    v.value(Field{.name = "panic_threshold",
                  .help = "panic begins at this share of what instances can do",
                  .above_one = true},
            panic_at_);
    v.optional("max_scale_up_rate", up_rate_, "most instances for each that is ready", {1.01, 1e6});
    v.optional("max_scale_down_rate", down_rate_, "fewest are those that are ready over this",
               {1.01, 1e6});
    v.optional("scale_down_delay", delay_, "the highest count wanted within this time counts");
    v.optional("scale_to_zero_grace", grace_,
               "routers have held requests this long before the last instance goes");
    v.optional("scale_to_zero_retention", retention_, "the last instance is kept this long");
    v.optional("initial_scale", initial_, "fewest until so many have been ready", {0, 2e6});
    v.optional("activation_scale", activation_, "fewest once there is anything to do", {1, 2e6});
    v.optional("target_burst_capacity", burst_,
               "requests at once that instances must have room for, or routers hold what they "
               "cannot take; 0 never, -1 always",
               {-1, 1e9});
    v.optional("queue_limit", queue_limit_, "requests held at one router", {1, 1e9});
    v.optional("tick", tick_, "time between two looks");
    v.optional("scrape", scrape_, "time between two readings of the proxies");
    v.check(tick_ > Duration{0} && scrape_ > Duration{0}, "tick", "no time between two looks",
            "write tick: 2s and scrape: 1s");
    v.check(stable_ >= 6s && stable_ <= 1h, "stable_window", "is not between 6s and 1h",
            "write 60s");
  }
  MetricsPipeline pipeline() const override {
    return {.scrape = scrape_,
            .keep = 2 * tick_ + 2 * scrape_,
            .two_readings = false,
            .only_ready = true};
  }
  Duration period() const override { return tick_; }

  ScalingDecision decide(const ScalingView& view) override {
    take_in(view);
    begin(view);
    ScalingDecision decision{.wanted = view.wanted, .again = tick_};
    std::int64_t desired = -1;
    if (!stable_values_.empty(view.now, stable_)) desired = bounded(view, scale(view));
    const std::int64_t after = desired < 0 ? view.wanted : to_zero(view, desired);
    update_activity(view, desired);
    const bool nothing = desired == 0 || (desired < 0 && view.wanted == 0);
    proxied(view, nothing || excess_ < 0);
    decision.wanted = after;
    decision.why = why_;
    if (proxy_since_) decision.buffer = {{.per_instance = concurrency_, .limit = queue_limit_}};
    return decision;
  }

 private:
  enum class Activity { inactive, activating, active };

  Duration panic_window() const {
    return Duration{
        static_cast<std::int64_t>(static_cast<double>(stable_.count()) * panic_share_.value())};
  }
  /// What an instance can do, and the part of it that is aimed at: ResolveMetricTarget.
  double total() const {
    if (metric_ == KpaMetric::rps) return target_.value_or(200);
    const auto hard = static_cast<double>(concurrency_);
    const double total = target_.value_or(hard > 0 ? hard : 100);
    return hard > 0 ? std::min(total, hard) : total;
  }
  double aim() const { return std::max(0.01, total() * utilization_.value()); }

  /// Proxies and routers report each second. Nobody reports while there is neither an instance nor
  /// a request; the first one of all is reported at once.
  void take_in(const ScalingView& view) {
    for (const RouterSample& router : view.routers) {
      if (router.at <= taken_) continue;
      taken_ = router.at;
      double value = metric_ == KpaMetric::concurrency ? router.waiting : 0;
      bool any = router.waiting > 0;
      for (const ScalingReplica& replica : view.replicas) {
        for (const InstanceSample& sample : replica.samples) {
          if (sample.at != router.at) continue;
          value += metric_ == KpaMetric::concurrency ? sample.open : sample.rate;
          any = true;
        }
      }
      if (any) record(router.at, value);
    }
    if (view.ready == 0 && view.wanted == 0 && view.waiting > 0) {
      record(view.now, static_cast<double>(view.waiting));
    }
  }
  void record(SimTime at, double value) {
    stable_values_.record(at, value, stable_);
    panic_values_.record(at, value, panic_window());
  }

  /// newAutoscaler: over one instance it begins in panic, so as not to shrink for want of data.
  void begin(const ScalingView& view) {
    if (begun_) return;
    begun_ = true;
    if (view.ready > 1) {
      panic_since_ = view.now;
      most_in_panic_ = view.ready;
    }
    activity_ = view.wanted > 0 ? Activity::activating : Activity::inactive;
    activity_since_ = view.now;
  }

  std::int64_t scale(const ScalingView& view) {
    const double ready = std::max(1.0, static_cast<double>(view.ready));
    const double stable = stable_values_.average(view.now, stable_);
    const double panic = panic_values_.average(view.now, panic_window());
    const double most = std::ceil(up_rate_ * ready);
    const double least = std::floor(ready / down_rate_);
    const double by_stable = std::ceil(stable / aim());
    const double by_panic = std::ceil(panic / aim());
    std::int64_t wanted = within(by_stable, least, most);
    std::int64_t wanted_in_panic = within(by_panic, least, most);
    if (by_stable > 0) wanted = std::max(wanted, activation_);
    if (by_panic > 0) wanted_in_panic = std::max(wanted_in_panic, activation_);
    watch_panic(view, by_panic / ready >= panic_at_.value());
    if (panic_since_) {
      most_in_panic_ = std::max({most_in_panic_, wanted, wanted_in_panic});
      wanted = most_in_panic_;
    }
    excess_ = -1;
    if (burst_ == 0) excess_ = 0;
    if (burst_ > 0) {
      const double capacity = static_cast<double>(view.ready) * total();
      excess_ = std::floor(capacity - static_cast<double>(burst_) - panic);
    }
    why_ = fmt::format("{} {:.2f} stable, {:.2f} in panic window, against {:.2f}, of {} ready{}",
                       metric_ == KpaMetric::rps ? "rps" : "concurrency", stable, panic, aim(),
                       view.ready, panic_since_ ? ", panic" : "");
    return delayed(view.now, wanted);
  }
  static std::int64_t within(double count, double least, double most) {
    return static_cast<std::int64_t>(std::min(std::max(count, least), most));
  }
  void watch_panic(const ScalingView& view, bool over) {
    if (over) {
      panic_since_ = view.now;
    } else if (panic_since_ && *panic_since_ + stable_ < view.now) {
      panic_since_.reset();
      most_in_panic_ = 0;
    }
  }
  std::int64_t delayed(SimTime now, std::int64_t wanted) {
    if (delay_ <= Duration{0}) return wanted;
    std::erase_if(history_, [&](const Wanted& past) { return past.at <= now - delay_; });
    history_.push_back({now, wanted});
    for (const Wanted& past : history_) wanted = std::max(wanted, past.count);
    return wanted;
  }
  std::int64_t bounded(const ScalingView& view, std::int64_t wanted) {
    reached_ = reached_ || view.ready >= initial_;
    const std::int64_t least = reached_ ? view.least : std::max(view.least, initial_);
    return std::min(std::max(wanted, least), view.most);
  }

  /// handleScaleToZero: a revision is first marked inactive, then held back by the routers for the
  /// grace period, and gone only then.
  std::int64_t to_zero(const ScalingView& view, std::int64_t desired) {
    if (desired != 0) return desired;
    switch (activity_) {
      case Activity::activating:
        return view.wanted;
      case Activity::active:
        return view.now - activity_since_ >= stable_ ? view.wanted
                                                     : std::min<std::int64_t>(1, view.most);
      case Activity::inactive:
        break;
    }
    const Duration inactive = view.now - activity_since_;
    const Duration proxied = proxy_since_ ? view.now - *proxy_since_ : Duration{0};
    const bool long_enough = inactive >= std::max(grace_, retention_);
    return long_enough || (proxied >= grace_ && inactive >= retention_) ? 0 : view.wanted;
  }
  /// computeActiveCondition.
  void update_activity(const ScalingView& view, std::int64_t desired) {
    Activity now = activity_;
    const bool some = desired > 0 || (desired < 0 && view.wanted > 0);
    if (desired == 0 && activity_ == Activity::active && view.now - activity_since_ >= stable_) {
      now = Activity::inactive;
    } else if (some || activity_ != Activity::inactive) {
      now = view.ready > 0 ? Activity::active : Activity::activating;
    }
    if (now == activity_) return;
    activity_ = now;
    activity_since_ = view.now;
  }
  void proxied(const ScalingView& view, bool now) {
    if (!now) {
      proxy_since_.reset();
    } else if (!proxy_since_) {
      proxy_since_ = view.now;
    }
  }

  KpaMetric metric_ = KpaMetric::concurrency;
  std::int64_t concurrency_ = 0;
  std::optional<double> target_;
  Ratio utilization_{7, 10};
  Duration stable_{60s};
  Ratio panic_share_{1, 10};
  Ratio panic_at_{2, 1};
  double up_rate_ = 1000;
  double down_rate_ = 2;
  Duration delay_{};
  Duration grace_{30s};
  Duration retention_{};
  std::int64_t initial_ = 1;
  std::int64_t activation_ = 1;
  std::int64_t burst_ = 211;
  std::int64_t queue_limit_ = 10000;
  Duration tick_{2s};
  Duration scrape_{1s};

  struct Wanted {
    SimTime at{};
    std::int64_t count = 0;
  };
  KpaWindow stable_values_, panic_values_;
  SimTime taken_ = SimTime::min();
  bool begun_ = false;
  bool reached_ = false;  ///< The initial scale.
  std::optional<SimTime> panic_since_;
  std::int64_t most_in_panic_ = 0;
  std::vector<Wanted> history_;
  double excess_ = -1;  ///< Burst capacity beyond what is wanted.
  Activity activity_ = Activity::inactive;
  SimTime activity_since_{};
  std::optional<SimTime> proxy_since_;
  std::string why_;
};

}  // namespace
}  // namespace scaling

void register_scaling_kpa(Registry& registry) {
  registry.scaling.add("kpa",
                       "Knative: concurrency over a stable and a panic window, to zero and back",
                       [] { return std::make_unique<scaling::Kpa>(); });
}

}  // namespace leapday
