/// \file traffic_routing.cpp
/// Routing policies and what routers do about instances that fail.
/// Why: who gets a request, and how often a dead instance gets one, is most of what an outage
/// costs.
#include <algorithm>
#include <numeric>
#include <set>

#include "sim/model/ejection.hpp"
#include "tests/model/traffic_lab.hpp"

BOOST_AUTO_TEST_SUITE(traffic_routing)

using namespace leapday;
using namespace leapday::model;

namespace {

std::unique_ptr<RouterPolicy> policy(const std::string& name, std::int64_t choices = 2) {
  const Registry registry = TrafficLab::policies();
  return registry.routing.find(name)->make({.choices = choices});
}

/// A table on its own.
struct Rows {
  std::vector<RouteRow> rows;
  std::uint64_t version = 1;

  explicit Rows(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      rows.push_back({.instance = {i}, .name_hash = hash_name("shop/" + std::to_string(i))});
    }
  }
  /// Valid until the next call.
  RouteTable table() const {
    const auto usable =
        std::count_if(rows.begin(), rows.end(), [](const RouteRow& r) { return r.usable; });
    entries.clear();
    for (const RouteRow& row : rows) entries.push_back({row.instance, row.weight, row.name_hash});
    loads = own_part();
    return {entries, loads.data(), static_cast<std::uint32_t>(usable), version};
  }
  std::vector<RouteLoad> own_part() const {
    std::vector<RouteLoad> result(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::uint32_t n = 0; n < rows[i].open; ++n) result[i].opened();
      result[i].set_usable(rows[i].usable);
    }
    return result;
  }

  mutable std::vector<RouteEntry> entries;
  mutable std::vector<RouteLoad> loads;
};

std::vector<std::uint64_t> shares(RouterPolicy& chooser, const Rows& rows, int picks) {
  Random random = Random::keyed(3);
  std::vector<std::uint64_t> count(rows.rows.size());
  for (int i = 0; i < picks; ++i) {
    const auto row = chooser.pick(rows.table(), {.key = random.next()}, random);
    BOOST_REQUIRE(row.has_value());
    BOOST_REQUIRE(rows.rows[*row].usable);
    ++count[*row];
  }
  return count;
}

RouterTime at(Duration d) {
  return {kSimStart + d, std::chrono::floor<std::chrono::seconds>(d).count()};
}

std::vector<TraceRow> every(Duration gap, int count) {
  std::vector<TraceRow> rows;
  for (int i = 0; i < count; ++i) rows.push_back({.at = i * gap});
  return rows;
}

Scenario replay(std::int64_t instances, std::vector<TraceRow> rows, Duration service) {
  Scenario scenario;
  scenario.run.duration = rows.empty() ? Duration{10s} : rows.back().at + 30s;
  scenario.topology.zones["z"].hosts = instances;
  scenario.apps["shop"].instances = instances;
  scenario.apps["shop"].service_time = Distribution::deterministic(service);
  scenario.loads["users"].to = "shop";
  scenario.loads["users"].trace.emplace().rows = std::move(rows);
  scenario.platform.algorithms.routing = "round_robin";
  return scenario;
}

std::uint64_t tries_at(const Record& record, int instance) {
  return record.find_series("shop/" + std::to_string(instance))->total.injected;
}

}  // namespace

// ---- policies --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_policy_picks_what_is_not_usable) {
  for (const char* name :
       {"round_robin", "random", "least_outstanding", "least_connections",
        "gorouter_least_connection", "power_of_d", "weighted", "consistent_hash"}) {
    auto chooser = policy(name);
    Random random;
    Rows none(4);
    for (RouteRow& row : none.rows) row.usable = false;
    BOOST_TEST(!chooser->pick(none.table(), {}, random).has_value(), name);
    BOOST_TEST(!chooser->pick(Rows(0).table(), {}, random).has_value(), name);
    Rows one(50);
    for (RouteRow& row : one.rows) row.usable = row.instance.index == 17;
    for (int i = 0; i < 20; ++i) {
      BOOST_TEST(chooser->pick(one.table(), {.key = random.next()}, random).value() == 17U, name);
    }
  }
}

