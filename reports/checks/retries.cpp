/// \file retries.cpp
/// retries: attempts beyond the first, over the whole run.
/// Why: retries are load that nobody asked for, and what keeps a storm going.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Retries final : public Metric {
 public:
  std::string_view name() const override { return "retries"; }
  std::string_view help() const override {
    return "attempts beyond the first, over the whole run (not by window)";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::number; }
  std::string_view subjects() const override { return "load app"; }
  bool is_count() const override { return true; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    if (!checks::covers_all(query, *series, counts)) {
      return checks::unknown("retries are counted over the whole run only", counts.sent);
    }
    return checks::count_of(query, *series, series->retries, counts);
  }
};

}  // namespace

void register_retries(Registry& registry) { registry.add_metric(std::make_unique<Retries>()); }

}  // namespace leapday
