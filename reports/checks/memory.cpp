/// \file memory.cpp
/// memory and max_memory: what placed instances hold, its mean and its maximum over a window.
/// Why: a rollout that surges needs more than the app does, and a quota may refuse it.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_memory(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "memory",
                        .gauge = "memory",
                        .help = "memory that placed instances hold, mean over the window",
                        .subjects = "app",
                        .unit = Quantity::Kind::size,
                        .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_memory",
                        .gauge = "memory",
                        .help = "memory that placed instances hold, maximum over the window",
                        .subjects = "app",
                        .unit = Quantity::Kind::size,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