BOOST_AUTO_TEST_CASE(skipping_is_without_bias) {
  for (const char* name : {"round_robin", "random", "power_of_d", "weighted", "least_connections",
                           "gorouter_least_connection"}) {
    Rows rows(10);
    rows.rows[3].usable = rows.rows[4].usable = false;
    const auto count = shares(*policy(name), rows, 80'000);
    for (std::size_t i = 0; i < count.size(); ++i) {
      const double expected = i == 3 || i == 4 ? 0 : 10'000;
      BOOST_TEST(std::abs(static_cast<double>(count[i]) - expected) <= 450, name << " row " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE(round_robin_goes_around) {
  auto chooser = policy("round_robin");
  const auto count = shares(*chooser, Rows(7), 70);
  for (const std::uint64_t n : count) BOOST_TEST(n == 10U);
}

BOOST_AUTO_TEST_CASE(least_outstanding_takes_the_first_of_the_least_busy) {
  auto chooser = policy("least_outstanding");
  Random random;
  Rows rows(6);
  const std::uint32_t open[] = {3, 1, 2, 1, 0, 0};
  for (std::size_t i = 0; i < 6; ++i) rows.rows[i].open = open[i];
  BOOST_TEST(chooser->pick(rows.table(), {}, random).value() == 4U);
  rows.rows[4].usable = rows.rows[5].usable = false;
  BOOST_TEST(chooser->pick(rows.table(), {}, random).value() == 1U);
}

BOOST_AUTO_TEST_CASE(the_maintained_least_equals_a_scan) {
  Random random = Random::keyed(11);
  for (const std::uint32_t size : {1U, 2U, 5U, 8U, 33U}) {
    Rows rows(size);
    LeastOpen least;
    for (int step = 0; step < 2000; ++step) {
      const auto row = static_cast<std::uint32_t>(random.below(size));
      if (random.below(4) == 0) {
        rows.rows[row].usable = !rows.rows[row].usable;
      } else {
        rows.rows[row].open = static_cast<std::uint32_t>(random.below(6));
      }
      const std::vector<RouteLoad> loads = rows.own_part();
      least.changed(loads, row);
      LeastOpen fresh;
      BOOST_REQUIRE((least.find(loads) == fresh.find(loads)));
    }
  }
}

BOOST_AUTO_TEST_CASE(gorouters_least_connection_draws_among_equals_and_takes_strictly_fewer) {
  Rows rows(4);
  rows.rows[1].open = 2;
  const auto count = shares(*policy("gorouter_least_connection"), rows, 30'000);
  BOOST_TEST(count[1] == 0U);
  for (const std::size_t row : {0U, 2U, 3U}) {
    BOOST_TEST(std::abs(static_cast<double>(count[row]) - 10'000) < 450, row);
  }
  rows.rows[3].open = 1;
  rows.rows[0].open = rows.rows[2].open = 3;
  BOOST_TEST(shares(*policy("gorouter_least_connection"), rows, 10)[3] == 10U);
  // Weights are nginx's; gorouter has none.
  rows.rows[0].weight = 1000;
  BOOST_TEST(shares(*policy("gorouter_least_connection"), rows, 10)[3] == 10U);
}

BOOST_AUTO_TEST_CASE(least_connections_takes_turns_among_equals) {
  // nginx: many equals take turns; a single least busy one is simply taken.
  auto chooser = policy("least_connections");
  for (const std::uint64_t n : shares(*chooser, Rows(3), 30)) BOOST_TEST(n == 10U);
  Rows rows(3);
  rows.rows[0].open = 1;
  const auto count = shares(*policy("least_connections"), rows, 30);
  BOOST_TEST(count[0] == 0U);
  BOOST_TEST(count[1] == 15U);
  Rows heavy(2);
  heavy.rows[0].weight = 3;
  heavy.rows[0].open = 2;
  heavy.rows[1].open = 1;
  BOOST_TEST(shares(*policy("least_connections"), heavy, 10)[0] == 10U);  // 2/3 < 1/1
}

BOOST_AUTO_TEST_CASE(weights_are_followed_smoothly) {
  Rows rows(3);
  rows.rows[0].weight = 5;
  auto chooser = policy("weighted");
  Random random;
  std::string order;
  for (int i = 0; i < 7; ++i)
    order += static_cast<char>('a' + *chooser->pick(rows.table(), {}, random));
  BOOST_TEST(order == "aabacaa");  // nginx's own example
}

BOOST_AUTO_TEST_CASE(consistent_hashing_moves_only_the_share_of_the_one_that_went) {
  Rows before(10);
  auto chooser = policy("consistent_hash");
  Random random = Random::keyed(5);
  std::vector<std::uint64_t> keys(20'000);
  for (std::uint64_t& key : keys) key = random.next();
  std::vector<std::uint32_t> placed;
  std::vector<int> share(10);
  for (const std::uint64_t key : keys) {
    placed.push_back(
        before.rows[*chooser->pick(before.table(), {.key = key}, random)].instance.index);
    ++share[placed.back()];
  }
  for (const int n : share) BOOST_TEST(std::abs(n - 2000) < 500);
  Rows after = before;
  after.rows.erase(after.rows.begin() + 4);
  after.version = 2;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto now =
        after.rows[*chooser->pick(after.table(), {.key = keys[i]}, random)].instance.index;
    if (placed[i] != 4) BOOST_TEST(now == placed[i]);
  }
  Rows unusable = before;  // the same for one that is only out for a while
  unusable.rows[4].usable = false;
  unusable.version = 3;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto now = *chooser->pick(unusable.table(), {.key = keys[i]}, random);
    if (placed[i] != 4) BOOST_TEST(now == placed[i]);
  }
}

// ---- nginx's failure accounting --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nginx_counts_whole_seconds_and_compares_strictly) {
  const EjectionRules rules({.kind = EjectionKind::nginx, .max_fails = 1, .fail_timeout = 10s});
  RowHealth row;

  rules.chosen(row, at(5900ms), 3);
  rules.failed(row, at(5990ms), 3, 0);
  BOOST_TEST(row.ejected);
  rules.review(row, at(15999ms));  // second 15, and 15 - 5 is not more than 10
  BOOST_TEST(row.ejected);
  rules.review(row, at(16s));
  BOOST_TEST(!row.ejected);
  rules.chosen(row, at(16s), 3);  // the probe takes the turn of the whole period
  BOOST_TEST(row.ejected);
  rules.failed(row, at(16100ms), 3, 0);
  rules.review(row, at(26900ms));
  BOOST_TEST(row.ejected);
  rules.review(row, at(27s));
  rules.chosen(row, at(27s), 3);
  rules.succeeded(row, 3);  // after a quiet period: forgiven
  BOOST_TEST(!row.ejected);
  BOOST_TEST(row.fails == 0);
}

BOOST_AUTO_TEST_CASE(nginx_forgives_only_after_a_quiet_period) {
  const EjectionRules rules({.kind = EjectionKind::nginx, .max_fails = 3, .fail_timeout = 10s});
  RowHealth row;
  rules.chosen(row, at(1s), 3);
  rules.failed(row, at(1s), 3, 0);
  rules.failed(row, at(2s), 3, 0);
  rules.succeeded(row, 3);
  BOOST_TEST(row.fails == 2);  // a success in between does not help
  rules.chosen(row, at(13s), 3);
  rules.succeeded(row, 3);
  BOOST_TEST(row.fails == 0);
}

BOOST_AUTO_TEST_CASE(a_single_peer_is_never_ejected_by_nginx) {
  const EjectionRules rules({.kind = EjectionKind::nginx});
  RowHealth row;
  rules.failed(row, at(0s), 1, 0);
  BOOST_TEST(!row.ejected);
}

BOOST_AUTO_TEST_CASE(consecutive_failures_eject_for_longer_each_time) {
  const EjectionRules rules({.kind = EjectionKind::consecutive,
                             .max_fails = 2,
                             .fail_timeout = 30s,
                             .max_ejected = Ratio{1, 10}});
  RowHealth row;
  rules.failed(row, at(0s), 20, 0);
  rules.succeeded(row, 20);
  rules.failed(row, at(0s), 20, 0);
  BOOST_TEST(!row.ejected);  // not in a row
  rules.failed(row, at(0s), 20, 2);
  BOOST_TEST(!row.ejected);  // two of twenty are out already
  rules.failed(row, at(0s), 20, 1);
  BOOST_TEST(row.ejected);
  BOOST_TEST((row.ejected_until == kSimStart + 30s));
  rules.review(row, at(30s));
  rules.failed(row, at(31s), 20, 0);
  rules.failed(row, at(31s), 20, 0);
  BOOST_TEST((row.ejected_until == kSimStart + 91s));
  rules.review(row, at(91s));
  rules.failed(row, at(400s), 20, 0);  // ten quiet base times forgive everything
  rules.failed(row, at(400s), 20, 0);
  BOOST_TEST((row.ejected_until == kSimStart + 430s));
}

// ---- routers ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refused_connection_is_tried_elsewhere) {
  Scenario scenario = replay(2, every(1s, 40), 10ms);
  scenario.apps["shop"].routing.attempts = 3;
  TrafficLab lab(scenario);
  lab.traffic.instance_gone({0}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(record.requests.answered == 40U);
  BOOST_TEST(tries_at(record, 1) == 40U);
  // No ejection, no cool-down, and every retry takes a turn: all but perhaps the first ask it.
  BOOST_TEST(tries_at(record, 0) >= 39U);
}

BOOST_AUTO_TEST_CASE(gorouter_passes_over_an_instance_that_failed_to_connect) {
  Scenario scenario = replay(2, every(1s, 91), 10ms);
  scenario.platform.constants.router_failed_cooldown = 30s;
  scenario.platform.constants.router_attempts = 3;
  TrafficLab lab(scenario);
  lab.traffic.instance_gone({0}, Departure::crash);
  const Record record = lab.finish();
  BOOST_TEST(record.requests.answered == 91U);
  BOOST_TEST(tries_at(record, 0) >= 3U);  // once in 30 s, give or take the first turn
  BOOST_TEST(tries_at(record, 0) <= 4U);
}

BOOST_AUTO_TEST_CASE(when_all_have_failed_gorouter_forgets_the_marks) {
  Scenario scenario = replay(2, every(1s, 10), 10ms);
  scenario.platform.constants.router_failed_cooldown = 30s;
  scenario.platform.constants.router_attempts = 3;
  TrafficLab lab(scenario);
  lab.traffic.instance_gone({0}, Departure::crash);
  lab.traffic.instance_gone({1}, Departure::crash);
  lab.run_until(4500ms);
  lab.traffic.instance_listening({1});
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::refused) == 5U);
  BOOST_TEST(record.requests.answered == 5U);
}

BOOST_AUTO_TEST_CASE(a_reset_is_retried_only_for_idempotent_requests) {
  for (const bool idempotent : {true, false}) {
    Scenario scenario = replay(2, every(10ms, 100), 100ms);
    scenario.apps["shop"].routing.attempts = 2;
    scenario.apps["shop"].routing.ejection = Ejection{.kind = EjectionKind::nginx};
    scenario.loads["users"].policy.idempotent = idempotent;
    TrafficLab lab(scenario);
    lab.run_until(505ms);
    const std::uint32_t open = lab.traffic.open_requests({0});
    BOOST_REQUIRE(open > 3U);
    lab.traffic.instance_gone({0}, Departure::crash);
    const Record record = lab.finish();
    BOOST_TEST(failures(record, FailureReason::reset) == (idempotent ? 0U : open));
    BOOST_TEST(record.requests.answered == (idempotent ? 100U : 100U - open));
  }
}

BOOST_AUTO_TEST_CASE(all_ejected_means_an_answer_at_once) {
  Scenario scenario = replay(2, every(1s, 30), 10ms);
  scenario.apps["shop"].routing.attempts = 2;
  scenario.apps["shop"].routing.ejection = Ejection{.kind = EjectionKind::nginx};
  TrafficLab lab(scenario);
  lab.traffic.instance_gone({0}, Departure::crash);
  lab.traffic.instance_gone({1}, Departure::crash);
  lab.run_until(3500ms);
  lab.traffic.instance_listening({0});  // does not help before fail_timeout is over
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::refused) == 1U);
  BOOST_TEST(failures(record, FailureReason::no_live_instance) == 10U);  // from 1 s to 10 s
  BOOST_TEST(record.requests.answered == 19U);
}

BOOST_AUTO_TEST_CASE(no_route_is_unroutable) {
  Scenario scenario = replay(1, every(1s, 4), 10ms);
  TrafficLab lab(scenario);
  lab.run_until(1500ms);
  BOOST_TEST(lab.traffic.routed({0}, {0}));
  lab.traffic.route_remove({0}, {0});
  BOOST_TEST(!lab.traffic.routed({0}, {0}));
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::unroutable) == 2U);
}

