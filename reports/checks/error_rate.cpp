/// \file error_rate.cpp
/// error_rate: share of settled requests that failed, whatever the reason.
/// Why: alert rules are written in errors, not in successes.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class ErrorRate final : public Metric {
 public:
  std::string_view name() const override { return "error_rate"; }
  std::string_view help() const override {
    return "share of settled requests that failed, whatever the reason";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::percent; }
  std::string_view subjects() const override {
    return "load app endpoint release instance dependency";
  }
  double largest() const override { return 1; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::share_of_settled(query, counts.failed_total(), counts);
  }
};

}  // namespace

void register_error_rate(Registry& registry) { registry.add_metric(std::make_unique<ErrorRate>()); }

}  // namespace leapday
