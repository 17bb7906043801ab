/// \file memory.cpp
/// memory and max_memory: memory in use, its mean and its maximum over a window.
/// Why: an instance over its limit is killed.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_memory(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(
      std::make_unique<GaugeMetric>(GaugeMetric::Spec{.name = "memory",
                                                      .gauge = "memory",
                                                      .help = "memory in use, mean over the window",
                                                      .subjects = "app",
                                                      .unit = Quantity::Kind::size,
                                                      .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_memory",
                        .gauge = "memory",
                        .help = "memory in use, maximum over the window",
                        .subjects = "app",
                        .unit = Quantity::Kind::size,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
