/// \file burn_rate.cpp
/// burn_rate: share of bad requests over the share that the objective allows.
/// Why: alerts on error budgets are stated as burn rates; 1 uses up the budget in exactly one
/// period.
#include "reports/checks/objective.hpp"

namespace leapday {
namespace {

class BurnRate final : public Metric {
 public:
  std::string_view name() const override { return "burn_rate"; }
  std::string_view help() const override {
    return "share of bad requests over the share that the objective allows";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "objective"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    checks::Goodness goodness;
    if (!checks::count_good(query, goodness, result)) return result;
    const double allowed = checks::allowed_bad(*goodness.objective);
    if (allowed <= 0) return checks::unknown("a target of 100 % leaves no budget to burn");
    return checks::known(goodness.bad_share / allowed, goodness.settled);
  }
};

}  // namespace

void register_burn_rate(Registry& registry) { registry.add_metric(std::make_unique<BurnRate>()); }

}  // namespace leapday
