/// \file scheduler_scores.cpp
/// The Kubernetes scheduler's scores, held against sums done by hand in its integers.
/// Why: formulas and weights are least_allocated.go's, balanced_allocation.go's,
/// podtopologyspread/scoring.go's, interpodaffinity/scoring.go's and normalize_score.go's
/// (platforms.md, section 2); one rounding more or less is another node.
#include <cmath>
#include <memory>
#include <set>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"
#include "sim/policies/kubernetes_scores.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

/// A node of 4 cores and 8 GiB.
HostRow node(std::int64_t cpu_used, std::int64_t memory_used) {
  HostRow row;
  row.zone = ZoneId{0};
  row.cpu_total = 4000;
  row.cpu_used = row.cpu_counted = cpu_used;
  row.memory_total = Bytes{8 * kGiB};
  row.memory_used = row.memory_counted = Bytes{memory_used};
  row.disk_total = Bytes{8 * kGiB};
  row.instances_limit = 110;
  return row;
}

/// Nodes that are asked for the best of them, row by row and by groups.
class Nodes {
 public:
  explicit Nodes(const std::vector<HostRow>& rows) {
    Registry registry;
    register_policies(registry);
    policy_ = registry.placement.find("least_allocated")->make();
    for (const std::size_t few : {std::size_t{1000}, std::size_t{0}}) {
      tables_.emplace_back([this](const HostRow& row) { return policy_->rank(row, {}); }, few);
      for (std::uint32_t i = 0; i < rows.size(); ++i) {
        HostRow row = rows[i];
        row.host = HostId{i};
        tables_.back().add(row);
      }
    }
  }

  /// Every node that can win; the same by rows and by groups, or the test fails.
  std::set<std::uint32_t> winners(const PlacementRequest& request) {
    std::set<std::uint32_t> by_rows, by_groups;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Random random = Random::keyed(seed), other = Random::keyed(seed);
      if (const auto host = policy_->place(tables_[0], request, random))
        by_rows.insert(host->index);
      if (const auto host = policy_->place(tables_[1], request, other))
        by_groups.insert(host->index);
    }
    BOOST_TEST(by_rows == by_groups, boost::test_tools::per_element());
    return by_rows;
  }

 private:
  std::unique_ptr<PlacementPolicy> policy_;
  std::vector<HostTable> tables_;
};

HostRow in_zone(HostRow row, std::uint32_t zone) {
  row.zone = ZoneId{zone};
  return row;
}

using Set = std::set<std::uint32_t>;

BOOST_AUTO_TEST_SUITE(scheduler_scores)

BOOST_AUTO_TEST_CASE(what_is_left_is_the_mean_of_two_whole_numbers) {
  const PlacementRequest pod{.memory = Bytes{kGiB}, .cpu = 500};

  // (4000 - 1500) * 100 / 4000 = 62.5, so 62; (8 - 2) * 100 / 8 = 75; (62 + 75) / 2 = 68.5, so 68.
  BOOST_TEST(kubernetes::fit_score(node(1000, kGiB), pod) == 68);
  // A node that is asked for more than it has left gets nothing for that.
  BOOST_TEST(kubernetes::left_score(4000, 4001) == 0);
  BOOST_TEST(kubernetes::left_score(4000, 4000) == 0);
  BOOST_TEST(kubernetes::left_score(4000, 0) == 100);
}

BOOST_AUTO_TEST_CASE(a_pod_without_requests_counts_as_100_m_and_200_mb_when_nodes_are_compared) {
  const PlacementRequest no_cpu{.memory = Bytes{kGiB}};
  const PlacementRequest nothing{};

  // (4000 - 1100) * 100 / 4000 = 72.5, so 72; 75; 147 / 2 = 73.
  BOOST_TEST(kubernetes::fit_score(node(1000, kGiB), no_cpu) == 73);
  // 72; (8192 - 1224) * 100 / 8192 = 85.06, so 85; 157 / 2 = 78.
  BOOST_TEST(kubernetes::fit_score(node(1000, kGiB), nothing) == 78);
  // It still fits where nothing is left.
  BOOST_TEST(nothing.fits(node(4000, 8 * kGiB)));
  BOOST_TEST(!PlacementRequest{.cpu = 1}.fits(node(4000, 0)));
}

BOOST_AUTO_TEST_CASE(balance_is_what_the_shares_of_cpu_and_memory_differ_by) {
  const PlacementRequest pod{.memory = Bytes{kGiB}, .cpu = 500};

  // 1500 of 4000 are 0.375, 2 of 8 are 0.25: (1 - 0.125 / 2) * 100 = 93.75, so 93.
  BOOST_TEST(kubernetes::balance_score(node(1000, kGiB), pod) == 93);
  // 0.125 and 1: (1 - 0.875 / 2) * 100 = 56.25, so 56.
  BOOST_TEST(kubernetes::balance_score(node(0, 7 * kGiB), pod) == 56);
}

BOOST_AUTO_TEST_CASE(nobody_looks_at_cpu_where_no_app_requests_any) {
  HostRow row = node(0, kGiB);
  row.cpu_total = 0;

  BOOST_TEST(kubernetes::fit_score(row, {.memory = Bytes{kGiB}}) == 75);
  BOOST_TEST(kubernetes::balance_score(row, {.memory = Bytes{kGiB}}) == 0);
}

