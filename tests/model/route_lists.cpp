/// \file route_lists.cpp
/// Lists of routes that routers share, held against a table of its own for each router.
/// Why: sharing must be seen in nothing but memory, however far behind a router is.
#include <algorithm>
#include <utility>
#include <vector>

#include "sim/model/route_view.hpp"

namespace leapday::model {
namespace {

/// What one router would have without sharing: instances with the epochs that it has met.
struct OwnTable {
  std::vector<std::uint32_t> instances;
  RoutePosition shared;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> met;  ///< Epoch, instance.

  void apply(RouteLists& lists, std::uint32_t instance) {
    const auto found = std::find(instances.begin(), instances.end(), instance);
    if (found == instances.end()) {
      instances.push_back(instance);
      lists.add(shared, {.instance = {instance}, .name_hash = instance});
      const std::uint32_t epoch = shared.list->epoch(shared.size - 1);
      for (const auto& [other, whose] : met) BOOST_REQUIRE(other != epoch);
      met.emplace_back(epoch, instance);
    } else {
      lists.remove(shared, shared.find({instance}));
      instances.erase(found);
    }
  }
  void check() const {
    BOOST_REQUIRE(shared.size == instances.size());
    const auto entries = shared.entries();
    for (std::uint32_t row = 0; row < instances.size(); ++row) {
      BOOST_REQUIRE(entries[row].instance.index == instances[row]);
      BOOST_REQUIRE(shared.find({instances[row]}) == row);
      BOOST_REQUIRE(shared.list->find_epoch(shared.list->epoch(row), shared.size) == row);
    }
    for (std::uint32_t instance = 0; instance < 12; ++instance) {
      const bool known = std::find(instances.begin(), instances.end(), instance) != instances.end();
      BOOST_REQUIRE((shared.find({instance}) != kNone) == known);
    }
    for (const auto& [epoch, instance] : met) {  // a row is never taken for an earlier one
      if (shared.list == nullptr) break;
      const std::uint32_t row = shared.list->find_epoch(epoch, shared.size);
      if (row != kNone) BOOST_REQUIRE(instances[row] == instance);
    }
  }
};

BOOST_AUTO_TEST_SUITE(route_lists)

BOOST_AUTO_TEST_CASE(a_router_that_was_deaf_does_not_follow_others_into_what_it_never_heard) {
  // Two routers hear of 1 and that 0 has gone; the third hears only of 2, later, then that 0 went.
  RouteLists lists;
  OwnTable first, second, deaf;
  for (OwnTable* router : {&first, &deaf, &second}) router->apply(lists, 0);
  for (OwnTable* router : {&first, &second}) router->apply(lists, 1);
  for (OwnTable* router : {&first, &second}) router->apply(lists, 0);

  deaf.apply(lists, 2);
  deaf.apply(lists, 0);

  for (const OwnTable* router : {&first, &second, &deaf}) router->check();
  BOOST_TEST(deaf.shared.find({2}) != kNone);
  BOOST_TEST(deaf.shared.find({1}) == kNone);
}

BOOST_AUTO_TEST_CASE(routers_at_any_distance_behind_see_their_own_table) {
  Random random = Random::keyed(23);
  for (int round = 0; round < 60; ++round) {
    RouteLists lists;
    std::vector<OwnTable> routers(1 + random.below(7));
    std::vector<std::size_t> done(routers.size(), 0);
    std::vector<std::uint32_t> updates;
    for (int i = 0; i < 200; ++i) updates.push_back(static_cast<std::uint32_t>(random.below(12)));
    for (std::size_t left = updates.size() * routers.size(); left > 0;) {
      const std::size_t r = random.below(routers.size());
      if (done[r] == updates.size()) continue;
      --left;
      if (random.below(20) == 0) {  // it reboots
        lists.clear(routers[r].shared);
        routers[r].instances.clear();
      }
      routers[r].apply(lists, updates[done[r]++]);
      routers[r].check();
    }
    BOOST_TEST(lists.size() <= routers.size());
  }
}

BOOST_AUTO_TEST_CASE(routers_that_keep_up_share_one_list) {
  Random random = Random::keyed(24);
  RouteLists lists;
  std::vector<OwnTable> routers(50);
  for (int i = 0; i < 500; ++i) {
    const auto instance = static_cast<std::uint32_t>(random.below(12));
    for (OwnTable& router : routers) router.apply(lists, instance);
    BOOST_TEST(lists.size() <= 1U);
  }
  for (const OwnTable& router : routers) router.check();
}

BOOST_AUTO_TEST_CASE(a_router_that_hears_nothing_holds_what_the_others_have_left) {
  RouteLists lists;
  std::vector<OwnTable> routers(5);
  for (std::uint32_t instance = 0; instance < 6; ++instance) {
    for (OwnTable& router : routers) router.apply(lists, instance);
  }
  for (std::size_t r = 1; r < routers.size(); ++r) routers[r].apply(lists, 2);
  BOOST_TEST(lists.size() == 2U);

  routers[0].apply(lists, 2);

  BOOST_TEST(lists.size() == 1U);
  for (const OwnTable& router : routers) router.check();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
