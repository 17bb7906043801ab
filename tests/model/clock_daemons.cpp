/// \file clock_daemons.cpp
/// Daemons that keep clocks right, sources that lie, and machines that stand still.
/// Why: whose clock is wrong, and for how long, is decided by two options and the number of
/// sources.
#include "sim/model/simulation.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// The error of the first host's clock at seconds of the run.
std::vector<double> errors_at(const Rehearsal& lab, const std::vector<double>& times,
                              std::uint32_t host = 0) {
  Simulation simulation(lab.scenario, lab.registry, {});
  std::vector<double> found;
  for (const double at : times) {
    simulation.world.scheduler.run_until(at_second(at));
    const World& world = simulation.world;
    found.push_back(
        static_cast<double>(between(world.wall(HostId{host}), world.true_wall()).count()) / 1e9);
  }
  return found;
}

std::string synced(const std::string& clock, const std::string& faults = "",
                   const std::string& start = "2024-01-01T00:00:00Z",
                   const std::string& duration = "6h") {
  return "run: {start: " + start + ", duration: " + duration + "}\n" +
         "topology: {zones: {z: {hosts: 1, clock: {" + clock + R"(}}}}
time_sources: {a: {}, b: {}, c: {}}
apps: {shop: {service_time: 5ms}}
load: {users: {to: shop, rate: 1/min}}
faults: {)" +
         faults + "}\n";
}

BOOST_AUTO_TEST_SUITE(clock_daemons)

BOOST_AUTO_TEST_CASE(a_free_clock_drifts_and_a_daemon_holds_it) {
  const auto free = errors_at(Rehearsal(synced("drift: 50")), {3600, 21000});
  const auto chrony = errors_at(
      Rehearsal(synced("drift: 50, sync: {daemon: chrony, sources: [a]}")), {3600, 21000});
  const auto ntpd =
      errors_at(Rehearsal(synced("drift: 50, sync: {daemon: ntpd, sources: [a]}")), {3600, 21000});

  BOOST_TEST(std::abs(free[0] - 0.18) < 1e-6);
  BOOST_TEST(std::abs(free[1] - 1.05) < 1e-6);
  for (const auto* held : {&chrony, &ntpd}) {
    for (const double error : *held) BOOST_TEST(std::abs(error) < 0.001);
  }
}

BOOST_AUTO_TEST_CASE(chronyd_slews_a_second_in_twelve_seconds_and_ntpd_waits_and_steps) {
  const std::string jump = "jump: {at: 1h, kind: clock.step, target: z-0, step: 1s}";
  const auto chrony = errors_at(Rehearsal(synced("sync: {daemon: chrony, sources: [a]}", jump)),
                                {3601, 3601 + 64 + 13});
  const Rehearsal lab(synced("sync: {daemon: ntpd, sources: [a]}", jump));
  const auto ntpd = errors_at(lab, {3700, 3600 + 220, 3600 + 300 + 130});

  BOOST_TEST(std::abs(chrony[0] - 1) < 0.1);
  BOOST_TEST(std::abs(chrony[1]) < 0.001);
  BOOST_TEST(std::abs(ntpd[0] - 1) < 0.1);  // it may be a spike
  BOOST_TEST(std::abs(ntpd[1] - 1) < 0.1);
  BOOST_TEST(std::abs(ntpd[2]) < 0.01);
  BOOST_TEST(events(lab.run(), "clock.synced_step", "z-0").size() == 1U);
}

// R7: -378,691,200 s, of the only source.
BOOST_AUTO_TEST_CASE(a_source_in_the_year_2000_makes_ntpd_leave_and_one_without_panic_follow) {
  const std::string lie =
      "lie: {at: 1h, kind: time_source.error, target: a, error: -378691200s, for: 51min15s}";
  const Rehearsal careful(synced("drift: 10, sync: {daemon: ntpd, sources: [a]}", lie));
  const Rehearsal trusting(synced("sync: {daemon: ntpd, sources: [a], panic: 0s}", lie));
  const Rehearsal majority(synced("sync: {daemon: ntpd, sources: [a, b, c], panic: 0s}", lie));
  const Rehearsal outvoted(synced("sync: {daemon: ntpd, sources: [a, b, c], panic: 0s}",
                                  lie + ", too: {at: 1h, kind: time_source.error, target: b, "
                                        "error: -378691200s, for: 51min15s}"));

  BOOST_TEST(events(careful.run(), "clock.daemon_exit", "z-0").size() == 1U);
  const auto gone = errors_at(careful, {3600 + 400, 21000});
  BOOST_TEST(std::abs(gone[0]) < 0.001);
  BOOST_TEST(std::abs(gone[1]) < 0.01);  // it knew the oscillator's error, and leaves it corrected
  const auto followed = errors_at(trusting, {3600 + 500, 3600 + 51 * 60 + 600});
  BOOST_TEST(std::abs(followed[0] + 378'691'200) < 1);
  BOOST_TEST(std::abs(followed[1]) < 1);
  BOOST_TEST(std::abs(errors_at(majority, {3600 + 500})[0]) < 0.001);
  BOOST_TEST(std::abs(errors_at(outvoted, {3600 + 500})[0] + 378'691'200) < 1);
}

