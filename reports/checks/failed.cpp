/// \file failed.cpp
/// failed: requests that failed, whatever the reason.
/// Why: what a fault cost is a number of requests, to hold against the twin.
#include "reports/checks/count.hpp"

namespace leapday {

void register_failed(Registry& registry) {
  registry.add_metric(std::make_unique<checks::CountMetric>(checks::CountMetric::Spec{
      .name = "failed",
      .help = "requests that failed, whatever the reason",
      .of = [](const checks::Tally& counts) { return counts.failed_total(); }}));
}

}  // namespace leapday
