/// \file clock_platform.cpp
/// What set, drifting and frozen clocks do to a platform, and how clocks pass a leap second.
/// Why: a platform that compares times of day believes its clock more than its hosts.
#include "leapday/time.hpp"
#include "sim/model/simulation.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Four hosts with an instance each; the control plane's clock jumps at 60 s.
std::string stepped(const std::string& profile, const std::string& step,
                    const std::string& target = "control") {
  return "run: {duration: 4min}\nplatform: {profile: " + profile + R"(}
topology: {zones: {z: {hosts: 4}}}
apps: {shop: {instances: 4, start_time: 2s, service_time: {deterministic: 5ms}}}
load: {users: {to: shop, rate: 20/s, timeout: 2s}}
faults: {jump: {at: 60s, kind: clock.step, target: )" +
         target + ", step: " + step + "}}\n";
}

BOOST_AUTO_TEST_SUITE(clock_platform)

// Source: vcap of June 2012, health_manager: Time.now.to_i against the time of a heartbeat; with an
// analysis at the moment of the jump every heartbeat is older than 30 s.
BOOST_AUTO_TEST_CASE(a_step_of_31_s_makes_the_health_manager_of_2012_start_every_instance_anew) {
  const std::string profile = "cf-2012, set: {presence_check_interval: 0s}";
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Record record = Rehearsal(stepped(profile, "31s")).run(seed);

    BOOST_TEST(events(record, "clock.stepped").size() == 1U);
    BOOST_TEST(events(record, "host.lost").size() == 4U);
    BOOST_TEST(first(record, "host.lost") == 60);
    // One that is heard of again within a moment keeps its instance.
    BOOST_TEST(events(record, "instance.started").size() >= 3U);
    BOOST_TEST(record.find_span("jump")->touched >= 4U);
    // All of them are alive and say so within their next 10 s.
    BOOST_TEST(events(record, "host.back").size() == 4U);
    BOOST_TEST(seconds(events(record, "host.back").back().at) <= 70);
  }
}

BOOST_AUTO_TEST_CASE(a_step_that_leaves_heartbeats_younger_than_30_s_loses_nothing) {
  const std::string profile = "cf-2012, set: {presence_check_interval: 0s}";
  for (const char* step : {"19s", "-31s"}) {
    const Record record = Rehearsal(stepped(profile, step)).run();

    BOOST_TEST(events(record, "clock.stepped").size() == 1U);
    BOOST_TEST(events(record, "host.lost").empty());
    BOOST_TEST(events(record, "instance.started").empty());
  }
}

BOOST_AUTO_TEST_CASE(platforms_that_measure_by_monotonic_clocks_lose_nothing) {
  for (const char* profile : {"cf-diego", "kubernetes", "nomad", "azure-2012"}) {
    const Record record = Rehearsal(stepped(profile, "1h")).run();

    BOOST_TEST(events(record, "host.lost").empty(), profile);
    BOOST_TEST(events(record, "instance.started").empty(), profile);
  }
}

BOOST_AUTO_TEST_CASE(a_router_of_2012_prunes_by_its_clock_and_a_gorouter_does_not) {
  const std::string profile = "cf-2012, set: {route_prune_interval: 0s}";
  const Record old = Rehearsal(stepped(profile, "121s", "router-0")).run();
  const Record now = Rehearsal(stepped("cf-diego", "121s", "router-0")).run();

  BOOST_TEST(events(old, "route.pruned").size() == 4U);
  BOOST_TEST(first(old, "route.pruned") == 60);
  // Each comes back with its next registration, 30 s later at the most.
  BOOST_TEST(failures(old, "users", 0, 60) == 0U);
  BOOST_TEST(failures(old, "users", 60, 91) > 0U);
  BOOST_TEST(failures(old, "users", 92, 240) == 0U);
  BOOST_TEST(events(now, "route.pruned").empty());
  BOOST_TEST(failures(now, "users", 0, 240) == 0U);
}

/// Crashes at every start, so that it waits ever longer: 0, 0, 57, 89, 149, 269, 509 s, ...
Record crash_loop(const std::string& faults) {
  return Rehearsal(R"(
run: {duration: 20min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {instances: 1, start_time: 1s, service_time: 5ms, releases: {v1: {start_failure: 100%}}}}
faults:
  kill: {at: 1s, kind: instance.crash, target: shop/0}
)" + faults)
      .run();
}

std::size_t starts_between(const Record& record, double from, double to) {
  std::size_t count = 0;
  for (const auto& event : events(record, "instance.started")) {
    if (seconds(event.at) > from && seconds(event.at) <= to) ++count;
  }
  return count;
}

