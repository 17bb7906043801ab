/// \file reasons.cpp
/// One count per failure reason: timeout(shoppers), unroutable(shop), refused(shop/3), ...
/// Why: what kind of failure it was decides who must act. A family, because the list of reasons is
/// closed and each differs in nothing but its name.
#include "reports/checks/count.hpp"

namespace leapday {

void register_reasons(Registry& registry) {
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    const std::string reason(to_string(static_cast<FailureReason>(r)));
    registry.add_metric(std::make_unique<checks::CountMetric>(checks::CountMetric::Spec{
        .name = reason,
        .help = "requests that failed with reason " + reason,
        .of = [r](const checks::Tally& counts) { return counts.failed[r]; }}));
  }
}

}  // namespace leapday