BOOST_AUTO_TEST_CASE(connection_limits_turn_away_or_queue) {
  Scenario scenario = replay(1, every(10ms, 10), 1s);
  scenario.apps["shop"].routing.max_connections = 3;
  BOOST_TEST(failures(run(scenario), FailureReason::overloaded) == 7U);
  scenario.apps["shop"].routing.queue_limit = 4;
  const Record queued = run(scenario);
  BOOST_TEST(failures(queued, FailureReason::overloaded) == 3U);
  BOOST_TEST(queued.requests.answered == 7U);
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_at_the_router_may_time_out_there) {
  Scenario scenario = replay(1, every(10ms, 3), 1s);
  scenario.apps["shop"].routing.max_connections = 1;
  scenario.apps["shop"].routing.queue_limit = 10;
  scenario.loads["users"].policy.timeout = 1500ms;
  const Record record = run(scenario);
  BOOST_TEST(record.requests.answered == 1U);
  BOOST_TEST(failures(record, FailureReason::timeout) == 2U);
}

BOOST_AUTO_TEST_CASE(routers_share_the_load_and_a_dead_one_is_passed_over) {
  Scenario scenario = replay(1, every(100ms, 200), 1ms);
  scenario.routers.count = 2;
  scenario.apps["shop"].routing.connect_timeout = 1s;
  TrafficLab lab(scenario);
  lab.run_until(5050ms);
  lab.set_router_machine({0}, false);
  lab.run_until(15050ms);
  lab.set_router_machine({0}, true);
  const Record record = lab.finish();
  // Ten tries a second, every second one to the dead router, until the first has waited a second.
  BOOST_TEST(failures(record, FailureReason::connect_timeout) >= 5U);
  BOOST_TEST(failures(record, FailureReason::connect_timeout) <= 6U);
}

