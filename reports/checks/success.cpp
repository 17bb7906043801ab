/// \file success.cpp
/// success: share of settled requests that were answered well.
/// Why: availability is the first thing a rehearsal is asked.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Success final : public Metric {
 public:
  std::string_view name() const override { return "success"; }
  std::string_view help() const override {
    return "share of settled requests that were answered well";
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
    return checks::share_of_settled(query, counts.answered, counts);
  }
};

}  // namespace

void register_success(Registry& registry) { registry.add_metric(std::make_unique<Success>()); }

}  // namespace leapday
