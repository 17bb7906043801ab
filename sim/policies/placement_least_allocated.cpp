/// \file placement_least_allocated.cpp
/// The Kubernetes scheduler with its default plugins: nodes are filtered, scored, and the best of
/// them wins, one of the best by chance.
/// Why: it prefers empty nodes, so a node that comes back attracts everything that starts next.
#include <algorithm>
#include <vector>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"
#include "sim/policies/kubernetes_scores.hpp"

namespace leapday {
namespace {

class LeastAllocated final : public PlacementPolicy {
 public:
  PlacementHonours honours() const override {
    return {.cpu = true, .hosts = true, .preferences = true, .spreading = true};
  }

  double rank(const HostRow& host, const PlacementWeights&) const override {
    if (host.memory_total.count <= 0) return 0;
    return static_cast<double>(host.memory_used.count);
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    if (hosts.few()) return among_rows(hosts, request, random);
    scores_.begin(request, measure(hosts, request));
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (free_[z] != 0) scores_.add(scores_.raw(ZoneId{z}, 0));
    }
    each_share(hosts, request, [&](const HostRow& host, const HostShare& share) {
      scores_.add(scores_.raw(host.zone, share.count));
    });
    found_ = false;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (free_[z] != 0) look_at_groups(hosts, ZoneId{z}, request);
    }
    each_share(hosts, request, [&](const HostRow& host, const HostShare& share) {
      const std::int64_t worth = scores_.worth(host, scores_.raw(host.zone, share.count));
      if (found_ && worth < best_) return;
      consider(worth);
      tied_.add(share.row);
    });
    if (!found_) return std::nullopt;
    return hosts.row(tied_.draw(request.same_app, random)).host;
  }

 private:
  /// Hosts that have the app and may take another.
  template <class Visit>
  static void each_share(const HostTable& hosts, const PlacementRequest& request, Visit visit) {
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (request.may_use(host) && request.takes_another(share.count)) visit(host, share);
    }
  }

  /// Counts what passes the filters, and notes the zones with hosts that do not have the app yet.
  kubernetes::Sizes measure(const HostTable& hosts, const PlacementRequest& request) {
    kubernetes::Sizes sizes;
    free_.assign(hosts.zones(), 0);
    passed_.assign(hosts.zones(), 0);
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (!request.allows(ZoneId{z})) continue;
      for (const auto& group : hosts.groups(ZoneId{z})) {
        if (!request.fits(group->like)) continue;
        passed_[z] += group->hosts.size();
        if (free_[z] == 0 && request.takes_another(0) && group->first_free(request.same_app)) {
          free_[z] = 1;
        }
      }
    }
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (request.may_use(host) && !request.takes_another(share.count)) --passed_[host.zone.index];
    }
    for (const std::uint64_t passed : passed_) sizes.hosts += static_cast<std::int64_t>(passed);
    count_places(request, sizes);
    return sizes;
  }

  void count_places(const PlacementRequest& request, kubernetes::Sizes& sizes) {
    regions_.clear();
    for (std::uint32_t z = 0; z < passed_.size(); ++z) {
      if (passed_[z] == 0) continue;
      ++sizes.zones;
      const std::uint32_t region = request.regions.empty() ? 0 : request.regions[z];
      if (std::find(regions_.begin(), regions_.end(), region) == regions_.end()) {
        regions_.push_back(region);
      }
    }
    sizes.regions = static_cast<std::int64_t>(regions_.size());
  }

  void look_at_groups(const HostTable& hosts, ZoneId zone, const PlacementRequest& request) {
    const std::int64_t place = scores_.worth_of_place(scores_.raw(zone, 0));
    for (const auto& group : hosts.groups(zone)) {
      if (!request.fits(group->like)) continue;
      const std::int64_t worth = place + kubernetes::fit_score(group->like, request) +
                                 kubernetes::balance_score(group->like, request);
      if (found_ && worth < best_) {
        if (group->like.cpu_total == 0) return;  // Groups come by memory, which alone decides.
        continue;
      }
      if (!group->first_free(request.same_app)) continue;
      consider(worth);
      tied_.add(*group);
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
    candidates_.clear();
    passed_.assign(hosts.zones(), 0);
    kubernetes::Sizes sizes;
    for (std::uint32_t row = 0; row < hosts.rows().size(); ++row) {
      const HostRow& host = hosts.row(row);
      if (!request.may_use(host)) continue;
      const std::uint32_t on_host = request.on_host(row);
      if (!request.takes_another(on_host)) continue;
      candidates_.push_back({row, on_host, {}});
      ++sizes.hosts;
      ++passed_[host.zone.index];
    }
    count_places(request, sizes);
    scores_.begin(request, sizes);
    for (Candidate& candidate : candidates_) {
      candidate.raw = scores_.raw(hosts.row(candidate.row).zone, candidate.on_host);
      scores_.add(candidate.raw);
    }
    std::optional<HostId> winner;
    std::int64_t best = 0;
    std::uint64_t tied = 0;
    for (const Candidate& candidate : candidates_) {
      const HostRow& host = hosts.row(candidate.row);
      const std::int64_t worth = scores_.worth(host, candidate.raw);
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

  struct Candidate {
    std::uint32_t row;
    std::uint32_t on_host;
    kubernetes::RawScores raw;
  };

  // While a request is placed:
  kubernetes::PodScores scores_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> passed_;  ///< By zone: hosts that passed the filters.
  std::vector<char> free_;             ///< By zone: some of them do not have the app yet.
  std::vector<std::uint32_t> regions_;
  TiedHosts tied_;
  bool found_ = false;
  std::int64_t best_ = 0;
};

}  // namespace

void register_placement_least_allocated(Registry& registry) {
  registry.placement.add("least_allocated",
                         "Kubernetes: the default scores, most left over CPU and memory first",
                         [] { return std::make_unique<LeastAllocated>(); });
}

}  // namespace leapday
