/// \file open.cpp
/// open and max_open: requests under way, its mean and its maximum over a window.
/// Why: open requests show hung instances before time-outs do.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_open(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "open",
                        .gauge = "open",
                        .help = "requests under way, mean over the window",
                        .subjects = "app dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_open",
                        .gauge = "open",
                        .help = "requests under way, maximum over the window",
                        .subjects = "app dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