BOOST_AUTO_TEST_CASE(a_router_that_does_not_listen_on_a_live_machine_refuses_at_once) {
  Scenario scenario = replay(1, every(100ms, 200), 1ms);
  scenario.routers.count = 2;
  scenario.apps["shop"].routing.connect_timeout = 1s;
  TrafficLab lab(scenario);
  lab.run_until(5050ms);
  lab.set_router({0}, false);
  const Record record = lab.finish();
  // One attempt finds out, and it takes no time.
  BOOST_TEST(failures(record, FailureReason::refused) == 1U);
  BOOST_TEST(failures(record, FailureReason::connect_timeout) == 0U);
}

BOOST_AUTO_TEST_CASE(a_releases_weight_is_that_of_its_instances) {
  for (const std::string policy : {"weighted", "least_connections"}) {
    Scenario scenario = replay(2, every(100ms, 400), 1ms);
    App& app = scenario.apps["shop"];
    app.routing.policy = policy;
    app.releases["v1"].weight = 3;
    app.releases["v2"] = {};
    TrafficLab lab(scenario);
    lab.world.instance({1}).release = {1};
    lab.traffic.route_remove({0}, {1});
    lab.traffic.route_add({0}, {1});
    lab.finish();
    BOOST_TEST(lab.traffic.attempts_touching(InstanceId{0}) == 300U, policy);
    BOOST_TEST(lab.traffic.attempts_touching(InstanceId{1}) == 100U, policy);
  }
}

