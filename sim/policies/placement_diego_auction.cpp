/// \file placement_diego_auction.cpp
/// Cloud Foundry Diego's auction: the lowest score in the zone with the fewest instances wins.
/// Why: its weights decide how evenly a real platform spreads, and where the next failure hurts.
#include <algorithm>
#include <vector>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

/// Outweighs every other term: another cell wins as long as there is one that fits.
constexpr double kLocalityOffset = 1000;

double used_fraction(std::int64_t used, std::int64_t total) {
  return total > 0 ? static_cast<double>(used) / static_cast<double>(total) : 0;
}

/// cloudfoundry/rep resources.go and cloudfoundry/auction cell.go: lower is better.
double score(const HostRow& host, const PlacementRequest& request, std::uint32_t index_in_zone) {
  const double memory =
      used_fraction(host.memory_used.count + request.memory.count, host.memory_total.count);
  const double disk =
      used_fraction(host.disk_used.count + request.disk.count, host.disk_total.count);
  const double containers = used_fraction(std::int64_t{host.instances} + 1, host.instances_limit);
  return (memory + disk + containers) / 3 + host.starting * request.starting_weight +
         kLocalityOffset * host.same_app + index_in_zone * request.bin_pack_weight;
}

class DiegoAuction final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest& request,
                              Random& random) override {
    prepare(hosts, request);
    std::optional<HostId> winner;
    double best = 0;
    std::uint64_t tied = 0;
    std::uint32_t winning_load = 0;
    for (const HostRow& host : hosts) {
      const std::uint32_t index = next_index_[host.zone.index]++;
      if (!host.usable) continue;
      const std::uint32_t load = load_of(request, host.zone);
      // Zones with equally many instances are pooled; a fuller one counts only without a winner.
      if (winner && load > winning_load) continue;
      const double value = score(host, request, index);
      if (!winner || load < winning_load || value < best) {
        winner = host.host;
        best = value;
        winning_load = load;
        tied = 1;
      } else if (value == best && random.below(++tied) == 0) {
        winner = host.host;
      }
    }
    return winner;
  }

 private:
  static std::uint32_t load_of(const PlacementRequest& request, ZoneId zone) {
    return zone.index < request.same_app_by_zone.size() ? request.same_app_by_zone[zone.index] : 0;
  }
  void prepare(std::span<const HostRow> hosts, const PlacementRequest& request) {
    std::size_t zones = request.same_app_by_zone.size();
    for (const HostRow& host : hosts) zones = std::max<std::size_t>(zones, host.zone.index + 1);
    next_index_.assign(zones, 0);
  }

  std::vector<std::uint32_t> next_index_;  ///< By zone, while a request is placed.
};

}  // namespace

void register_placement_diego_auction(Registry& registry) {
  registry.placement.add("diego_auction",
                         "Cloud Foundry Diego: zone with fewest of the app, then the lowest score",
                         [] { return std::make_unique<DiegoAuction>(); });
}

}  // namespace leapday
