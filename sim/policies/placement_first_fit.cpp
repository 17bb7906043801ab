/// \file placement_first_fit.cpp
/// The first host that fits, in the order of the topology.
/// Why: predictable to the last instance; the baseline that others are compared with.
#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class FirstFit final : public PlacementPolicy {
 public:
  double rank(const HostRow& host, const PlacementWeights&) const override {
    return -static_cast<double>(host.memory_left());
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random&) override {
    std::optional<std::uint32_t> winner;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (!request.allows(ZoneId{z})) continue;
      for (const auto& group : hosts.groups(ZoneId{z})) {
        if (group->like.memory_left() < request.memory.count) break;
        const std::uint32_t first = group->hosts.front();
        if (request.fits(group->like) && (!winner || first < *winner)) winner = first;
      }
    }
    if (!winner) return std::nullopt;
    return hosts.row(*winner).host;
  }
};

}  // namespace

void register_placement_first_fit(Registry& registry) {
  registry.placement.add("first_fit", "the first host that fits",
                         [] { return std::make_unique<FirstFit>(); });
}

}  // namespace leapday