BOOST_AUTO_TEST_CASE(two_sources_that_disagree_have_no_majority_and_the_clock_runs_on) {
  const Rehearsal lab(
      synced("drift: 20, sync: {daemon: chrony, sources: [a, b]}",
             "lie: {at: 1h, kind: time_source.error, target: a, error: 55d, for: 2h}"));
  const Record record = lab.run();

  BOOST_TEST(first(record, "clock.sources_lost", "z-0") >= 3600);
  BOOST_TEST(first(record, "clock.sources_back", "z-0") >= 3 * 3600);
  BOOST_TEST(std::abs(errors_at(lab, {3 * 3600 - 10})[0]) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_server_in_holdover_takes_its_clients_along) {
  const Rehearsal lab(R"(
run: {start: 2024-01-01T00:00:00Z, duration: 6h}
topology: {zones: {z: {hosts: 1, clock: {sync: {daemon: chrony, sources: [server]}}}}}
time_sources: {server: {follows: [gps], holdover: 50}, gps: {}}
apps: {shop: {service_time: 5ms}}
load: {users: {to: shop, rate: 1/min}}
faults: {dark: {at: 1h, kind: time_source.down, target: gps, for: 4h}}
)");
  const auto errors = errors_at(lab, {3500, 3600 + 3600, 5 * 3600 - 60});

  BOOST_TEST(std::abs(errors[0]) < 0.001);
  BOOST_TEST(std::abs(errors[1] - 0.18) < 0.01);
  BOOST_TEST(std::abs(errors[2] - 0.72) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_cold_start_may_follow_any_offset_with_g_and_chrony_makes_its_first_steps) {
  const auto cold = [](const std::string& sync) {
    std::string text = synced("offset: -1d, sync: {" + sync + "}");
    text.replace(text.find("duration"), 0, "boot: cold, ");
    return Rehearsal(text);
  };
  const Rehearsal g = cold("daemon: ntpd, sources: [a], first_panic: true");
  const Rehearsal strict = cold("daemon: ntpd, sources: [a]");
  const Rehearsal chrony = cold("daemon: chrony, sources: [a]");

  BOOST_TEST(std::abs(errors_at(g, {1200})[0]) < 0.2);
  BOOST_TEST(events(strict.run(), "clock.daemon_exit", "z-0").size() == 1U);
  BOOST_TEST(std::abs(errors_at(strict, {1200})[0] + 86'400) < 1);
  BOOST_TEST(std::abs(errors_at(chrony, {200})[0]) < 0.2);
}

// ---- suspend ---------------------------------------------------------------------------------

std::string suspended(const std::string& more) {
  return R"(
run: {start: 2024-01-01T00:00:00Z, duration: 30min}
platform: {profile: kubernetes}
topology: {zones: {z: {hosts: 2}}}
routers: {zones: [z]}
apps: {shop: {instances: 2, spread: {z: 1}, service_time: {deterministic: 50ms}, start_time: 2s}}
load: {users: {to: shop, rate: 10/s, timeout: 2s}}
faults: {sleep: {at: 5min, kind: host.suspend, target: )" +
         more + "}}\n";
}

BOOST_AUTO_TEST_CASE(a_machine_that_sleeps_for_seconds_is_still_there_and_its_requests_late) {
  const Record record = Rehearsal(suspended("z-1, for: 8s")).run();

  BOOST_TEST(events(record, "host.lost").empty());
  BOOST_TEST(events(record, "instance.started").empty());
  BOOST_TEST(failures(record, "users", 0, 299) == 0U);
  BOOST_TEST(failures(record, "users", 299, 310) > 0U);
  BOOST_TEST(failures(record, "users", FailureReason::reset, 0, 1800) == 0U);  // nothing breaks
  BOOST_TEST(failures(record, "users", 320, 1800) == 0U);
}

BOOST_AUTO_TEST_CASE(one_that_sleeps_for_ten_minutes_is_lost_and_comes_back) {
  const Record record = Rehearsal(suspended("z-1, for: 10min")).run();

  BOOST_TEST(events(record, "host.lost", "z-1").size() == 1U);
  BOOST_TEST(events(record, "host.back", "z-1").size() == 1U);
  BOOST_TEST(first(record, "host.back", "z-1") >= 900);
  BOOST_TEST(events(record, "host.crashed").empty());
}

BOOST_AUTO_TEST_CASE(its_clock_is_behind_afterwards_where_it_slept_too) {
  const auto stops =
      errors_at(Rehearsal(suspended("z-1, for: 10min, clock_stops: true")), {299, 899, 1700}, 1);
  const auto moved = errors_at(Rehearsal(suspended("z-1, for: 10min")), {299, 899, 1700}, 1);

  BOOST_TEST(stops[0] == 0);
  BOOST_TEST(std::abs(stops[1] + 599) < 1.1);
  BOOST_TEST(std::abs(stops[2] + 600) < 0.001);
  for (const double error : moved) BOOST_TEST(error == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
