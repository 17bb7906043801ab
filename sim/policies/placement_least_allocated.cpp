/// \file placement_least_allocated.cpp
/// The Kubernetes scheduler's default scores that memory decides: least allocated, and soft spread.
/// Why: it prefers empty nodes, so a node that comes back attracts everything that starts next.
#include <algorithm>
#include <vector>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

constexpr std::int64_t kMaxScore = 100;
constexpr std::int64_t kFitWeight = 1;
constexpr std::int64_t kSpreadWeight = 2;
// Default constraints of PodTopologySpread: skew 5 between zones, 3 between hosts, both soft.
constexpr std::int64_t kZoneSkew = 5;
constexpr std::int64_t kHostSkew = 3;

class LeastAllocated final : public PlacementPolicy {
 public:
  std::optional<HostId> place(std::span<const HostRow> hosts, const PlacementRequest& request,
                              Random& random) override {
    std::int64_t low = 0, high = 0;
    bool any = false;
    for (const HostRow& host : hosts) {
      if (!host.usable) continue;
      const std::int64_t crowd = crowd_of(host, request);
      low = any ? std::min(low, crowd) : crowd;
      high = any ? std::max(high, crowd) : crowd;
      any = true;
    }
    std::optional<HostId> winner;
    std::int64_t best = 0;
    std::uint64_t tied = 0;
    for (const HostRow& host : hosts) {
      if (!host.usable) continue;
      const std::int64_t value = kFitWeight * fit(host, request) +
                                 kSpreadWeight * spread(crowd_of(host, request), low, high);
      if (!winner || value > best) {
        winner = host.host;
        best = value;
        tied = 1;
      } else if (value == best && random.below(++tied) == 0) {
        winner = host.host;
      }
    }
    return winner;
  }

 private:
  /// least_allocated.go, in integers: (capacity - requested) * 100 / capacity.
  static std::int64_t fit(const HostRow& host, const PlacementRequest& request) {
    if (host.memory_total.count <= 0) return 0;
    const __int128 left = host.memory_total.count - host.memory_used.count - request.memory.count;
    return static_cast<std::int64_t>(left * kMaxScore / host.memory_total.count);
  }
  static std::int64_t crowd_of(const HostRow& host, const PlacementRequest& request) {
    const std::int64_t in_zone = host.zone.index < request.same_app_by_zone.size()
                                     ? request.same_app_by_zone[host.zone.index]
                                     : 0;
    return in_zone + kZoneSkew - 1 + host.same_app + kHostSkew - 1;
  }
  /// podtopologyspread/scoring.go normalises so that the least crowded gets 100.
  static std::int64_t spread(std::int64_t crowd, std::int64_t low, std::int64_t high) {
    return high == 0 ? kMaxScore : kMaxScore * (high + low - crowd) / high;
  }
};

}  // namespace

void register_placement_least_allocated(Registry& registry) {
  registry.placement.add("least_allocated",
                         "Kubernetes: most memory left, spread softly over zones and hosts",
                         [] { return std::make_unique<LeastAllocated>(); });
}

}  // namespace leapday
