/// \file traffic_billing.cpp
/// Where the bytes of an answer go: from the instance to the router, from there to the caller.
/// Why: traffic is charged by the place that it leaves, and an answer may leave two.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

void TrafficCore::set_up_billing() {
  if (!world_.billing.charges_traffic()) return;
  for (const AppState& app : world_.apps) {
    std::vector<std::int64_t>& sizes = response_sizes_.emplace_back();
    const std::int64_t fallback = app.spec->response_size.value_or(Bytes{0}).count;
    for (const auto& endpoint : app.spec->endpoints) {
      sizes.push_back(endpoint.value.response_size.value_or(Bytes{fallback}).count);
    }
    if (sizes.empty()) sizes.push_back(fallback);
  }
}

bool TrafficCore::is_charged(std::uint32_t app) const {
  if (response_sizes_.empty()) return false;
  for (const std::int64_t size : response_sizes_[app]) {
    if (size > 0) return true;
  }
  return false;
}

/// The router has the answer and sends it on, whether or not the caller still waits for it.
void TrafficCore::charge(const Visit& visit) {
  const InstanceTraffic& from = instances_[visit.instance];
  const std::int64_t bytes = response_sizes_[from.app][visit.endpoint];
  if (bytes == 0) return;
  const std::uint32_t router = world_.routers[visit.router].zone.index;
  const auto zone_of = [this](std::uint32_t instance) {
    return world_.hosts[instances_[instance].host].zone.index;
  };
  std::uint32_t caller = Billing::kClients;
  if (visit.direct) {
    if (visit.from != kNone) caller = zone_of(visit.from);
  } else if (const Attempt& attempt = attempts_[visit.attempt];
             attempt.origin == Attempt::Origin::instance) {
    caller = zone_of(attempt.from);
  } else if (attempt.origin == Attempt::Origin::dependency) {
    caller = router;  // what backs a cache is as near as its caller
  }
  world_.billing.moved(zone_of(visit.instance), router, bytes);
  world_.billing.moved(router, caller, bytes);
}

}  // namespace leapday::model
