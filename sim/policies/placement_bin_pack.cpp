/// \file placement_bin_pack.cpp
/// The host with the least memory left that still fits.
/// Why: it saves hosts, and puts the most eggs in one basket: the cost shows when a host dies.
#include <algorithm>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class BinPack final : public PlacementPolicy {
 public:
  double rank(const HostRow& host, const PlacementWeights&) const override {
    return static_cast<double>(host.memory_left());
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random&) override {
    const HostGroup* winner = nullptr;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (!request.allows(ZoneId{z})) continue;
      const auto groups = hosts.groups(ZoneId{z});
      auto at =
          std::lower_bound(groups.begin(), groups.end(), static_cast<double>(request.memory.count),
                           [](const auto& group, double least) { return group->rank < least; });
      for (; at != groups.end(); ++at) {
        if (winner != nullptr && (*at)->rank > winner->rank) break;
        if (request.fits((*at)->like) && better(**at, winner)) winner = at->get();
      }
    }
    if (winner == nullptr) return std::nullopt;
    return hosts.row(winner->hosts.front()).host;
  }

 private:
  /// Of equals the first host wins.
  static bool better(const HostGroup& group, const HostGroup* than) {
    if (than == nullptr || group.rank != than->rank) return true;
    return group.hosts.front() < than->hosts.front();
  }
};

}  // namespace

void register_placement_bin_pack(Registry& registry) {
  registry.placement.add("bin_pack", "the host with the least memory left that still fits",
                         [] { return std::make_unique<BinPack>(); });
}

}  // namespace leapday