BOOST_AUTO_TEST_CASE(cpu_decides_between_nodes_with_equal_memory_and_balance_against_it) {
  const PlacementRequest pod{.memory = Bytes{kGiB}, .cpu = 1000};

  BOOST_TEST(
      (Nodes({node(2000, kGiB), node(1000, kGiB), node(3000, kGiB)}).winners(pod) == Set{1}));
  // Fit: 0: (50 + 62) / 2 = 56, 1: (75 + 37) / 2 = 56. Balance: 0: 0.5 and 0.375 make 93,
  // 1: 0.25 and 0.625 make 81.
  BOOST_TEST((Nodes({node(1000, 2 * kGiB), node(0, 4 * kGiB)}).winners(pod) == Set{0}));
  // Full by CPU: filtered, whatever its memory says.
  BOOST_TEST((Nodes({node(3500, 0), node(3000, 6 * kGiB)}).winners(pod) == Set{1}));
}

BOOST_AUTO_TEST_CASE(logarithms_are_those_of_the_mathematicians) {
  for (std::int64_t n = 1; n <= 6000; ++n) {
    BOOST_REQUIRE(std::abs(kubernetes::log_of(n) - std::log(static_cast<double>(n))) < 1e-13);
  }
}

BOOST_AUTO_TEST_CASE(default_constraints_weigh_zones_and_hosts_by_the_logarithm_of_their_number) {
  const std::vector<std::uint32_t> by_zone{3, 0};
  const PlacementRequest pod{.same_app_by_zone = by_zone};
  kubernetes::PodScores scores;
  scores.begin(pod, {.hosts = 4, .zones = 2, .regions = 1});

  // 3 ln(4) + 4 + 2 ln(6) + 2 = 13.74, so 14; nothing there: 6.
  const auto crowded = scores.raw(ZoneId{0}, 2), empty = scores.raw(ZoneId{1}, 0);
  BOOST_TEST(crowded.spread == 14);
  BOOST_TEST(empty.spread == 6);
  scores.add(crowded);
  scores.add(empty);
  // (14 + 6 - 6) * 100 / 14 = 100 and (14 + 6 - 14) * 100 / 14 = 42, both twice, and taints 3 *
  // 100.
  BOOST_TEST(scores.worth_of_place(empty) == 2 * 100 + 300);
  BOOST_TEST(scores.worth_of_place(crowded) == 2 * 42 + 300);
}

BOOST_AUTO_TEST_CASE(taints_and_affinities_are_shares_of_the_most) {
  const std::vector<ZonePreference> preferences{{80, 0}, {20, 1}, {0, 2}};
  const PlacementRequest pod{.preferences = preferences, .states_spread = true};
  kubernetes::PodScores scores;
  scores.begin(pod, {.hosts = 3, .zones = 3, .regions = 1});

  for (std::uint32_t z = 0; z < 3; ++z) scores.add(scores.raw(ZoneId{z}, 0));

  // Spread is 100 for all when there is nothing to spread by; affinity 100, 25, 0; taints 100, 50,
  // 0.
  const std::vector<std::int64_t> expected{200 + 200 + 300, 200 + 50 + 150, 200};
  for (std::uint32_t z = 0; z < 3; ++z) {
    BOOST_TEST(scores.worth_of_place(scores.raw(ZoneId{z}, 0)) == expected[z]);
  }
}

BOOST_AUTO_TEST_CASE(instances_to_be_kept_apart_from_cost_from_the_worst_to_the_best) {
  const std::vector<SoftApart> apart{{Across::zone, 100}, {Across::host, 50}};
  const std::vector<std::uint32_t> by_zone{2, 1};
  const PlacementRequest pod{
      .same_app_by_zone = by_zone, .soft_apart = apart, .states_spread = true};
  kubernetes::PodScores scores;
  scores.begin(pod, {.hosts = 4, .zones = 2, .regions = 1});

  // -200 - 100, -200, -100 - 50, -100.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> nodes{{0, 2}, {0, 0}, {1, 1}, {1, 0}};
  for (const auto& [zone, on_host] : nodes) scores.add(scores.raw(ZoneId{zone}, on_host));

  // (x + 300) * 100 / 200: 0, 50, 75, 100, twice.
  const std::vector<std::int64_t> expected{0, 100, 150, 200};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto raw = scores.raw(ZoneId{nodes[i].first}, nodes[i].second);
    BOOST_TEST(scores.worth_of_place(raw) == 200 + 300 + expected[i]);
  }
}

BOOST_AUTO_TEST_CASE(regions_count_what_their_zones_hold) {
  const std::vector<std::uint32_t> by_zone{2, 1, 4}, regions{7, 7, 9};
  const PlacementRequest pod{.same_app_by_zone = by_zone, .regions = regions};

  BOOST_TEST(kubernetes::crowd_of(pod, Across::region, ZoneId{1}, 0) == 3);
  BOOST_TEST(kubernetes::crowd_of(pod, Across::region, ZoneId{2}, 0) == 4);
}

BOOST_AUTO_TEST_CASE(a_host_that_has_as_many_of_the_app_as_it_may_is_passed_over) {
  const std::vector<HostShare> shares{{0, 1}, {1, 2}};
  const std::vector<std::uint32_t> by_zone{3, 0};
  PlacementRequest pod{.memory = Bytes{kGiB},
                       .cpu = 100,
                       .same_app_by_zone = by_zone,
                       .same_app = shares,
                       .most_on_host = 2};
  // The third is nearly full and in the other zone, but nothing of the app is there.
  Nodes nodes({node(0, 0), node(0, 0), in_zone(node(3900, 7 * kGiB), 1)});
  BOOST_TEST((nodes.winners(pod) == Set{2}));
  pod.cpu = 200;  // no longer fits there
  BOOST_TEST((nodes.winners(pod) == Set{0}));
  pod.most_on_host = 1;
  BOOST_TEST(nodes.winners(pod).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
