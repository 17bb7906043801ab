/// \file placement_random.cpp
/// Any host that fits, each as likely as the next.
/// Why: the spread that a cleverer policy has to beat.
#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RandomPlacement final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest&,
                              Random& random) override {
    std::uint64_t usable = 0;
    for (const HostRow& host : hosts) usable += host.usable ? 1 : 0;
    if (usable == 0) return std::nullopt;
    std::uint64_t chosen = random.below(usable);
    for (const HostRow& host : hosts) {
      if (host.usable && chosen-- == 0) return host.host;
    }
    return std::nullopt;
  }
};

}  // namespace

void register_placement_random(Registry& registry) {
  registry.placement.add("random", "any host that fits, each as likely",
                         [] { return std::make_unique<RandomPlacement>(); });
}

}  // namespace leapday
