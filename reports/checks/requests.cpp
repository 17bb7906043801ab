/// \file requests.cpp
/// requests: requests that were sent.
/// Why: retry storms show as attempts that nobody asked for.
#include "reports/checks/count.hpp"

namespace leapday {

void register_requests(Registry& registry) {
  registry.add_metric(std::make_unique<checks::CountMetric>(
      checks::CountMetric::Spec{.name = "requests",
                                .help = "requests that were sent",
                                .of = [](const checks::Tally& counts) { return counts.sent; },
                                .none_is_known = true}));
}

}  // namespace leapday