BOOST_AUTO_TEST_CASE(new_connections_cost_a_round_trip_and_kept_ones_do_not) {
  Scenario scenario = replay(1, every(1s, 10), 10ms);
  scenario.topology.network.same_zone = 5ms;
  scenario.topology.network.clients = 1ms;
  const Record fresh = run(scenario);
  BOOST_TEST(std::abs(mean_latency(fresh) - 0.032) < 1e-9);  // 2 + 10 + 10 + 10
  scenario.apps["shop"].routing.keep_alive = 2;
  const Record kept = run(scenario);
  BOOST_TEST(std::abs(mean_latency(kept) - (0.022 + 0.001)) < 1e-9);  // only the first connects
}

BOOST_AUTO_TEST_CASE(connections_stick_until_they_break) {
  Scenario scenario = replay(4, every(10ms, 400), 1ms);
  scenario.loads["users"].connections = 1;
  scenario.apps["shop"].routing.per_connection = true;
  scenario.apps["shop"].routing.attempts = 2;
  TrafficLab lab(scenario);
  lab.run_until(2005ms);
  std::vector<std::uint64_t> touched;
  for (std::uint32_t i = 0; i < 4; ++i)
    touched.push_back(lab.traffic.attempts_touching(InstanceId{i}));
  BOOST_TEST(*std::max_element(touched.begin(), touched.end()) == 201U);  // all at one
  const auto stuck = static_cast<std::uint32_t>(std::max_element(touched.begin(), touched.end()) -
                                                touched.begin());
  lab.traffic.instance_gone({stuck}, Departure::crash);
  lab.finish();
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    if (i != stuck) most = std::max(most, lab.traffic.attempts_touching(InstanceId{i}));
  }
  BOOST_TEST(most == 199U);
}

