/// \file queue.cpp
/// queue and max_queue: requests that wait, its mean and its maximum over a window.
/// Why: a queue that grows is an outage that has not happened yet.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_queue(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "queue",
                        .gauge = "queue",
                        .help = "requests that wait, mean over the window",
                        .subjects = "app dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_queue",
                        .gauge = "queue",
                        .help = "requests that wait, maximum over the window",
                        .subjects = "app dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
