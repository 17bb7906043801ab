/// \file placement_groups.cpp
/// Placement by groups of equal hosts, held against looking at every host.
/// Why: the groups are there to be fast; which host is chosen must not depend on them.
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <set>
#include <tuple>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::unique_ptr<PlacementPolicy> policy(const std::string& name) {
  Registry registry;
  register_policies(registry);
  return registry.placement.find(name)->make();
}

/// A fleet of random hosts, with a table that is looked at row by row and one by groups.
class Hosts {
 public:
  Hosts(std::unique_ptr<PlacementPolicy> chooser, Random& random, const PlacementWeights& weights)
      : weights_(weights),
        policy_(std::move(chooser)),
        rows_(rank(), std::numeric_limits<std::size_t>::max()),
        groups_(rank(), 0),
        zones_(static_cast<std::uint32_t>(1 + random.below(4))) {
    const auto hosts = static_cast<std::uint32_t>(zones_ + random.below(20));
    for (std::uint32_t i = 0; i < hosts; ++i) {
      HostRow row;
      row.host = HostId{i};
      row.zone = ZoneId{i * zones_ / hosts};
      row.memory_total = Bytes{64 + 32 * row.zone.index};
      row.disk_total = Bytes{100};
      row.instances_limit = 20;
      if (zones_ % 2 == 0) row.cpu_total = 4000 + 1000 * std::int64_t{row.zone.index};
      rows_.add(row);
      groups_.add(row);
    }
    count_.resize(hosts);
  }

  /// Asks both. What rows could choose with other random numbers, so many times, is right as well.
  void place(Random& random, int times) {
    const auto app = static_cast<std::uint32_t>(random.below(4));
    const std::vector<HostShare> shares = shares_of(app);
    std::vector<std::uint32_t> by_zone(zones_, 0);
    for (const HostShare& share : shares) by_zone[rows_.row(share.row).zone.index] += share.count;
    std::vector<char> zones;
    if (random.below(3) == 0) {
      for (std::uint32_t z = 0; z < zones_; ++z) zones.push_back(random.below(3) > 0 ? 1 : 0);
    }
    PlacementRequest request{.app = AppId{app},
                             .memory = Bytes{static_cast<std::int64_t>(1 + random.below(12))},
                             .disk = Bytes{static_cast<std::int64_t>(random.below(9))},
                             .weights = weights_,
                             .same_app_by_zone = by_zone,
                             .same_app = shares,
                             .zones = zones};
    const Rules rules = rules_of(random);
    state(rules, random, request);
    std::set<std::uint32_t> right;
    for (int i = 0; i < times; ++i) {
      Random other = Random::keyed(random.next());
      if (const auto host = policy_->place(rows_, request, other)) right.insert(host->index);
    }
    const auto chosen = policy_->place(groups_, request, random);
    BOOST_REQUIRE(chosen.has_value() == !right.empty());
    if (!chosen) return;
    BOOST_REQUIRE(right.contains(chosen->index));
    add(chosen->index, app, request);
  }

  /// Something else happens to a host.
  void disturb(Random& random) {
    const auto index = static_cast<std::uint32_t>(random.below(count_.size()));
    HostRow row = rows_.row(index);
    row.usable = random.below(4) > 0;
    row.starting = static_cast<std::uint32_t>(random.below(3));
    if (random.below(4) == 0) {  // everything that is there goes
      row.memory_used = row.disk_used = row.memory_counted = Bytes{0};
      row.cpu_used = row.cpu_counted = 0;
      row.instances = 0;
      count_[index] = {};
    }
    change(index, row);
  }

  void check() const {
    for (std::uint32_t z = 0; z < groups_.zones(); ++z) {
      const auto groups = groups_.groups(ZoneId{z});
      for (std::size_t i = 0; i < groups.size(); ++i) {
        if (i > 0) BOOST_REQUIRE(groups[i - 1]->rank <= groups[i]->rank);
        BOOST_REQUIRE(std::is_sorted(groups[i]->hosts.begin(), groups[i]->hosts.end()));
        for (const std::uint32_t row : groups[i]->hosts) {
          HostRow same = groups[i]->like;
          same.host = HostId{row};
          BOOST_REQUIRE((same == groups_.row(row)));
        }
      }
    }
  }

 private:
  /// What an app may state, as Kubernetes' policy reads it.
  struct Rules {
    std::vector<ZonePreference> preferences;
    std::vector<SoftSpread> spread;
    std::vector<SoftApart> apart;
    std::vector<std::uint32_t> regions;
  };
  Rules rules_of(Random& random) const {
    Rules rules;
    for (std::uint32_t z = 0; z < zones_; ++z) {
      rules.preferences.push_back({static_cast<std::int64_t>(random.below(3) * 40),
                                   static_cast<std::int64_t>(random.below(2))});
      rules.regions.push_back(z / 2);
    }
    for (const Across across : {Across::host, Across::zone, Across::region}) {
      if (random.below(2) == 0) rules.spread.push_back({across, 2});
      if (random.below(2) == 0) rules.apart.push_back({across, 30});
    }
    return rules;
  }
  /// CPU in every other fleet, rules in every other request, a most per host in some.
  void state(const Rules& rules, Random& random, PlacementRequest& request) const {
    if (zones_ % 2 == 0) request.cpu = static_cast<std::int64_t>(random.below(5) * 150);
    if (random.below(4) == 0)
      request.most_on_host = static_cast<std::uint32_t>(1 + random.below(2));
    if (random.below(2) == 0) return;
    request.preferences = rules.preferences;
    request.regions = rules.regions;
    request.soft_spread = rules.spread;
    request.soft_apart = rules.apart;
    request.states_spread = random.below(2) == 0;
  }

