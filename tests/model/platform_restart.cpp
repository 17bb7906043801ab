/// \file platform_restart.cpp
/// Restart policies against the numbers of the platforms' own sources.
/// Why: the waits after a crash are what a bad release costs, and no two platforms agree.
#include "leapday/restart.hpp"
#include "sim/model/handler.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// A profile with what its scenario would override.
struct Bench {
  explicit Bench(const std::string& profile) : registry(builtin_registry()) {
    auto loaded = load_profile(profile);
    BOOST_REQUIRE(static_cast<bool>(loaded));
    constants = loaded->constants;
    const auto* item = registry.restart.find(loaded->algorithms.restart);
    BOOST_REQUIRE(item != nullptr);
    policy = item->make();
  }
  /// Waits between a crash and the next start of what dies `life` after each start.
  std::vector<double> waits(std::uint32_t crashes, Duration life = 1s) {
    const Grid convergence{constants.convergence_interval, {}};
    Random random = Random::keyed(7);
    CrashHistory history;
    std::vector<double> result;
    SimTime start = kSimStart;
    for (std::uint32_t crash = 1; crash <= crashes; ++crash) {
      const SimTime died = start + life;
      last = policy->crashed(history, {.at = died, .ready_for = life}, constants, random);
      if (!last.delay) break;
      start = *last.delay == Duration{0} ? died : convergence.ceil(died + *last.delay);
      result.push_back(std::chrono::duration<double>(start - died).count());
      moved.push_back(last.elsewhere);
    }
    return result;
  }

  Registry registry;
  PlatformConstants constants;
  std::unique_ptr<RestartPolicy> policy;
  RestartDecision last;
  std::vector<bool> moved;
};

BOOST_AUTO_TEST_SUITE(platform_restart)

BOOST_AUTO_TEST_CASE(diego_waits_as_its_restart_calculator_does) {
  const std::vector<double> expected{0, 0, 57, 89, 149, 269, 509, 989, 989};

  BOOST_TEST(Bench("cf-diego").waits(9) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(diego_gives_up_at_the_200th_crash) {
  BOOST_TEST(Bench("cf-diego").waits(1000).size() == 199U);
}

BOOST_AUTO_TEST_CASE(diego_forgets_what_ran_for_longer_than_five_minutes) {
  const std::vector<double> kept{0, 0, 30, 60};
  const std::vector<double> forgotten{0, 0, 0, 0};
  Bench diego("cf-diego");
  diego.constants.convergence_interval = {};

  BOOST_TEST(diego.waits(4, 300s) == kept, boost::test_tools::per_element());
  BOOST_TEST(diego.waits(4, 301s) == forgotten, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(kubernetes_backs_off_to_five_minutes_and_never_gives_up) {
  const std::vector<double> expected{0, 10, 20, 40, 80, 160, 300, 300};

  BOOST_TEST(Bench("kubernetes").waits(8) == expected, boost::test_tools::per_element());
  BOOST_TEST(Bench("kubernetes").waits(1000).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(the_kubelet_forgets_after_ten_minutes_without_a_crash) {
  const std::vector<double> kept{0, 10, 20, 40};
  const std::vector<double> forgotten{0, 0, 0, 0};

  BOOST_TEST(Bench("kubernetes").waits(4, 600s) == kept, boost::test_tools::per_element());
  BOOST_TEST(Bench("kubernetes").waits(4, 601s) == forgotten, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_health_manager_of_2012_gives_a_flapping_instance_up_at_its_fifth_crash) {
  const std::vector<double> expected{0, 60, 120, 240};

  Bench vcap("cf-2012");
  BOOST_TEST(vcap.waits(10) == expected, boost::test_tools::per_element());
  BOOST_TEST(!vcap.last.delay.has_value());
}

BOOST_AUTO_TEST_CASE(the_development_setup_of_2012_calls_the_fourth_crash_flapping) {
  const std::vector<double> expected{0, 0, 0, 60};
  Bench vcap("cf-2012");
  vcap.constants.immediate_restarts = 3;  // chef dev_setup: flapping_death 3,
  vcap.constants.restart_window = 180s;   // flapping_timeout 180.

  BOOST_TEST(vcap.waits(10) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(crashes_more_than_500_s_apart_do_not_flap) {
  const std::vector<double> expected(20, 0);

  BOOST_TEST(Bench("cf-2012").waits(20, 501s) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stackato_restarts_as_the_cloud_foundry_that_it_forked) {
  BOOST_TEST(Bench("stackato").waits(10) == Bench("cf-2012").waits(10),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(heroku_adds_twenty_minutes_for_each_crash) {
  std::vector<double> expected{0};
  for (int i = 1; i <= 16; ++i) expected.push_back(i * 1200.0);
  expected.push_back(320 * 60.0);

  BOOST_TEST(Bench("heroku").waits(18) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nomad_restarts_twice_on_the_client_and_then_moves_the_allocation) {
  Bench nomad("nomad");
  const std::vector<double> waits = nomad.waits(9);

  const std::vector<bool> moved{false, false, true, false, false, true, false, false, true};
  BOOST_TEST(nomad.moved == moved, boost::test_tools::per_element());
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (moved[i]) continue;
    BOOST_TEST(waits[i] >= 15);
    BOOST_TEST(waits[i] <= 15 * 1.25);
  }
  BOOST_TEST(waits[2] == 30);
  BOOST_TEST(waits[5] == 60);
  BOOST_TEST(waits[8] == 120);
}

BOOST_AUTO_TEST_CASE(a_moved_allocation_leaves_the_client_where_it_crashed) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: nomad, set: {restart_attempts: 0, reschedule_delay: 10s}}
topology: {zones: {z: {hosts: 2}}}
apps: {shop: {service_time: 5ms, start_time: 1s}}
faults: {kill: {at: 30s, kind: instance.crash, target: shop/0}}
)");

  const Record record = lab.run();

  const auto started = events(record, "instance.started");
  BOOST_REQUIRE(started.size() == 1U);
  BOOST_TEST(seconds(started[0].at) == 40);
  BOOST_TEST(started[0].detail == "on z-1");  // bin packing had put it on z-0, and would again
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
