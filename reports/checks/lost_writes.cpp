/// \file lost_writes.cpp
/// lost_writes: writes that were answered and then lost in a failover.
/// Why: asynchronous replication is paid for on the day of the failover.
#include "reports/checks/counter.hpp"

namespace leapday {

void register_lost_writes(Registry& registry) {
  using checks::CounterMetric;
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "lost_writes",
                          .help = "answered writes that no replica had when the primary was lost",
                          .subjects = "database",
                          .counter = "lost_writes"}));
}

}  // namespace leapday
