/// \file budget_used.cpp
/// budget_used: share of the period's error budget that the window used up.
/// Why: what one bad afternoon costs of a month's budget decides whether it was worth it.
#include "reports/checks/objective.hpp"

namespace leapday {
namespace {

class BudgetUsed final : public Metric {
 public:
  std::string_view name() const override { return "budget_used"; }
  std::string_view help() const override {
    return "share of the period's error budget that the window used up";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::percent; }
  std::string_view subjects() const override { return "objective"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    checks::Goodness goodness;
    if (!checks::count_good(query, goodness, result)) return result;
    // A burn rate of 1 for a whole period is all of the budget, were traffic the same all along.
    const double allowed = checks::allowed_bad(*goodness.objective);
    const double period = std::chrono::duration<double>(goodness.objective->period).count();
    if (allowed <= 0) return checks::unknown("a target of 100 % leaves no budget to use");
    if (period <= 0) return checks::unknown("the objective has no period");
    return checks::known(goodness.bad_share / allowed * goodness.seconds / period,
                         goodness.settled);
  }
};

}  // namespace

void register_budget_used(Registry& registry) {
  registry.add_metric(std::make_unique<BudgetUsed>());
}

}  // namespace leapday
