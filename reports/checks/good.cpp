/// \file good.cpp
/// good: share of the objective's requests that were good.
/// Why: an objective's own definition of good, without the arithmetic of budgets.
#include "reports/checks/objective.hpp"

namespace leapday {
namespace {

class Good final : public Metric {
 public:
  std::string_view name() const override { return "good"; }
  std::string_view help() const override {
    return "share of the objective's requests that were good";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::percent; }
  std::string_view subjects() const override { return "objective"; }
  double largest() const override { return 1; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    checks::Goodness goodness;
    if (!checks::count_good(query, goodness, result)) return result;
    return checks::known(1 - goodness.bad_share, goodness.settled);
  }
};

}  // namespace

void register_good(Registry& registry) { registry.add_metric(std::make_unique<Good>()); }

}  // namespace leapday
