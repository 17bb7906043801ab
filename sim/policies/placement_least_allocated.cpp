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
  double rank(const HostRow& host, const PlacementWeights&) const override {
    if (host.memory_total.count <= 0) return 0;
    return static_cast<double>(host.memory_used.count);
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    crowds_.clear();
    if (hosts.few()) return among_rows(hosts, request, random);
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (request.allows(ZoneId{z}) && free_in(hosts, ZoneId{z}, request)) {
        crowds_.add(crowd(request, ZoneId{z}, 0));
      }
    }
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (request.may_use(host)) crowds_.add(crowd(request, host.zone, share.count));
    }
    found_ = false;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (request.allows(ZoneId{z})) look_at_groups(hosts, ZoneId{z}, request);
    }
    look_at_shares(hosts, request);
    if (!found_) return std::nullopt;
    return hosts.row(tied_.draw(request.same_app, random)).host;
  }

 private:
  /// podtopologyspread/scoring.go normalises so that the least crowded gets 100.
  struct Crowds {
    bool any = false;
    std::int64_t low = 0, high = 0;
    void clear() { any = false, low = high = 0; }
    void add(std::int64_t crowd) {
      low = any ? std::min(low, crowd) : crowd;
      high = any ? std::max(high, crowd) : crowd;
      any = true;
    }
    std::int64_t score(std::int64_t crowd) const {
      return high == 0 ? kMaxScore : kMaxScore * (high + low - crowd) / high;
    }
  };

  /// least_allocated.go, in integers: (capacity - requested) * 100 / capacity.
  static std::int64_t fit(const HostRow& host, const PlacementRequest& request) {
    if (host.memory_total.count <= 0) return 0;
    const __int128 left = host.memory_total.count - host.memory_used.count - request.memory.count;
    return static_cast<std::int64_t>(left * kMaxScore / host.memory_total.count);
  }
  static std::int64_t crowd(const PlacementRequest& request, ZoneId zone, std::uint32_t on_host) {
    return std::int64_t{request.in_zone(zone)} + kZoneSkew - 1 + on_host + kHostSkew - 1;
  }
  std::int64_t value(const HostRow& host, const PlacementRequest& request,
                     std::uint32_t on_host) const {
    return kFitWeight * fit(host, request) +
           kSpreadWeight * crowds_.score(crowd(request, host.zone, on_host));
  }

  static bool free_in(const HostTable& hosts, ZoneId zone, const PlacementRequest& request) {
    const auto groups = hosts.groups(zone);
    return std::any_of(groups.begin(), groups.end(), [&](const auto& group) {
      return request.fits(group->like) && group->first_free(request.same_app).has_value();
    });
  }
  void look_at_groups(const HostTable& hosts, ZoneId zone, const PlacementRequest& request) {
    for (const auto& group : hosts.groups(zone)) {
      if (!request.fits(group->like)) continue;
      const std::int64_t worth = value(group->like, request, 0);
      if (found_ && worth < best_) return;
      if (!group->first_free(request.same_app)) continue;
      consider(worth);
      tied_.add(*group);
    }
  }
  void look_at_shares(const HostTable& hosts, const PlacementRequest& request) {
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (!request.may_use(host)) continue;
      const std::int64_t worth = value(host, request, share.count);
      if (found_ && worth < best_) continue;
      consider(worth);
      tied_.add(share.row);
    }
  }
  /// Not worse than the best so far.
  void consider(std::int64_t worth) {
    if (!found_ || worth > best_) tied_.clear();
    best_ = worth;
    found_ = true;
  }

  std::optional<HostId> among_rows(const HostTable& hosts, const PlacementRequest& request,
                                   Random& random) {
    const auto count = static_cast<std::uint32_t>(hosts.rows().size());
    for (std::uint32_t row = 0; row < count; ++row) {
      const HostRow& host = hosts.row(row);
      if (!request.may_use(host)) continue;
      crowds_.add(crowd(request, host.zone, request.on_host(row)));
    }
    std::optional<HostId> winner;
    std::int64_t best = 0;
    std::uint64_t tied = 0;
    for (std::uint32_t row = 0; row < count; ++row) {
      const HostRow& host = hosts.row(row);
      if (!request.may_use(host)) continue;
      const std::int64_t worth = value(host, request, request.on_host(row));
      if (!winner || worth > best) {
        winner = host.host;
        best = worth;
        tied = 1;
      } else if (worth == best && random.below(++tied) == 0) {
        winner = host.host;
      }
    }
    return winner;
  }

  // While a request is placed:
  Crowds crowds_;
  TiedHosts tied_;
  bool found_ = false;
  std::int64_t best_ = 0;
};

}  // namespace

void register_placement_least_allocated(Registry& registry) {
  registry.placement.add("least_allocated",
                         "Kubernetes: most memory left, spread softly over zones and hosts",
                         [] { return std::make_unique<LeastAllocated>(); });
}

}  // namespace leapday
