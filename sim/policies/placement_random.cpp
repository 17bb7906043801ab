/// \file placement_random.cpp
/// Any host that fits, each as likely as the next.
/// Why: the spread that a cleverer policy has to beat.
#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class RandomPlacement final : public PlacementPolicy {
 public:
  double rank(const HostRow&, const PlacementWeights&) const override { return 0; }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    if (hosts.few()) return among_rows(hosts, request, random);
    std::uint64_t fitting = 0;
    each_fitting(hosts, request, [&](const HostGroup& group) {
      fitting += group.hosts.size();
      return true;
    });
    if (fitting == 0) return std::nullopt;
    std::uint64_t chosen = random.below(fitting);
    std::optional<HostId> winner;
    each_fitting(hosts, request, [&](const HostGroup& group) {
      if (chosen < group.hosts.size()) {
        winner = hosts.row(group.hosts[chosen]).host;
        return false;
      }
      chosen -= group.hosts.size();
      return true;
    });
    return winner;
  }

 private:
  static std::optional<HostId> among_rows(const HostTable& hosts, const PlacementRequest& request,
                                          Random& random) {
    std::uint64_t usable = 0;
    for (const HostRow& host : hosts.rows()) usable += request.may_use(host) ? 1 : 0;
    if (usable == 0) return std::nullopt;
    std::uint64_t chosen = random.below(usable);
    for (const HostRow& host : hosts.rows()) {
      if (request.may_use(host) && chosen-- == 0) return host.host;
    }
    return std::nullopt;
  }

  /// As long as `visit` says so.
  template <class Visit>
  static void each_fitting(const HostTable& hosts, const PlacementRequest& request, Visit visit) {
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      if (!request.allows(ZoneId{z})) continue;
      for (const auto& group : hosts.groups(ZoneId{z})) {
        if (request.fits(group->like) && !visit(*group)) return;
      }
    }
  }
};

}  // namespace

void register_placement_random(Registry& registry) {
  registry.placement.add("random", "any host that fits, each as likely",
                         [] { return std::make_unique<RandomPlacement>(); });
}

}  // namespace leapday
