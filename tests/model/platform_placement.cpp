/// \file platform_placement.cpp
/// Placement policies, one decision at a time and many in a row.
/// Why: Diego's published simulations say how even a placement must be.
#include <algorithm>
#include <map>

#include "leapday/policy.hpp"
#include "leapday/registry.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Cells of 100 MB, 100 of disk and 100 containers, zone = index modulo the number of zones.
class Cells {
 public:
  Cells(std::size_t cells, std::uint32_t zones, const std::string& policy, double starting_weight,
        double bin_pack_weight)
      : policy_(find(policy)),
        table_([this](const HostRow& row) { return policy_->rank(row, weights_); }),
        zones_(zones),
        weights_{starting_weight, bin_pack_weight} {
    for (std::uint32_t i = 0; i < cells; ++i) {
      HostRow row;
      row.host = HostId{i};
      row.zone = ZoneId{i % zones};
      row.memory_total = row.disk_total = Bytes{100};
      row.instances_limit = 100;
      table_.add(row);
    }
    apps_.resize(cells);
  }

  bool place(std::uint32_t app, std::int64_t memory = 1) {
    std::vector<std::uint32_t> by_zone(zones_, 0);
    std::vector<HostShare> shares;
    for (std::uint32_t i = 0; i < apps_.size(); ++i) {
      const std::uint32_t count = apps_[i][app];
      if (count > 0) shares.push_back({i, count});
      by_zone[i % zones_] += count;
    }
    const auto host = policy_->place(table_,
                                     {.app = AppId{app},
                                      .memory = Bytes{memory},
                                      .disk = Bytes{1},
                                      .weights = weights_,
                                      .same_app_by_zone = by_zone,
                                      .same_app = shares},
                                     random_);
    if (!host) return false;
    preload(host->index, app, memory);
    HostRow row = table_.row(host->index);
    ++row.starting;
    table_.change(host->index, row);
    return true;
  }
  void preload(std::uint32_t cell, std::uint32_t app, std::int64_t memory = 1) {
    HostRow row = table_.row(cell);
    row.memory_used.count += memory;
    row.disk_used.count += 1;
    ++row.instances;
    table_.change(cell, row);
    ++apps_[cell][app];
  }

  std::vector<std::uint32_t> counts() const {
    std::vector<std::uint32_t> result;
    for (const HostRow& row : table_.rows()) result.push_back(row.instances);
    return result;
  }
  std::uint32_t spread() const {
    const auto counts_now = counts();
    const auto [low, high] = std::minmax_element(counts_now.begin(), counts_now.end());
    return *high - *low;
  }

  std::span<const HostRow> rows() const { return table_.rows(); }

 private:
  static std::unique_ptr<PlacementPolicy> find(const std::string& policy) {
    Registry registry;
    register_policies(registry);
    return registry.placement.find(policy)->make();
  }

  std::unique_ptr<PlacementPolicy> policy_;
  HostTable table_;
  Random random_ = Random::keyed(7);
  std::uint32_t zones_;
  PlacementWeights weights_;
  std::vector<std::map<std::uint32_t, std::uint32_t>> apps_;
};

BOOST_AUTO_TEST_SUITE(platform_placement)

BOOST_AUTO_TEST_CASE(diego_spreads_unique_apps_to_within_one) {
  const std::vector<std::pair<std::size_t, std::uint32_t>> sizes{
      {4, 8}, {10, 40}, {20, 200}, {40, 800}};
  const std::vector<std::uint32_t> each{2, 4, 10, 20};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Cells cells(sizes[i].first, 2, "diego_auction", 0.25, 0);
    for (std::uint32_t app = 0; app < sizes[i].second; ++app) BOOST_TEST(cells.place(app));
    BOOST_TEST(cells.spread() <= 1U);
    for (const std::uint32_t count : cells.counts()) BOOST_TEST(count == each[i]);
  }
}

