/// \file platform_drain.cpp
/// Drains that wait for replacements or for budgets, and lost hosts that are given up one by one.
/// Why: these are the outages that a platform causes by itself, while it means well.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Seconds from 60 s on at which something was first started for each of several lost hosts.
std::vector<double> starts(const Record& record) {
  std::vector<double> at;
  for (const RecordedEvent& event : events(record, "instance.started")) {
    at.push_back(seconds(event.at));
  }
  std::sort(at.begin(), at.end());
  return at;
}

BOOST_AUTO_TEST_SUITE(platform_drain)

BOOST_AUTO_TEST_CASE(a_budget_makes_a_drain_wait_until_the_replacement_is_ready) {
  const Rehearsal lab(R"(
run: {duration: 5min}
platform: {profile: kubernetes, set: {drain_before_stop: 5s}}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps:
  shop:
    instances: 4
    start_time: 20s
    service_time: {deterministic: 5ms}
    disruption_budget: {min_available: 3}
load: {users: {to: shop, rate: 50/s, timeout: 1s}}
faults: {maintenance: {at: 1min, kind: host.drain, target: a-0}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.evicted").size() == 2U);
  BOOST_TEST(events(record, "eviction.refused").size() == 1U);
  const auto evicted = events(record, "instance.evicted");
  BOOST_TEST(seconds(evicted[0].at) == 60);
  // 20 s to start, the next probe, and a retry every 5 s.
  BOOST_TEST(seconds(evicted[1].at) >= 80);
  BOOST_TEST(seconds(evicted[1].at) <= 95);
  BOOST_TEST(range(record, "ready", "shop", 0, 300).first == 3);
  BOOST_TEST(failures(record, "users", 0, 300) == 0U);
}

BOOST_AUTO_TEST_CASE(the_removal_of_an_endpoint_races_the_stop_signal) {
  // Proxies hear of it a second late; what has stopped listening by then refuses. A preStop hook
  // that sleeps through that second is the usual cure.
  for (const char* pre_stop : {"0s", "2s"}) {
    const Rehearsal lab(std::string(R"(
run: {duration: 2min}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {instances: 4, start_time: 20s, service_time: {deterministic: 5ms}}}
load: {users: {to: shop, rate: 100/s, timeout: 1s}}
faults: {maintenance: {at: 1min, kind: host.drain, target: a-0}}
platform: {profile: kubernetes, set: {drain_before_stop: )") +
                        pre_stop + "}}\n");

    const Record record = lab.run();

    const std::uint64_t refused = failures(record, "users", FailureReason::refused, 0, 120);
    if (pre_stop[0] == '0') {
      BOOST_TEST(refused > 30U);  // half of a second's requests,
      BOOST_TEST(refused < 70U);
      BOOST_TEST(failures(record, "users", 62, 120) == 0U);  // and none after it
    } else {
      BOOST_TEST(refused == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_budget_a_drain_takes_everything_at_once) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: kubernetes}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {instances: 4, start_time: 20s, service_time: 5ms}}
faults: {maintenance: {at: 1min, kind: host.drain, target: a-0}}
)");

  const Record record = lab.run();

  BOOST_TEST(range(record, "ready", "shop", 60, 75).first == 2);
}

BOOST_AUTO_TEST_CASE(shares_of_a_budget_round_up) {
  // Half of three is two: one may go at a time, however the share is put.
  for (const char* budget : {"min_available_share: 50%", "max_unavailable_share: 20%"}) {
    const Rehearsal lab(std::string(R"(
run: {duration: 4min}
platform: {profile: kubernetes}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps:
  shop:
    instances: 3
    start_time: 20s
    service_time: 5ms
    zones: [a, b]
    disruption_budget: {)") +
                        budget + R"(}
faults:
  first: {at: 1min, kind: host.drain, target: a-0, for: 1min}
)");
    const Record record = lab.run();
    BOOST_TEST(range(record, "ready", "shop", 0, 240).first == 2, budget);
  }
}

BOOST_AUTO_TEST_CASE(a_budget_that_allows_nothing_blocks_a_drain_for_ever) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {instances: 2, start_time: 5s, service_time: 5ms, disruption_budget: {max_unavailable: 0}}}
faults: {maintenance: {at: 1min, kind: host.drain, target: a-0}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.evicted").empty());
  BOOST_TEST(events(record, "eviction.refused").size() == 1U);
  BOOST_TEST(events(record, "eviction.refused")[0].detail == "2 ready, 2 must stay");
}

BOOST_AUTO_TEST_CASE(kubernetes_gives_up_one_lost_node_of_a_zone_every_ten_seconds) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 10}}}
apps: {shop: {instances: 10, start_time: 1s, service_time: 5ms}}
faults: {dies: {at: 1min, kind: host.crash, target: 3 of hosts}}
)");

  const std::vector<double> at = starts(lab.run());

  BOOST_REQUIRE(at.size() == 3U);
  BOOST_TEST(at[1] - at[0] >= 9.9);
  BOOST_TEST(at[2] - at[1] >= 9.9);
  BOOST_TEST(at[2] - at[0] <= 31);
}

