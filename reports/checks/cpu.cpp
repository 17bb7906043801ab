/// \file cpu.cpp
/// cpu and max_cpu: cores in use, its mean and its maximum over a window.
/// Why: resource bounds say how near the edge a plan runs.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_cpu(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(
      std::make_unique<GaugeMetric>(GaugeMetric::Spec{.name = "cpu",
                                                      .gauge = "cpu",
                                                      .help = "cores in use, mean over the window",
                                                      .subjects = "app",
                                                      .unit = Quantity::Kind::number,
                                                      .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_cpu",
                        .gauge = "cpu",
                        .help = "cores in use, maximum over the window",
                        .subjects = "app",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
