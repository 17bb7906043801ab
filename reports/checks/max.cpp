/// \file max.cpp
/// max: the slowest answered request, exactly.
/// Why: a hard limit ("nobody waits longer than 5 s") is no percentile.
#include "reports/checks/latency.hpp"

namespace leapday {

void register_max(Registry& registry) {
  registry.add_metric(std::make_unique<checks::LatencyMetric>(
      checks::LatencyMetric::Spec{.name = "max",
                                  .help = "latency of the slowest answered request",
                                  .of = [](const checks::LatencyWindow& window) {
                                    return static_cast<double>(window.max().count()) / 1e9;
                                  }}));
}

}  // namespace leapday
