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
/// More than the order of groups and their scores can differ by rounding.
constexpr double kRounding = 1e-9;

double used_fraction(std::int64_t used, std::int64_t total) {
  return total > 0 ? static_cast<double>(used) / static_cast<double>(total) : 0;
}

/// cloudfoundry/rep resources.go and cloudfoundry/auction cell.go: lower is better.
double score(const HostRow& host, const PlacementRequest& request, std::uint32_t same_app,
             std::uint32_t index_in_zone) {
  const double memory =
      used_fraction(host.memory_used.count + request.memory.count, host.memory_total.count);
  const double disk =
      used_fraction(host.disk_used.count + request.disk.count, host.disk_total.count);
  const double containers = used_fraction(std::int64_t{host.instances} + 1, host.instances_limit);
  return (memory + disk + containers) / 3 + host.starting * request.weights.starting +
         kLocalityOffset * same_app + index_in_zone * request.weights.bin_pack;
}

class DiegoAuction final : public PlacementPolicy {
 public:
  /// Cells offer memory, disk and containers; placement tags are labels and taints of theirs.
  PlacementHonours honours() const override { return {.cpu = false, .hosts = true}; }
  double rank(const HostRow& host, const PlacementWeights& weights) const override {
    const PlacementRequest nothing{.weights = weights};
    return score(host, nothing, 0, 0);
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    // A score that depends on the place in the zone is a host's own.
    if (hosts.few() || request.weights.bin_pack != 0) return among_rows(hosts, request, random);
    found_ = false;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      const ZoneId zone{z};
      const std::uint32_t load = request.in_zone(zone);
      // Zones with equally many instances are pooled; a fuller one counts only without a winner.
      if (!request.allows(zone) || (found_ && load > load_)) continue;
      if (!hosts.has_room(zone, request)) continue;
      if (!found_ || load < load_) tied_.clear();
      if (load < load_) found_ = false;
      look_at(hosts, zone, request);
      load_ = load;
    }
    if (!found_) return std::nullopt;
    return hosts.row(tied_.draw(request.same_app, random)).host;
  }

 private:
  void look_at(const HostTable& hosts, ZoneId zone, const PlacementRequest& request) {
    for (const auto& group : hosts.groups(zone)) {
      if (!request.fits(group->like)) continue;
      const double value = score(group->like, request, 0, 0);
      if (found_ && value > best_ + kRounding) break;
      if ((!found_ || value <= best_) && group->first_free(request.same_app)) {
        consider(value);
        tied_.add(*group);
      }
    }
    if (found_ && best_ < kLocalityOffset) return;
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (host.zone != zone || !request.may_use(host)) continue;
      const double value = score(host, request, share.count, 0);
      if (found_ && value > best_) continue;
      consider(value);
      tied_.add(share.row);
    }
  }

  /// Not worse than the best so far.
  void consider(double value) {
    if (!found_ || value < best_) tied_.clear();
    best_ = value;
    found_ = true;
  }

  std::optional<HostId> among_rows(const HostTable& hosts, const PlacementRequest& request,
                                   Random& random) {
    next_index_.assign(hosts.zones(), 0);
    std::optional<HostId> winner;
    double best = 0;
    std::uint64_t tied = 0;
    std::uint32_t winning_load = 0;
    for (std::uint32_t row = 0; row < hosts.rows().size(); ++row) {
      const HostRow& host = hosts.row(row);
      const std::uint32_t index = next_index_[host.zone.index]++;
      if (!request.may_use(host)) continue;
      const std::uint32_t load = request.in_zone(host.zone);
      if (winner && load > winning_load) continue;
      const double value = score(host, request, request.on_host(row), index);
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

  // While a request is placed:
  std::vector<std::uint32_t> next_index_;  ///< By zone.
  TiedHosts tied_;
  bool found_ = false;
  double best_ = 0;
  std::uint32_t load_ = 0;
};

}  // namespace

void register_placement_diego_auction(Registry& registry) {
  registry.placement.add("diego_auction",
                         "Cloud Foundry Diego: zone with fewest of the app, then the lowest score",
                         [] { return std::make_unique<DiegoAuction>(); });
}

}  // namespace leapday
