/// \file rate.cpp
/// rate: requests sent per second.
/// Why: offered load, to hold against what was served.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class OfferedRate final : public Metric {
 public:
  std::string_view name() const override { return "rate"; }
  std::string_view help() const override { return "requests sent per second"; }
  Quantity::Kind unit() const override { return Quantity::Kind::rate; }
  std::string_view subjects() const override {
    return "load app endpoint release instance dependency";
  }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::known(
        static_cast<double>(counts.sent) / checks::seconds_covered(query, checks::rows_of(*series)),
        counts.sent);
  }
};

}  // namespace

void register_rate(Registry& registry) { registry.add_metric(std::make_unique<OfferedRate>()); }

}  // namespace leapday
