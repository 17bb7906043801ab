/// \file throughput.cpp
/// throughput: requests answered well per second, by the time they were sent.
/// Why: goodput is what is left of a load when a platform is overrun.
#include "reports/checks/window.hpp"

namespace leapday {
namespace {

class Throughput final : public Metric {
 public:
  std::string_view name() const override { return "throughput"; }
  std::string_view help() const override {
    return "requests answered well per second, by the time they were sent";
  }
  Quantity::Kind unit() const override { return Quantity::Kind::rate; }
  std::string_view subjects() const override {
    return "load app endpoint release instance dependency";
  }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    if (series == nullptr || !checks::has_counts(query, *series, result)) return result;
    const checks::Tally counts = checks::tally(query, *series);
    return checks::known(static_cast<double>(counts.answered) /
                             checks::seconds_covered(query, checks::rows_of(*series)),
                         counts.sent);
  }
};

}  // namespace

void register_throughput(Registry& registry) {
  registry.add_metric(std::make_unique<Throughput>());
}

}  // namespace leapday
