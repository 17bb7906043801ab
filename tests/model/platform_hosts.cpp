/// \file platform_hosts.cpp
/// Hosts that die, fall silent and come back, and routers that hear too late.
/// Why: the time from a death to its replacement is the platform's promise.
#include <algorithm>
#include <set>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

const char* kTwoHosts = R"(
topology: {zones: {z: {hosts: 2, boot_time: 60s}}}
apps: {shop: {instances: 2, start_time: 10s, service_time: {deterministic: 5ms}}}
load: {users: {to: shop, rate: 50/s, timeout: 1s}}
)";

BOOST_AUTO_TEST_SUITE(platform_hosts)

BOOST_AUTO_TEST_CASE(diego_starts_a_replacement_15_to_20_s_after_a_cell_died) {
  const Rehearsal lab(std::string(R"(
run: {duration: 3min}
platform: {profile: cf-diego}
faults: {dies: {at: 40s, kind: host.crash, target: z-1}}
)") + kTwoHosts);
  std::set<double> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Record record = lab.run(seed);

    const auto started = events(record, "instance.started");
    BOOST_REQUIRE(started.size() == 1U);
    const double after = seconds(started[0].at) - 40;
    BOOST_TEST(after >= 15);
    BOOST_TEST(after <= 20);
    seen.insert(after);
    const std::vector<std::string> why{"fault.begin", "host.crashed", "host.lost",
                                       "instance.started"};
    BOOST_TEST(chain(record, started[0]) == why, boost::test_tools::per_element());
  }
  BOOST_TEST(seen.size() > 10U);  // The phase of the heartbeats is the seed's.
}

BOOST_AUTO_TEST_CASE(kubernetes_drops_endpoints_within_45_s_and_replaces_after_340_s) {
  const Rehearsal lab(std::string(R"(
run: {duration: 8min}
platform: {profile: kubernetes, set: {router_connect_timeout: 500ms}}
faults: {dies: {at: 40s, kind: host.crash, target: z-1}}
)") + kTwoHosts);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Record record = lab.run(seed);

    const double lost = first(record, "host.lost", "z-1") - 40;
    BOOST_TEST(lost > 30);
    BOOST_TEST(lost <= 45);
    BOOST_TEST(first(record, "instance.started") - 40 >= 340);
    // Until then every other request runs into the dead pod; kube-proxy hears 1 s later.
    BOOST_TEST(failures(record, "users", 41, 70) > 500U);
    const auto healed = static_cast<std::size_t>(40 + lost + 2);
    BOOST_TEST(failures(record, "users", healed, 380) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_lost_instance_keeps_its_route_until_its_replacement_runs) {
  const Rehearsal lab(std::string(R"(
run: {duration: 3min}
platform: {profile: cf-diego, set: {router_attempts: 1, router_connect_timeout: 500ms, router_failed_cooldown: 0s}}
faults: {dies: {at: 40s, kind: host.crash, target: z-1}}
)") + kTwoHosts);

  const Record record = lab.run();

  const double ready = first(record, "instance.ready");
  BOOST_TEST(failures(record, "users", static_cast<std::size_t>(ready) - 5,
                      static_cast<std::size_t>(ready)) > 100U);
  BOOST_TEST(failures(record, "users", static_cast<std::size_t>(ready) + 1, 179) == 0U);
  BOOST_TEST(value(record, "ready", "shop", 41) == 1);
  BOOST_TEST(value(record, "ready", "shop", ready) == 2);
}

BOOST_AUTO_TEST_CASE(without_healing_nothing_is_replaced_until_the_host_is_back) {
  const Rehearsal lab(std::string(R"(
run: {duration: 10min}
platform: {profile: cf-diego, set: {healing: false}}
faults: {dies: {at: 40s, kind: host.crash, target: z-1, for: 5min}}
)") + kTwoHosts);

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_up", "hosts", 41) == 1);
  const double back = first(record, "host.back", "z-1");
  BOOST_TEST(first(record, "host.booted", "z-1") == 400);  // 40 s + 5 min + 60 s to boot.
  BOOST_TEST(back >= 400);
  BOOST_TEST(back <= 405);
  BOOST_TEST(first(record, "instance.started") >= back);
  BOOST_TEST(value(record, "ready", "shop", 599) == 2);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_only_cut_off_keeps_its_instances_until_it_is_heard_again) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 10s}}
faults: {cut: {at: 1min, kind: link.partition, target: control <-> b, for: 4min}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.lost", "b-0").size() == 1U);
  BOOST_TEST(events(record, "host.crashed").empty());
  // The replacement runs beside the instance that nobody can stop.
  BOOST_TEST(value(record, "ready", "shop", 200) == 3);
  BOOST_TEST(value(record, "hosts_up", "hosts", 200) == 2);
  const double back = first(record, "host.back", "b-0");
  BOOST_TEST(back >= 300);
  BOOST_TEST(back <= 305);
  BOOST_TEST(first(record, "instance.stopping") == back);
  BOOST_TEST(value(record, "ready", "shop", 330) == 2);
}

BOOST_AUTO_TEST_CASE(a_host_heard_again_before_its_replacement_is_ready_makes_that_superfluous) {
  const Rehearsal lab(R"(
run: {duration: 5min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 50s}}
faults: {cut: {at: 1min, kind: link.partition, target: control <-> b, for: 40s}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.started").size() == 1U);
  BOOST_TEST(events(record, "instance.stopped").size() == 1U);
  BOOST_TEST(events(record, "instance.ready").empty());
  const auto [low, high] = range(record, "ready", "shop", 1, 299);
  BOOST_TEST(low == 2);
  BOOST_TEST(high == 2);
}

BOOST_AUTO_TEST_CASE(a_short_silence_is_never_noticed) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {service_time: 5ms, instances: 2}}
faults: {cut: {at: 1min, kind: link.partition, target: control <-> b, for: 4s}}
)");
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    BOOST_TEST(events(lab.run(seed), "host.lost").empty());
  }
}

