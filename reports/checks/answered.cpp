/// \file answered.cpp
/// answered: requests that were answered well.
/// Why: an expectation may state how much must get through.
#include "reports/checks/count.hpp"

namespace leapday {

void register_answered(Registry& registry) {
  registry.add_metric(std::make_unique<checks::CountMetric>(checks::CountMetric::Spec{
      .name = "answered",
      .help = "requests that were answered well",
      .of = [](const checks::Tally& counts) { return counts.answered; }}));
}

}  // namespace leapday
