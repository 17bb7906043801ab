/// \file platform_lifecycle.cpp
/// Starts, probes, crashes, back-off and stops, against the platforms' own numbers.
/// Why: these delays are what a bad release or a hung process costs.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

BOOST_AUTO_TEST_SUITE(platform_lifecycle)

BOOST_AUTO_TEST_CASE(a_crash_loop_in_a_run_waits_for_convergence) {
  const Rehearsal lab(R"(
run: {duration: 40min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 1s, releases: {v1: {start_failure: 100%}}}}
faults: {kill: {at: 10s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  const auto crashed = events(record, "instance.crashed", "shop/0");
  const auto started = events(record, "instance.started", "shop/0");
  BOOST_REQUIRE(crashed.size() >= 7U);
  const std::vector<double> delays{0, 0, 30, 60, 120, 240};
  for (std::size_t i = 0; i < delays.size(); ++i) {
    const double waited = seconds(started[i].at) - seconds(crashed[i].at);
    BOOST_TEST(waited >= delays[i]);
    BOOST_TEST(waited < (delays[i] == 0 ? 1e-9 : delays[i] + 30));
    // Delayed restarts stand on one convergence grid, whatever its phase.
    if (i > 2) BOOST_TEST((started[i].at - started[2].at).count() % Duration{30s}.count() == 0);
  }
  const std::vector<std::string> why{"fault.begin",          "instance.crashed", "instance.started",
                                     "instance.crashed",     "instance.started", "instance.crashed",
                                     "instance.backing_off", "instance.started"};
  BOOST_TEST(chain(record, started[2]) == why, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_life_makes_crashes_count_anew) {
  const Rehearsal lab(R"(
run: {duration: 40min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 1s}}
faults:
  k1: {at: 10s, kind: instance.crash, target: shop/0}
  k2: {at: 20s, kind: instance.crash, target: shop/0}
  k3: {at: 6min, kind: instance.crash, target: shop/0}
)");

  const Record record = lab.run();

  // The third crash comes more than 300 s after its start, so it is again the first of a row.
  BOOST_TEST(events(record, "instance.backing_off").empty());
  BOOST_TEST(events(record, "instance.started").size() == 3U);
}

BOOST_AUTO_TEST_CASE(an_instance_that_keeps_failing_is_given_up) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego, set: {restart_give_up: 3}}
apps: {shop: {service_time: 5ms, start_time: 1s, releases: {v1: {start_failure: 100%}}}}
faults: {kill: {at: 10s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.given_up", "shop/0").size() == 1U);
  BOOST_TEST(events(record, "instance.started").size() == 2U);
  BOOST_TEST(value(record, "ready", "shop", 599) == 0);
}

BOOST_AUTO_TEST_CASE(the_first_probe_that_can_succeed_is_the_next_on_the_grid) {
  const Rehearsal lab(R"(
run: {duration: 1min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 4500ms}}
faults: {kill: {at: 10s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  BOOST_TEST(first(record, "instance.started") == 10);
  BOOST_TEST(first(record, "instance.ready") == 16);  // Probes every 2 s: 12, 14, 16.
  BOOST_TEST(value(record, "ready", "shop", 15.9) == 0);
  BOOST_TEST(value(record, "ready", "shop", 16) == 1);
}

BOOST_AUTO_TEST_CASE(what_is_not_ready_in_time_counts_as_crashed) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 90s, health: {start_timeout: 30s}}}
faults: {kill: {at: 10s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  const auto crashed = events(record, "instance.crashed", "shop/0");
  BOOST_REQUIRE(crashed.size() >= 2U);
  BOOST_TEST(seconds(crashed[1].at) == 40);
  BOOST_TEST(crashed[1].detail == "not ready 30s after its start");
}

BOOST_AUTO_TEST_CASE(diego_kills_a_hung_instance_at_its_next_http_probe) {
  const Rehearsal lab(R"(
run: {duration: 2min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, start_time: 1s, health: {liveness_type: http}}}
faults: {hang: {at: 10s, kind: instance.hang, target: shop/0}}
)");
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Record record = lab.run(seed);

    const double killed = first(record, "instance.crashed", "shop/0");
    BOOST_TEST(killed >= 11);  // One probe of at most 30 s to wait for, and its timeout of 1 s.
    BOOST_TEST(killed <= 41);
    BOOST_TEST(value(record, "ready", "shop", 119) == 1);  // The hang died with the process.
    BOOST_TEST(events(record, "instance.crashed").size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(kubernetes_takes_a_hung_pod_out_before_it_restarts_it) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: kubernetes, set: {liveness_failures: 6}}
apps: {shop: {service_time: 5ms, start_time: 1s}}
faults: {hang: {at: 10s, kind: instance.hang, target: shop/0}}
)");

  const Record record = lab.run();

  const double unready = first(record, "instance.unready", "shop/0");
  BOOST_TEST(unready >= 31);  // Three readiness probes 10 s apart, and the last one's timeout.
  BOOST_TEST(unready <= 41);
  const double killed = first(record, "instance.crashed", "shop/0");
  BOOST_TEST(killed >= 61);
  BOOST_TEST(killed <= 71);
}

BOOST_AUTO_TEST_CASE(a_hang_that_passes_leaves_an_unready_instance_ready_again) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: kubernetes, set: {liveness_probe_interval: 0s}}
apps: {shop: {service_time: 5ms, start_time: 1s}}
faults: {hang: {at: 10s, kind: instance.hang, target: shop/0, for: 50s}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.unready").size() == 1U);
  const double ready = first(record, "instance.ready", "shop/0");
  BOOST_TEST(ready >= 60);
  BOOST_TEST(ready <= 70);
  BOOST_TEST(events(record, "instance.crashed").empty());
}

BOOST_AUTO_TEST_CASE(a_cold_boot_starts_everything_and_a_host_starts_only_so_many_at_once) {
  const Rehearsal lab(R"(
run: {duration: 1min, boot: cold}
platform: {profile: cf-diego, set: {host_max_starting: 2}}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {service_time: 5ms, instances: 6, start_time: 3s}}
)");

  const Record record = lab.run();

  // Pairs: each is ready at the second probe, 4 s after its start, and makes room for the next.
  BOOST_TEST(value(record, "ready", "shop", 3.9) == 0);
  BOOST_TEST(value(record, "ready", "shop", 4) == 2);
  BOOST_TEST(value(record, "ready", "shop", 8) == 4);
  BOOST_TEST(value(record, "ready", "shop", 12) == 6);
}

BOOST_AUTO_TEST_CASE(a_slow_host_starts_instances_slowly) {
  const Rehearsal lab(R"(
run: {duration: 2min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {service_time: 5ms, start_time: 10s}}
faults:
  slow: {at: 1s, kind: host.slow, target: z-0, factor: 3}
  kill: {at: 10s, kind: instance.crash, target: shop/0}
)");

  const Record record = lab.run();

  BOOST_TEST(first(record, "instance.ready", "shop/0") == 40);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
