/// \file placement_spread.cpp
/// Fewest instances of the app in the zone, then on the host, then fewest instances of any app.
/// Why: the plain answer to shared fate, and easy to reason about in a rehearsal.
#include <tuple>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class Spread final : public PlacementPolicy {
 public:
  double rank(const HostRow& host, const PlacementWeights&) const override {
    return host.instances;
  }

  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random&) override {
    std::optional<Choice> winner;
    std::uint32_t least = 0;
    for (std::uint32_t z = 0; z < hosts.zones(); ++z) {
      const ZoneId zone{z};
      const std::uint32_t load = request.in_zone(zone);
      if (!request.allows(zone) || (winner && load > least)) continue;
      if (winner && load < least && !hosts.has_room(zone, request)) continue;
      if (load < least) winner.reset();
      look_at(hosts, zone, request, winner);
      if (winner) least = load;
    }
    if (!winner) return std::nullopt;
    return hosts.row(std::get<2>(*winner)).host;
  }

 private:
  /// Of the app on the host, of all on the host, and the row: of equals the first host wins.
  using Choice = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

  static void look_at(const HostTable& hosts, ZoneId zone, const PlacementRequest& request,
                      std::optional<Choice>& winner) {
    const auto consider = [&](Choice choice) {
      if (!winner || choice < *winner) winner = choice;
    };
    bool free = false;
    for (const auto& group : hosts.groups(zone)) {
      const HostRow& like = group->like;
      if (winner && std::get<0>(*winner) == 0 && like.instances > std::get<1>(*winner)) return;
      if (!request.fits(like)) continue;
      const auto row = group->first_free(request.same_app);
      if (!row) continue;
      free = true;
      consider({0, like.instances, *row});
    }
    if (free) return;
    for (const HostShare& share : request.same_app) {
      const HostRow& host = hosts.row(share.row);
      if (host.zone != zone || !request.may_use(host)) continue;
      consider({share.count, host.instances, share.row});
    }
  }
};

}  // namespace

void register_placement_spread(Registry& registry) {
  registry.placement.add("spread", "fewest of the app in the zone, then on the host",
                         [] { return std::make_unique<Spread>(); });
}

}  // namespace leapday
