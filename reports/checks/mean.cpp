/// \file mean.cpp
/// mean: average latency of answered requests.
/// Why: queueing theory speaks in means; each row of a series keeps its exact sum, so that means of
/// windows are exact as well.
#include "reports/checks/latency.hpp"

namespace leapday {
namespace {

class Mean final : public Metric {
 public:
  std::string_view name() const override { return "mean"; }
  std::string_view help() const override { return "mean latency of answered requests"; }
  Quantity::Kind unit() const override { return Quantity::Kind::duration; }
  std::string_view subjects() const override { return "load app endpoint dependency"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    checks::Latencies latencies;
    if (series == nullptr || !latencies.collect(query, *series, result)) return result;
    const checks::LatencyWindow& sum = latencies.window();
    return checks::known(sum.mean_seconds(), sum.count());
  }
};

}  // namespace

void register_mean(Registry& registry) { registry.add_metric(std::make_unique<Mean>()); }

}  // namespace leapday
