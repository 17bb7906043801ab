/// \file placement_spread.cpp
/// Fewest instances of the app in the zone, then on the host, then fewest instances of any app.
/// Why: the plain answer to shared fate, and easy to reason about in a rehearsal.
#include <tuple>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class Spread final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest& request,
                              Random&) override {
    std::optional<HostId> winner;
    std::tuple<std::uint32_t, std::uint32_t, std::uint32_t> best;
    for (const HostRow& host : hosts) {
      if (!host.usable) continue;
      const std::uint32_t in_zone = host.zone.index < request.same_app_by_zone.size()
                                        ? request.same_app_by_zone[host.zone.index]
                                        : 0;
      const std::tuple crowd{in_zone, host.same_app, host.instances};
      if (winner && best <= crowd) continue;  // Ties go to the first host.
      winner = host.host;
      best = crowd;
    }
    return winner;
  }
};

}  // namespace

void register_placement_spread(Registry& registry) {
  registry.placement.add("spread", "fewest of the app in the zone, then on the host",
                         [] { return std::make_unique<Spread>(); });
}

}  // namespace leapday
