/// \file clock_test.cpp
/// clock.step and certificate.naive_add_year.
/// Why: a wrong clock or a wrong rule harms only what starts while it is wrong.
#include "leapday/time.hpp"
#include "sim/model/simulation.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string shop(const std::string& start, const std::string& faults) {
  return "run: {start: " + start + R"(, duration: 5min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 1}, b: {hosts: 1}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 2s}}
faults:
)" + faults;
}

BOOST_AUTO_TEST_SUITE(clock_faults)

BOOST_AUTO_TEST_CASE(a_step_moves_one_hosts_wall_clock_there_and_back) {
  const Rehearsal lab(
      shop("2012-02-28T23:59:00Z",
           "  step: {at: 1min, kind: clock.step, target: a-0, step: -1h, for: 2min}\n"));
  Simulation simulation(lab.scenario, lab.registry, {});
  World& world = simulation.world;
  const auto wall = [&](std::uint32_t host) { return world.wall(HostId{host}).seconds; };
  const std::int64_t start = lab.scenario.run.start.seconds;

  world.scheduler.run_until(at_second(59));
  BOOST_TEST(wall(0) == start + 59);
  world.scheduler.run_until(at_second(61));
  BOOST_TEST(wall(0) == start + 61 - 3600);
  BOOST_TEST(wall(1) == start + 61);
  world.scheduler.run_until(at_second(181));
  BOOST_TEST(wall(0) == start + 181);
}

BOOST_AUTO_TEST_CASE(overlapping_steps_add_up) {
  const Rehearsal lab(
      shop("2012-02-28T23:59:00Z",
           "  one: {at: 1min, kind: clock.step, target: all of hosts, step: 1h, for: 2min}\n"
           "  two: {at: 2min, kind: clock.step, target: a-0, step: 10s, for: 2min}\n"));
  Simulation simulation(lab.scenario, lab.registry, {});
  const std::int64_t start = lab.scenario.run.start.seconds;
  const auto ahead = [&](double second) {
    simulation.world.scheduler.run_until(at_second(second));
    return simulation.world.wall(HostId{0}).seconds - start - static_cast<std::int64_t>(second);
  };

  BOOST_TEST(ahead(61) == 3600);
  BOOST_TEST(ahead(121) == 3610);
  BOOST_TEST(ahead(181) == 10);
  BOOST_TEST(ahead(241) == 0);
}

BOOST_AUTO_TEST_CASE(
    a_swing_that_would_turn_a_clock_back_and_a_crash_of_the_control_plane_are_refused) {
  const auto problems = [](const std::string& fault) {
    const Registry registry = builtin_registry();
    const auto loaded =
        load_text("leapday: 1\nname: test\n" +
                      shop("2026-01-01T00:00:00Z", "  bad: {at: 1s, " + fault + "}\n"),
                  "test.yaml", "", registry);
    return loaded.problems();
  };
  const std::string swing = "kind: clock.sinusoid, target: control, period: 140s, amplitude: ";

  BOOST_TEST(problems(swing + "10s").empty());
  BOOST_REQUIRE(problems(swing + "11s").size() == 1U);
  BOOST_TEST(problems(swing + "11s").front().path == "faults.bad.amplitude");
  BOOST_REQUIRE(problems("kind: host.crash, target: control").size() == 1U);
  BOOST_TEST(problems("kind: host.crash, target: control").front().path == "faults.bad.target");
}

BOOST_AUTO_TEST_CASE(faults_that_overlap_neither_stop_a_clock_nor_turn_it_back) {
  std::string faults;
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::to_string(i);
    faults += "  slow" + name + ": {at: 1s, kind: clock.drift, target: a-0, ppm: -100000}\n";
    faults += "  jump" + name + ": {at: 1s, kind: clock.step, target: b-0, step: 13000d}\n";
  }
  const Rehearsal lab(shop("2026-01-01T00:00:00Z", faults));
  Simulation simulation(lab.scenario, lab.registry, {});
  simulation.world.scheduler.run_until(at_second(101));
  const std::int64_t start = lab.scenario.run.start.seconds;

  BOOST_TEST(simulation.world.wall(HostId{0}).seconds == start + 1 + 10);  // a tenth of true time
  BOOST_TEST(simulation.world.wall(HostId{1}).seconds == start + 101 + 36525LL * 86400);
}

BOOST_AUTO_TEST_CASE(the_naive_rule_fails_new_instances_on_a_leap_day_only) {
  const std::string faults =
      "  rule: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}\n"
      "  kill: {at: 1min, kind: instance.crash, target: shop/0}\n";

  const Record leap = Rehearsal(shop("2012-02-29T12:00:00Z", faults)).run();
  const Record other = Rehearsal(shop("2013-02-28T12:00:00Z", faults)).run();

  BOOST_TEST(value(leap, "ready", "shop", 299) == 1);
  BOOST_TEST(!events(leap, "certificate.failed", "shop/0").empty());
  BOOST_TEST(value(other, "ready", "shop", 299) == 2);
  BOOST_TEST(leap.find_span("rule")->touched >= 1U);
}

BOOST_AUTO_TEST_CASE(a_host_without_the_bug_makes_good_certificates) {
  const Rehearsal lab(
      shop("2012-02-29T12:00:00Z",
           "  rule: {at: 0s, kind: certificate.naive_add_year, target: a-0}\n"
           "  kill: {at: 1min, kind: instance.crash, target: all of instances in b}\n"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "ready", "shop", 299) == 2);
  BOOST_TEST(events(record, "certificate.failed").empty());
}

BOOST_AUTO_TEST_CASE(taking_the_rule_back_heals_the_next_attempt) {
  const Rehearsal lab(
      shop("2012-02-29T12:00:00Z",
           "  rule: {at: 0s, kind: certificate.naive_add_year, target: all of hosts, for: 90s}\n"
           "  kill: {at: 1min, kind: instance.crash, target: shop/0}\n"));

  const Record record = lab.run();

  // The start that failed at 1 min times out a minute later; the next one makes its certificate.
  BOOST_TEST(events(record, "certificate.failed").size() == 1U);
  BOOST_TEST(first(record, "instance.ready", "shop/0") == 122);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
