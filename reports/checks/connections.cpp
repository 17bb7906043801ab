/// \file connections.cpp
/// refused_connections, connections and max_connections: how near a server is to its limit.
/// Why: instances times pool size is a number that nobody looks at until it is too large.
#include "reports/checks/counter.hpp"
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_connections(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(std::make_unique<checks::CounterMetric>(
      checks::CounterSpec{.name = "refused_connections",
                          .help = "connections refused because the server had as many as it takes",
                          .subjects = "dependency",
                          .counter = "refused_connections"}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "connections",
                        .gauge = "connections",
                        .help = "open connections of all pools, mean over the window",
                        .subjects = "dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_connections",
                        .gauge = "connections",
                        .help = "open connections of all pools, maximum over the window",
                        .subjects = "dependency",
                        .unit = Quantity::Kind::number,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
