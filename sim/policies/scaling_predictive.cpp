/// \file scaling_predictive.cpp
/// Scales for the load that is to come: additive Holt-Winters over a season such as a day.
/// Why: capacity that takes minutes to start must be ordered before it is needed; what a forecast
/// is worth shows on the day that is unlike the others.
/// Source: Winters 1960, Forecasting Sales by Exponentially Weighted Moving Averages; the component
/// form of Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.3. The smoothing
/// parameters are assumed, not fitted.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "leapday/registry.hpp"
#include "sim/policies/scaling_measure.hpp"

namespace leapday {
namespace scaling {
namespace {

/// Level, trend and one seasonal term for each step of the season.
class HoltWinters {
 public:
  /// Knows a whole season, and can look ahead.
  bool ready() const { return ready_; }
  void take(double value, std::size_t season, double alpha, double beta, double gamma) {
    if (!ready_) {
      seasonal_.push_back(value);
      if (seasonal_.size() == season) begin();
      return;
    }
    double& seasonal = seasonal_[step_];
    const double expected = level_ + trend_;
    const double level = alpha * (value - seasonal) + (1 - alpha) * expected;
    seasonal = gamma * (value - expected) + (1 - gamma) * seasonal;
    trend_ = beta * (level - level_) + (1 - beta) * trend_;
    level_ = level;
    step_ = (step_ + 1) % seasonal_.size();
  }
  /// So many steps ahead, from 1.
  double forecast(std::size_t ahead) const {
    return level_ + static_cast<double>(ahead) * trend_ +
           seasonal_[(step_ + ahead - 1) % seasonal_.size()];
  }

 private:
  /// The first season's mean is the level; nothing is known of a trend yet.
  void begin() {
    for (const double value : seasonal_) level_ += value;
    level_ /= static_cast<double>(seasonal_.size());
    for (double& value : seasonal_) value -= level_;
    ready_ = true;
  }

  bool ready_ = false;
  double level_ = 0, trend_ = 0;
  std::vector<double> seasonal_;
  std::size_t step_ = 0;
};

class Predictive final : public ScalingPolicyBase<Predictive> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("metric", metric_, "what is forecast, of all instances together");
    v.required("target_value", target_value_, "of one instance: cores, per second, or at once",
               {0.001, 1e9});
    v.optional("interval", interval_, "length of one step, and time between two looks");
    v.optional("season", season_, "after which the load repeats itself; a multiple of interval");
    v.optional("horizon", horizon_, "how far it looks ahead: at least an instance's start");
    v.optional("margin", margin_, "added to what is forecast");
    v.optional("level_smoothing", alpha_, "weight of the latest step in the level", {0, 1});
    v.optional("trend_smoothing", beta_, "weight of the latest step in the trend", {0, 1});
    v.optional("season_smoothing", gamma_, "weight of the latest season", {0, 1});
    v.optional("follow", follow_, "never fewer than the latest step needed");
    v.check(interval_ > Duration{0} && season_ >= 2 * interval_ && season_ % interval_ == 0ns,
            "season", "is no multiple of interval, at least twice", "write season: 24h");
    v.check(season_ / std::max(interval_, Duration{1}) <= 100'000, "interval",
            "makes more than 100000 steps of a season", "make it longer");
  }
  MetricsPipeline pipeline() const override { return {.scrape = interval_}; }
  Duration period() const override { return interval_; }
  std::vector<ScalingObjection> objections(const App&, std::int64_t least,
                                           std::int64_t) const override {
    std::vector<ScalingObjection> found;
    object_to_zero(least, found);
    return found;
  }

  ScalingDecision decide(const ScalingView& view) override {
    ScalingDecision decision{.wanted = std::clamp(view.wanted, view.least, view.most),
                             .again = interval_};
    double total = 0;
    std::size_t known = 0;
    for (const ScalingReplica& replica : view.replicas) {
      if (replica.samples.empty()) continue;
      total += value_of(metric_, replica.samples.back());
      ++known;
    }
    if (known == 0) return decision;  // nothing was measured: nothing to learn
    const auto season = static_cast<std::size_t>(season_ / interval_);
    model_.take(total, season, alpha_, beta_, gamma_);
    double expected = total;
    if (model_.ready()) {
      expected = follow_ ? total : 0;
      const auto ahead =
          std::max<std::int64_t>((horizon_ + interval_ - Duration{1}) / interval_, 1);
      for (std::int64_t step = 1; step <= ahead; ++step) {
        expected = std::max(expected, model_.forecast(static_cast<std::size_t>(step)));
      }
    }
    const double needed = expected * (1 + margin_.value()) / target_value_;
    decision.wanted =
        std::clamp(static_cast<std::int64_t>(std::ceil(needed - 1e-9)), view.least, view.most);
    decision.why = fmt::format("{:.3g} {}, now {:.3g}", expected,
                               model_.ready() ? "expected" : "as measured", total);
    return decision;
  }

 private:
  Measure metric_ = Measure::requests;
  double target_value_ = 1;
  Duration interval_{60s};
  Duration season_{std::chrono::hours{24}};
  Duration horizon_{300s};
  Ratio margin_{1, 10};
  double alpha_ = 0.5, beta_ = 0.05, gamma_ = 0.3;
  bool follow_ = true;

  HoltWinters model_;
};

}  // namespace
}  // namespace scaling

void register_scaling_predictive(Registry& registry) {
  registry.scaling.add("predictive", "Holt-Winters: for the load that a season lets expect",
                       [] { return std::make_unique<scaling::Predictive>(); });
}

}  // namespace leapday