// Source: bbs compares nanoseconds of wall time in SQL (platforms.md, section 8).
BOOST_AUTO_TEST_CASE(a_step_of_more_than_16_min_releases_diegos_back_offs_at_once) {
  const Record calm = crash_loop("");
  const Record jumped =
      crash_loop("  jump: {at: 700s, kind: clock.step, target: control, step: 17min}\n");

  BOOST_TEST(starts_between(calm, 700, 731) == 0U);
  BOOST_TEST(starts_between(jumped, 700, 731) == 1U);  // at the next convergence, every 30 s
}

BOOST_AUTO_TEST_CASE(a_frozen_clock_freezes_diegos_back_offs_until_it_moves_on) {
  const Record calm = crash_loop("");
  const Record frozen =
      crash_loop("  stuck: {at: 100s, kind: clock.freeze, target: control, for: 400s}\n");

  BOOST_TEST(starts_between(calm, 131, 500) >= 2U);
  BOOST_TEST(starts_between(frozen, 131, 500) == 0U);
  BOOST_TEST(starts_between(frozen, 500, 1000) >= 1U);
}

BOOST_AUTO_TEST_CASE(drift_adds_up_and_what_it_gained_stays) {
  const Rehearsal lab(R"(
run: {duration: 1h}
topology: {zones: {z: {hosts: 2, clock: {offset: -2s}}}}
apps: {shop: {service_time: 5ms}}
faults: {fast: {at: 0s, kind: clock.drift, target: z-0, ppm: 100, for: 1000s}}
)");
  Simulation simulation(lab.scenario, lab.registry, {});
  simulation.world.scheduler.run_until(at_second(2000));

  const WallTime right = simulation.world.true_wall();
  BOOST_TEST((between(simulation.world.wall(HostId{0}), right) == 100ms - 2s));
  BOOST_TEST((between(simulation.world.wall(HostId{1}), right) == -2s));
  BOOST_TEST((simulation.world.wall(ClockId{}) == right));
}

BOOST_AUTO_TEST_CASE(a_sinusoid_swings_as_far_as_it_says_and_ends_where_it_began) {
  const Rehearsal lab(R"(
run: {duration: 1h}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {service_time: 5ms}}
faults: {swing: {at: 0s, kind: clock.sinusoid, target: z-0, amplitude: 2s, period: 400s, for: 800s}}
)");
  Simulation simulation(lab.scenario, lab.registry, {});
  const auto ahead = [&](double second) {
    simulation.world.scheduler.run_until(at_second(second));
    const Duration off = between(simulation.world.wall(HostId{0}), simulation.world.true_wall());
    return static_cast<double>(off.count()) / 1e9;
  };
  BOOST_TEST(ahead(100) == 2, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::abs(ahead(200)) < 1e-6);
  BOOST_TEST(ahead(300) == -2, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(ahead(801) == 0);
}

constexpr const char* kMixedFleet = R"(
run: {start: 2016-12-31T12:00:00Z, duration: 25h}
topology:
  zones:
    steps: {}
    freezes: {clock: {leap: freeze}}
    ignores: {clock: {leap: ignore}}
    smears: {clock: {leap: smear}}
apps: {shop: {service_time: 5ms}}
)";

// Edge table of clocks.md, rows 1 to 5 and 9, in a fleet of all kinds.
BOOST_AUTO_TEST_CASE(a_mixed_fleet_disagrees_by_up_to_a_second_about_a_leap_second) {
  const Rehearsal lab(kMixedFleet);
  Simulation simulation(lab.scenario, lab.registry, {});
  const std::int64_t midnight = 1483228800;
  constexpr double kLeap = 12 * 3600;  // 23:59:60.0
  const auto shows = [&](double second, std::uint32_t host) {
    simulation.world.scheduler.run_until(at_second(second));
    return between(simulation.world.wall(HostId{host}), {midnight, 0});
  };
  BOOST_TEST((shows(kLeap + .25, 0) == -750ms));
  BOOST_TEST((shows(kLeap + .5, 0) == -500ms));
  BOOST_TEST((shows(kLeap + .5, 1) == Duration{-1}));
  BOOST_TEST((shows(kLeap + .5, 2) == 500ms));
  BOOST_TEST((shows(kLeap + .5, 3) == Duration{0}));
  BOOST_TEST(std::abs(shows(kLeap + 1, 3).count() - 499'994'213) < 1000);
  BOOST_TEST((shows(kLeap + 1.25, 0) == 250ms));
  BOOST_TEST((shows(kLeap + 1.25, 1) == 250ms));
  BOOST_TEST((shows(kLeap + 1.25, 2) == 1250ms));
  // The next noon: whoever smeared is right again.
  BOOST_TEST((shows(86401, 0) == 12h));
  BOOST_TEST((shows(86401, 3) == 12h));
  BOOST_TEST((shows(86401, 2) == 12h + 1s));
}

