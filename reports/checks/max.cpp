/// \file max.cpp
/// max: the slowest answered request.
/// Why: a hard limit ("nobody waits longer than 5 s") is no percentile.
#include "reports/checks/latency.hpp"

namespace leapday {
namespace {

class Max final : public Metric {
 public:
  std::string_view name() const override { return "max"; }
  std::string_view help() const override { return "latency of the slowest answered request"; }
  Quantity::Kind unit() const override { return Quantity::Kind::duration; }
  std::string_view subjects() const override { return "load app endpoint dependency"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override {
    Measurement result;
    const Series* series = checks::series_of(query, result);
    checks::Latencies latencies;
    if (series == nullptr || !latencies.collect(query, *series, result)) return result;
    const checks::LatencyWindow& sum = latencies.window();
    return checks::known(static_cast<double>(sum.max().count()) / 1e9, sum.count());
  }
};

}  // namespace

void register_max(Registry& registry) { registry.add_metric(std::make_unique<Max>()); }

}  // namespace leapday
