/// \file failed.cpp
/// failed: requests that failed, whatever the reason.
/// Why: what a fault cost is a number of requests, to hold against the twin.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Failed final : public Metric {
 public:
  std::string_view name() const override { return "failed"; }
  std::string_view help() const override { return "requests that failed, whatever the reason"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app endpoint instance dependency"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::count_of(query, *series, counts.failed_total(), counts);
  }
};

}  // namespace

void register_failed(Registry& registry) { registry.add_metric(std::make_unique<Failed>()); }

}  // namespace leapday
