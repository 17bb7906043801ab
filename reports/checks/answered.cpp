/// \file answered.cpp
/// answered: requests that were answered well.
/// Why: an expectation may state how much must get through.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Answered final : public Metric {
 public:
  std::string_view name() const override { return "answered"; }
  std::string_view help() const override { return "requests that were answered well"; }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app endpoint instance dependency"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::count_of(query, *series, counts.answered, counts);
  }
};

}  // namespace

void register_answered(Registry& registry) { registry.add_metric(std::make_unique<Answered>()); }

}  // namespace leapday
