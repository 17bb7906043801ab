/// \file stale_reads.cpp
/// stale_reads and stale_share: reads that missed a write.
/// Why: replicas are fast because they may be behind; how often that is seen is what they cost.
#include "reports/checks/counter.hpp"

namespace leapday {

void register_stale_reads(Registry& registry) {
  using checks::CounterMetric;
  registry.add_metric(std::make_unique<CounterMetric>(checks::CounterSpec{
      .name = "stale_reads",
      .help = "reads that a replica answered without a write that was committed before",
      .subjects = "database",
      .counter = "stale_reads"}));
  registry.add_metric(std::make_unique<CounterMetric>(
      checks::CounterSpec{.name = "stale_share",
                          .help = "share of the reads that were stale",
                          .subjects = "database",
                          .counter = "stale_reads",
                          .of = {"reads"}}));
}

}  // namespace leapday
