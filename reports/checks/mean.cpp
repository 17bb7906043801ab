/// \file mean.cpp
/// mean: average latency of answered requests.
/// Why: queueing theory speaks in means; each row of a series keeps its exact sum, so that means of
/// windows are exact as well.
#include "reports/checks/latency.hpp"

namespace leapday {

void register_mean(Registry& registry) {
  registry.add_metric(std::make_unique<checks::LatencyMetric>(checks::LatencyMetric::Spec{
      .name = "mean",
      .help = "mean latency of answered requests",
      .of = [](const checks::LatencyWindow& window) { return window.mean_seconds(); }}));
}

}  // namespace leapday