BOOST_AUTO_TEST_CASE(diego_fills_cells_in_order_when_told_to_pack) {
  const std::map<double, std::vector<std::uint32_t>> expected{
      {0.25, {5, 4, 4, 4, 3}}, {0.5, {6, 5, 4, 3, 2}}, {0.75, {7, 5, 4, 3, 1}}};
  for (const auto& [weight, per_zone] : expected) {
    Cells cells(10, 2, "diego_auction", 0.5, weight);
    for (std::uint32_t app = 0; app < 40; ++app) BOOST_TEST(cells.place(app));
    std::vector<std::uint32_t> zone0, zone1;
    for (const HostRow& row : cells.rows()) {
      (row.zone.index == 0 ? zone0 : zone1).push_back(row.instances);
    }
    BOOST_TEST_CONTEXT("weight " << weight) {
      BOOST_TEST(std::is_sorted(zone0.rbegin(), zone0.rend()));
      BOOST_TEST(std::is_sorted(zone1.rbegin(), zone1.rend()));
      for (std::size_t i = 0; i < 5; ++i) {
        BOOST_TEST(std::abs(static_cast<int>(zone0[i]) - static_cast<int>(per_zone[i])) <= 1);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(diego_evens_zones_before_cells) {
  // Three cells in two zones, the second full of other apps: 40 of one app go 20 and 20.
  Cells cells(3, 2, "diego_auction", 0.25, 0);
  for (std::uint32_t other = 0; other < 50; ++other) cells.preload(1, 100 + other);

  for (int i = 0; i < 40; ++i) BOOST_TEST(cells.place(1));

  const std::vector<std::uint32_t> expected{10, 70, 10};
  BOOST_TEST(cells.counts() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(diego_evens_out_after_what_was_there_before) {
  for (const auto& [count, preloaded, per_empty] :
       {std::tuple{10U, 80U, 8U}, std::tuple{30U, 200U, 7U}, std::tuple{100U, 400U, 4U}}) {
    Cells cells(count, 2, "diego_auction", 0.25, 0);
    for (std::uint32_t app = 0; app < preloaded; ++app) BOOST_TEST(cells.place(app));
    BOOST_TEST(cells.spread() <= 1U);
    const auto counts = cells.counts();
    BOOST_TEST(*std::max_element(counts.begin(), counts.end()) <= per_empty);
  }
}

BOOST_AUTO_TEST_CASE(diego_spreads_thousands_of_mixed_instances) {
  for (const auto& [size, k] : {std::pair{25U, 1U}, std::pair{100U, 4U}}) {
    Cells cells(size, 2, "diego_auction", 0.25, 0);
    std::uint32_t unique = 1000;
    for (const auto& [memory, number] :
         {std::pair{4, 50U}, std::pair{2, 200U}, std::pair{1, 1800U}}) {
      for (std::uint32_t i = 0; i < number * k; ++i) {
        cells.place(i % 2 == 0 ? unique++ : i / 2 % 4, memory);
      }
    }
    BOOST_TEST(cells.spread() <= 10U);
  }
}

BOOST_AUTO_TEST_CASE(a_cell_with_the_same_app_loses_to_any_other) {
  Cells cells(2, 1, "diego_auction", 0.25, 0);
  cells.preload(0, 1);
  for (std::uint32_t other = 0; other < 90; ++other) cells.preload(1, 100 + other);

  BOOST_TEST(cells.place(1));

  BOOST_TEST(cells.counts()[1] == 91U);
}

BOOST_AUTO_TEST_CASE(each_policy_has_its_own_idea_of_the_best_host) {
  const std::map<std::string, std::uint32_t> expected{
      {"first_fit", 1}, {"bin_pack", 2}, {"spread", 3}, {"least_allocated", 3}};
  for (const auto& [policy, host] : expected) {
    Cells cells(4, 1, policy, 0, 0);
    for (std::uint32_t other = 0; other < 100; ++other) cells.preload(0, 100 + other);
    for (std::uint32_t other = 0; other < 20; ++other) cells.preload(1, 100 + other);
    for (std::uint32_t other = 0; other < 60; ++other) cells.preload(2, 100 + other);
    const auto before = cells.counts();

    BOOST_TEST(cells.place(1));

    BOOST_TEST_CONTEXT(policy) { BOOST_TEST(cells.counts()[host] == before[host] + 1); }
  }
}

BOOST_AUTO_TEST_CASE(random_placement_uses_every_host_that_fits_and_no_other) {
  Cells cells(4, 1, "random", 0, 0);
  for (std::uint32_t other = 0; other < 100; ++other) cells.preload(0, 100 + other);

  for (std::uint32_t app = 0; app < 90; ++app) BOOST_TEST(cells.place(app));

  const auto counts = cells.counts();
  BOOST_TEST(counts[0] == 100U);
  for (std::size_t i = 1; i < 4; ++i) BOOST_TEST(counts[i] > 15U);
}

BOOST_AUTO_TEST_CASE(nothing_is_placed_where_nothing_fits) {
  for (const char* policy :
       {"diego_auction", "least_allocated", "spread", "first_fit", "bin_pack", "random"}) {
    Cells cells(2, 1, policy, 0.25, 0);
    for (std::uint32_t cell = 0; cell < 2; ++cell) cells.preload(cell, 1, 100);

    BOOST_TEST(!cells.place(2));
  }
}

BOOST_AUTO_TEST_CASE(a_run_spreads_an_app_over_zones_and_keeps_to_its_zones) {
  const Rehearsal lab(R"(
run: {duration: 10s}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 3}, b: {hosts: 3}, c: {hosts: 3}}}
apps: {shop: {service_time: 5ms, instances: 9}, batch: {service_time: 5ms, instances: 4, zones: [c]}}
)");

  const Plan planned = plan(lab.scenario, lab.registry, {});

  std::map<std::string, int> shops, zones;
  for (const auto& [instance, host] : planned.placements) {
    if (instance.starts_with("shop")) ++shops[host];
    if (instance.starts_with("batch")) ++zones[host.substr(0, 1)];
  }
  BOOST_TEST(shops.size() == 9U);
  BOOST_TEST(zones["c"] == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
