/// \file replication_lag.cpp
/// replication_lag and max_replication_lag: how far replicas are behind.
/// Why: a lag that grows with the writes ends in stale reads, and in a failover that takes longer.
#include "reports/checks/gauge.hpp"

namespace leapday {

void register_replication_lag(Registry& registry) {
  using checks::GaugeMetric;
  registry.add_metric(std::make_unique<GaugeMetric>(GaugeMetric::Spec{
      .name = "replication_lag",
      .gauge = "replication_lag",
      .help = "from a commit until the slowest replica has applied it, of the last write, mean",
      .subjects = "database",
      .unit = Quantity::Kind::duration,
      .of = GaugeMetric::Of::mean}));
  registry.add_metric(std::make_unique<GaugeMetric>(
      GaugeMetric::Spec{.name = "max_replication_lag",
                        .gauge = "replication_lag",
                        .help = "from a commit until the slowest replica has applied it, maximum",
                        .subjects = "database",
                        .unit = Quantity::Kind::duration,
                        .of = GaugeMetric::Of::max}));
}

}  // namespace leapday