BOOST_AUTO_TEST_CASE(a_fleet_that_ignores_leap_seconds_is_a_second_ahead_after_one) {
  const Rehearsal lab(R"(
run: {start: 2016-12-31T23:59:50Z, duration: 1min}
topology: {control_clock: {leap: ignore}, zones: {z: {clock: {leap: ignore}}}}
apps: {shop: {service_time: 5ms}}
)");
  Simulation simulation(lab.scenario, lab.registry, {});
  simulation.world.scheduler.run_until(at_second(20));

  const World& world = simulation.world;
  BOOST_TEST((between(world.wall(HostId{0}), world.true_wall()) == 1s));
  BOOST_TEST((between(world.wall(ClockId{}), world.true_wall()) == 1s));
}

BOOST_AUTO_TEST_CASE(a_smear_that_began_before_the_run_is_on_its_way) {
  const Rehearsal lab(R"(
run: {start: 2017-01-01T00:00:00Z, duration: 1h}
topology: {zones: {smears: {clock: {leap: smear}}, steps: {}}}
apps: {shop: {service_time: 5ms}}
)");
  Simulation simulation(lab.scenario, lab.registry, {});

  const Duration ahead = between(simulation.world.wall(HostId{0}), {1483228800, 0});
  BOOST_TEST(std::abs(ahead.count() - 499'994'213) < 1000);
  BOOST_TEST((simulation.world.wall(HostId{1}) == WallTime{1483228800, 0}));
}

BOOST_AUTO_TEST_CASE(a_second_that_is_left_out_makes_clocks_jump_ahead) {
  const Rehearsal lab(R"(
run:
  start: 2028-12-31T23:59:50Z
  duration: 1min
  leap_seconds: [{before: 2029-01-01T00:00:00Z, kind: omit}]
topology: {zones: {z: {}}}
apps: {shop: {service_time: 5ms}}
)");
  Simulation simulation(lab.scenario, lab.registry, {});
  simulation.world.scheduler.run_until(at_second(8.5));
  BOOST_TEST((simulation.world.wall(HostId{0}) == WallTime{1861919998, 500'000'000}));
  simulation.world.scheduler.run_until(at_second(9.5));
  BOOST_TEST((simulation.world.wall(HostId{0}) == WallTime{1861920000, 500'000'000}));
}

BOOST_AUTO_TEST_CASE(timestamps_of_a_plan_count_the_leap_second_between) {
  const std::string rest = R"(duration: 2min}
topology: {zones: {z: {}}}
apps: {shop: {service_time: 5ms, releases: {v1: {}, v2: {}}}}
deployments: {roll: {at: )";
  const Record leap = Rehearsal("run: {start: 2016-12-31T23:59:50Z, " + rest +
                                "2017-01-01T00:00:10Z, app: shop, release: v2}}\n")
                          .run();
  const Record other = Rehearsal("run: {start: 2017-12-31T23:59:50Z, " + rest +
                                 "2018-01-01T00:00:10Z, app: shop, release: v2}}\n")
                           .run();

  BOOST_TEST(first(leap, "deployment.begin") == 21);
  BOOST_TEST(first(other, "deployment.begin") == 20);
}

BOOST_AUTO_TEST_CASE(a_run_begun_at_another_date_keeps_its_plan_and_meets_that_dates_calendar) {
  const Rehearsal lab(R"(
run: {start: 2013-02-27T12:00:00Z, duration: 5min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 1}}}
apps: {shop: {service_time: 5ms, start_time: 2s}}
faults:
  rule: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}
  kill: {at: 2013-02-27T12:01:00Z, kind: instance.crash, target: shop/0}
)");
  RunOptions options;
  options.start = WallTime{1330473600, 0};  // 2012-02-29T00:00:00Z
  Run run(lab.scenario, lab.registry, options);
  run.run_until(run.end());
  const Record moved = run.finish();
  const Record stated = lab.run();

  BOOST_TEST(first(moved, "certificate.failed") >= 60);
  BOOST_TEST(events(stated, "certificate.failed").empty());
  BOOST_TEST((moved.start == *options.start));
  BOOST_TEST((*moved.planned_start == lab.scenario.run.start));
  BOOST_TEST(!stated.planned_start.has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