  HostTable::Rank rank() {
    return [this](const HostRow& row) { return policy_->rank(row, weights_); };
  }
  std::vector<HostShare> shares_of(std::uint32_t app) const {
    std::vector<HostShare> shares;
    for (std::uint32_t i = 0; i < count_.size(); ++i) {
      if (count_[i][app] > 0) shares.push_back({i, count_[i][app]});
    }
    return shares;
  }
  void add(std::uint32_t index, std::uint32_t app, const PlacementRequest& request) {
    HostRow row = rows_.row(index);
    row.memory_used.count += request.memory.count;
    row.disk_used.count += request.disk.count;
    row.cpu_used += request.cpu;
    row.cpu_counted += counted_request(request.cpu, kLeastCpu);
    row.memory_counted = row.memory_used;
    ++row.instances;
    ++count_[index][app];
    change(index, row);
  }
  void change(std::uint32_t index, const HostRow& row) {
    rows_.change(index, row);
    groups_.change(index, row);
  }

  PlacementWeights weights_;
  std::unique_ptr<PlacementPolicy> policy_;
  HostTable rows_, groups_;
  std::uint32_t zones_;
  std::vector<std::array<std::uint32_t, 4>> count_;  ///< By row and app.
};

/// The best row by `worth`, the first of equals: what some policies are by definition.
template <class Worth>
std::optional<HostId> best(const HostTable& hosts, const PlacementRequest& request, Worth worth) {
  const HostRow* winner = nullptr;
  for (const HostRow& host : hosts.rows()) {
    if (!request.may_use(host)) continue;
    if (winner == nullptr || worth(host) < worth(*winner)) winner = &host;
  }
  if (winner == nullptr) return std::nullopt;
  return winner->host;
}

/// Policies by their definition, under the names of those that are held against them.
class ByDefinition final : public PlacementPolicy {
 public:
  explicit ByDefinition(std::string name) : name_(std::move(name)), policy_(policy(name_)) {}
  double rank(const HostRow& host, const PlacementWeights& weights) const override {
    return policy_->rank(host, weights);
  }
  std::optional<HostId> place(const HostTable& hosts, const PlacementRequest& request,
                              Random& random) override {
    const auto chosen = policy_->place(hosts, request, random);
    const auto expected = best(hosts, request, [&](const HostRow& host) {
      using Worth = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
      if (name_ == "bin_pack") return Worth{host.memory_left(), 0, 0};
      if (name_ == "first_fit") return Worth{0, 0, 0};
      return Worth{request.in_zone(host.zone), request.on_host(host.host.index), host.instances};
    });
    BOOST_REQUIRE((chosen == expected));
    return chosen;
  }

 private:
  std::string name_;
  std::unique_ptr<PlacementPolicy> policy_;
};

BOOST_AUTO_TEST_SUITE(placement_groups)

BOOST_AUTO_TEST_CASE(groups_lead_to_hosts_that_rows_lead_to) {
  Random random = Random::keyed(17);
  for (const char* name : {"diego_auction", "least_allocated", "random"}) {
    for (int fleet = 0; fleet < 12; ++fleet) {
      Hosts hosts(policy(name), random, {.starting = 0.25, .bin_pack = 0});
      for (int step = 0; step < 120; ++step) {
        hosts.place(random, 600);
        if (random.below(3) == 0) hosts.disturb(random);
      }
      hosts.check();
    }
  }
}

BOOST_AUTO_TEST_CASE(policies_without_chance_choose_what_their_definition_says) {
  Random random = Random::keyed(18);
  for (const char* name : {"spread", "first_fit", "bin_pack"}) {
    for (int fleet = 0; fleet < 40; ++fleet) {
      Hosts hosts(std::make_unique<ByDefinition>(name), random, {});
      for (int step = 0; step < 120; ++step) {
        hosts.place(random, 1);
        if (random.below(3) == 0) hosts.disturb(random);
      }
      hosts.check();
    }
  }
}

BOOST_AUTO_TEST_CASE(equal_hosts_are_chosen_equally_often) {
  Random random = Random::keyed(19);
  for (const char* name : {"diego_auction", "least_allocated", "random"}) {
    auto chooser = policy(name);
    HostTable hosts([&](const HostRow& row) { return chooser->rank(row, {}); }, 0);
    for (std::uint32_t i = 0; i < 10; ++i) {
      HostRow row;
      row.host = HostId{i};
      row.zone = ZoneId{0};
      row.memory_total = row.disk_total = Bytes{100};
      row.memory_used = Bytes{i == 3 ? 50 : 10};
      hosts.add(row);
    }
    const std::vector<HostShare> shares{{7, 1}};
    const std::vector<std::uint32_t> by_zone{1};
    const PlacementRequest request{
        .memory = Bytes{1}, .disk = Bytes{1}, .same_app_by_zone = by_zone, .same_app = shares};
    std::vector<int> count(10);
    for (int i = 0; i < 9'000; ++i) ++count[chooser->place(hosts, request, random)->index];
    const bool even = std::string(name) == "random";
    for (std::size_t i = 0; i < 10; ++i) {
      const bool worse = !even && (i == 3 || i == 7);
      const int expected = worse ? 0 : even ? 900 : 1125;
      BOOST_TEST(std::abs(count[i] - expected) < (worse ? 1 : 150), name << " host " << i);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