BOOST_AUTO_TEST_CASE(half_a_small_zone_gone_dark_is_not_replaced_at_all) {
  // It looks like a network fault: 6 of 10 is more than 55 %, and the zone has not more than 50.
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 10}}}
apps: {shop: {instances: 10, start_time: 1s, service_time: 5ms}}
faults: {dies: {at: 1min, kind: host.crash, target: 6 of hosts}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.lost").size() == 6U);
  // The first ones to be noticed were given up before the rest was known to be lost.
  BOOST_TEST(events(record, "instance.started").size() < 6U);
  BOOST_TEST(value(record, "ready", "shop", 1199) < 10);
}

BOOST_AUTO_TEST_CASE(a_whole_zone_lost_beside_a_healthy_one_is_replaced_at_the_usual_rate) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: kubernetes}
topology: {zones: {a: {hosts: 4}, b: {hosts: 4}}}
apps: {shop: {instances: 8, start_time: 1s, service_time: 5ms}}
faults: {dark: {at: 1min, kind: zone.outage, target: a}}
)");

  const Record record = lab.run();

  BOOST_TEST(starts(record).size() == 4U);
  BOOST_TEST(value(record, "ready", "shop", 599) == 8);
}

BOOST_AUTO_TEST_CASE(gorouter_drops_a_tls_endpoint_at_the_first_failed_dial_and_takes_it_back) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: cf-diego, set: {route_tls: true, healing: false}}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {instances: 2, start_time: 1s, service_time: {deterministic: 5ms}}}
load: {users: {to: shop, rate: 20/s, timeout: 30s}}
faults: {cut: {at: 1min, kind: link.partition, target: routers <-> b, for: 30s}}
)");

  const Record record = lab.run();

  // Each try into the void costs the dial's 5 s and succeeds on the second endpoint.
  BOOST_TEST(failures(record, "users", 0, 180) == 0U);
  const Latencies meanwhile = latencies(record, 60, 62);
  BOOST_TEST(meanwhile.slowest >= 5);
  BOOST_TEST(meanwhile.slowest < 5.1);
  const auto dropped = events(record, "route.dropped");
  BOOST_REQUIRE(!dropped.empty());
  BOOST_TEST(seconds(dropped[0].at) >= 65);
  BOOST_TEST(seconds(dropped[0].at) < 65.2);
  // It registers again within 20 s, fails again, and stays once the link has healed.
  BOOST_TEST(dropped.size() <= 4U);
  BOOST_TEST(latencies(record, 120, 180).slowest < .1);
  const Series* back = record.find_series("shop/1");
  BOOST_REQUIRE(back != nullptr);
  BOOST_TEST(back->by_send[170].sent > 0U);
}

BOOST_AUTO_TEST_CASE(routes_over_tls_never_go_stale) {
  for (const bool tls : {false, true}) {
    const Rehearsal lab(std::string(R"(
run: {duration: 6min}
platform: {profile: cf-diego, set: {healing: false, route_tls: )") +
                        (tls ? "true" : "false") + R"(}}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {instances: 2, start_time: 1s, service_time: 5ms}}
faults: {dies: {at: 1min, kind: host.crash, target: b-0}}
)");
    BOOST_TEST(events(lab.run(), "route.pruned").size() == (tls ? 0U : 1U));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
