/// \file placement_first_fit.cpp
/// The first host that fits, in the order of the topology.
/// Why: predictable to the last instance; the baseline that others are compared with.
#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class FirstFit final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest&,
                              Random&) override {
    for (const HostRow& host : hosts) {
      if (host.usable) return host.host;
    }
    return std::nullopt;
  }
};

}  // namespace

void register_placement_first_fit(Registry& registry) {
  registry.placement.add("first_fit", "the first host that fits",
                         [] { return std::make_unique<FirstFit>(); });
}

}  // namespace leapday