BOOST_AUTO_TEST_CASE(what_fits_nowhere_waits_until_there_is_room) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 2, memory: 1GiB, boot_time: 30s}}}
apps: {shop: {service_time: 5ms, instances: 2, memory: 1GiB, start_time: 10s}}
faults: {dies: {at: 1min, kind: host.crash, target: 1 of hosts, for: 3min}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.unplaceable").size() == 1U);
  const double back = first(record, "host.back");
  BOOST_TEST(back >= 270);
  const auto started = events(record, "instance.started");
  BOOST_REQUIRE(started.size() == 1U);
  BOOST_TEST(seconds(started[0].at) == back);
  BOOST_TEST(value(record, "ready", "shop", 599) == 2);
}

BOOST_AUTO_TEST_CASE(a_zone_outage_takes_its_hosts_and_routers_and_brings_them_back) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 2, boot_time: 30s}, b: {hosts: 2, boot_time: 30s}}}
routers: {count: 2, zones: [a, b]}
apps: {shop: {instances: 4, start_time: 5s, service_time: 5ms, routing: {connect_timeout: 500ms}}}
load: {users: {to: shop, rate: 50/s, timeout: 1s}}
faults: {power: {at: 1min, kind: zone.outage, target: b, for: 2min}}
)");

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_up", "b", 61) == 0);
  BOOST_TEST(value(record, "hosts_up", "a", 61) == 2);
  BOOST_TEST(value(record, "hosts_up", "hosts", 211) == 4);
  BOOST_TEST(value(record, "ready", "shop", 61) == 2);
  BOOST_TEST(value(record, "ready", "shop", 100) == 4);
  BOOST_TEST(failures(record, "users", 100, 599) == 0U);
  BOOST_TEST(record.find_span("power")->touched > 0U);
}

BOOST_AUTO_TEST_CASE(a_router_cut_off_from_control_keeps_sending_to_the_dead) {
  const std::string yaml = R"(
run: {duration: 15min}
platform: {profile: cf-diego, set: {router_failed_cooldown: 0s}}
topology: {zones: {edge: {hosts: 1}, core: {hosts: 1}, cells: {hosts: 4}}}
routers: {count: 2, zones: [edge, core]}
apps:
  shop:
    zones: [cells]
    instances: 8
    start_time: 10s
    service_time: {deterministic: 5ms}
    routing: {attempts: 1, connect_timeout: 500ms}
load: {users: {to: shop, rate: 80/s, timeout: 5s}}
faults:
  dies: {at: 3min, kind: host.crash, target: cells-1}
)";
  const Rehearsal stale(yaml +
                        "  deaf: {at: 2min, kind: link.partition, target: control <-> edge, "
                        "for: 8min}\n");
  const Rehearsal fresh(yaml);

  const Record record = stale.run();
  const Record heard = fresh.run();

  // With everybody listening the dead are forgotten when their replacements run; the deaf router
  // goes on, and forgets them only when they have gone stale after it hears again.
  BOOST_TEST(failures(heard, "users", 220, 899) == 0U);
  BOOST_TEST(failures(record, "users", 220, 600) > 2000U);
  const auto pruned = events(record, "route.pruned");
  BOOST_TEST(pruned.size() == 2U);
  for (const RecordedEvent& event : pruned) {
    BOOST_TEST(event.detail == "by router-0");
    BOOST_TEST(seconds(event.at) >= 720);  // 120 s after 10 min, at the next of 30 s sweeps.
    BOOST_TEST(seconds(event.at) <= 750);
  }
  BOOST_TEST(failures(record, "users", 752, 899) == 0U);
}

BOOST_AUTO_TEST_CASE(a_kubernetes_proxy_catches_up_as_soon_as_it_hears_again) {
  const Rehearsal lab(R"(
run: {duration: 15min}
platform: {profile: kubernetes}
topology: {zones: {edge: {hosts: 1}, cells: {hosts: 4}}}
routers: {count: 1, zones: [edge]}
apps:
  shop:
    zones: [cells]
    instances: 8
    start_time: 10s
    service_time: {deterministic: 5ms}
    routing: {connect_timeout: 500ms}
load: {users: {to: shop, rate: 80/s, timeout: 5s}}
faults:
  dies: {at: 3min, kind: host.crash, target: cells-1}
  deaf: {at: 2min, kind: link.partition, target: control <-> edge, for: 8min}
)");

  const Record record = lab.run();

  BOOST_TEST(failures(record, "users", 590, 599) > 50U);
  BOOST_TEST(failures(record, "users", 602, 899) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