BOOST_AUTO_TEST_CASE(a_partition_is_silence_and_loss_is_delay) {
  Scenario scenario = replay(1, every(100ms, 2000), 1ms);
  scenario.apps["shop"].routing.connect_timeout = 500ms;
  TrafficLab lab(scenario);
  lab.run_until(50050ms);
  const std::uint32_t cut =
      lab.network.push({Place::Kind::routers, 0}, {Place::Kind::zone, 0}, {.down = true});
  BOOST_TEST(!lab.network.reachable({.kind = NetworkEnd::Kind::router, .index = 0}, {.index = 0}));
  lab.run_until(60050ms);
  lab.network.pop(cut);
  BOOST_TEST(lab.network.trivial());
  lab.run_until(100050ms);
  lab.network.push({Place::Kind::routers, 0}, {Place::Kind::zone, 0}, {.loss = Ratio{1, 10}});
  const Record record = lab.finish();
  BOOST_TEST(failures(record, FailureReason::connect_timeout) == 100U);
  std::uint64_t slow = 0;
  const Series& users = *record.find_series("users");
  slow = users.latency_total.count() - users.latency_total.count_at_most(100ms);
  check_near("hit by a resend", static_cast<double>(slow), 1000 * (1 - 0.9 * 0.9), 0.2);
}

BOOST_AUTO_TEST_SUITE_END()
