/// \file capistrano.cpp
/// Deployments by Capistrano: barriers, the switch on each host, restarts nobody made, roll-back.
/// Why: the flow is Capistrano 3.17's (platforms.md, section 6); the skew between hosts has a
/// closed form.
#include <cmath>
#include <set>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Two hosts with three instances each, or as many hosts as asked for with one each.
std::string site(const std::string& capistrano, const std::string& rest = "", int hosts = 2,
                 int instances = 6) {
  return R"(
run: {duration: 20min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: )" +
         std::to_string(hosts) + R"(}}}
apps:
  shop:
    instances: )" +
         std::to_string(instances) + R"(
    start_time: 5s
    releases: {v1: {service_time: {deterministic: 20ms}}, v2: {service_time: {deterministic: 5ms}}}
load: {users: {to: shop, rate: 50/s, timeout: 2s}}
deployments:
  cap:
    at: 2min
    app: shop
    release: v2
    strategy: capistrano
    capistrano:
)" + capistrano +
         rest;
}
const std::string kSteps =
    "      steps: {updating: {takes: 30s}, updated: {takes: 10s}, publishing: {takes: 1s}, "
    "finishing: {takes: 2s}}\n";

double mean(const Record& record, std::size_t from, std::size_t to) {
  return latencies(record, from, to).mean;
}

BOOST_AUTO_TEST_SUITE(capistrano)

BOOST_AUTO_TEST_CASE(a_forgotten_restart_leaves_the_old_code_running) {
  const Rehearsal lab(site(kSteps));

  const Record record = lab.run();

  BOOST_TEST(first(record, "host.published") == 120 + 30 + 10 + 1);
  BOOST_TEST(first(record, "deployment.done") == 120 + 30 + 10 + 1 + 2);
  BOOST_TEST(events(record, "instance.stopped").empty());
  BOOST_TEST(events(record, "instance.started").empty());
  BOOST_TEST(mean(record, 200, 1190) > 0.0199);  // v1's service time
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_for_another_reason_comes_back_with_the_new_code) {
  const Rehearsal lab(site(kSteps,
                           "faults: {oops: {at: 10min, kind: instance.crash, target: all of "
                           "instances of shop}}\n"));

  const Record record = lab.run();

  BOOST_TEST(mean(record, 200, 590) > 0.0199);
  BOOST_TEST(mean(record, 660, 1190) < 0.0051);
  for (const RecordedEvent& started : events(record, "instance.started")) {
    BOOST_TEST(started.detail.starts_with("v2 on "));
  }
}

BOOST_AUTO_TEST_CASE(restarting_all_changes_the_code_in_place_and_costs_every_instance_at_once) {
  const Rehearsal lab(site(kSteps + "      restart: all\n"));

  const Record record = lab.run();

  const auto started = events(record, "instance.started");
  BOOST_TEST(started.size() == 6U);
  BOOST_TEST(value(record, "ready", "shop", 160.5) == 6);
  BOOST_TEST(range(record, "ready", "shop", 161, 180).first == 0);
  BOOST_TEST(value(record, "ready", "shop", 200) == 6);
  BOOST_TEST(mean(record, 220, 1190) < 0.0051);
  // Each of them on the host where it was: three and three.
  std::multiset<std::string> hosts;
  for (const RecordedEvent& event : started) hosts.insert(event.detail);
  BOOST_TEST(hosts.count("v2 on z-0") == 3U);
  BOOST_TEST(hosts.count("v2 on z-1") == 3U);
}

BOOST_AUTO_TEST_CASE(a_rolling_restart_goes_host_by_host_and_does_not_wait_for_readiness) {
  const Rehearsal slow(site(kSteps + "      restart: rolling\n      restart_wait: 60s\n"));
  const Rehearsal hasty(site(kSteps + "      restart: rolling\n      restart_wait: 2s\n"));

  const Record one_by_one = slow.run();
  const Record overlapping = hasty.run();

  BOOST_TEST(range(one_by_one, "ready", "shop", 161, 300).first == 3);
  BOOST_TEST(range(overlapping, "ready", "shop", 161, 300).first == 0);
  BOOST_TEST(first(one_by_one, "deployment.done") == 161 + 60 + 2);
}

BOOST_AUTO_TEST_CASE(both_releases_serve_between_the_first_switch_and_the_last) {
  // Of n hosts whose publishing is exponential, first and last are (1 + 1/2 + ... + 1/(n-1)) means
  // apart: 2.829 of them for 10 hosts.
  const Rehearsal lab(
      site("      steps: {publishing: {takes: {exponential: {mean: 3s}}}}\n", "", 10, 10));

  double sum = 0;
  constexpr int kRuns = 60;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const Record record = lab.run(seed);
    const auto switches = events(record, "host.published");
    BOOST_REQUIRE(switches.size() == 10U);
    sum += seconds(switches.back().at) - seconds(switches.front().at);
  }

  // The variance is that of the sum of nine exponentials: 1.54 means squared.
  const double expected = 3 * 2.828968;
  BOOST_TEST(std::abs(sum / kRuns - expected) < 3 * 3 * std::sqrt(1.54) / std::sqrt(60.0));
}

BOOST_AUTO_TEST_CASE(every_step_is_a_barrier) {
  const Rehearsal lab(
      site("      steps: {updating: {takes: {uniform: {low: 10s, high: 60s}}}, updated: "
           "{takes: {uniform: {low: 1s, high: 5s}}}}\n",
           "", 8, 8));

  const Record record = lab.run();

  const auto steps = events(record, "deployment.step");
  BOOST_REQUIRE(steps.size() == 8U);
  BOOST_TEST(steps[0].detail == "starting on 8 hosts");
  BOOST_TEST(steps[3].detail == "updated on 8 hosts");
  BOOST_TEST(steps[7].detail == "finished on 8 hosts");
  const double updating = seconds(steps[3].at) - seconds(steps[2].at);
  BOOST_TEST(updating > 40);  // the slowest of eight
  BOOST_TEST(updating <= 60);
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_on_one_host_stops_all_and_leaves_them_mixed) {
  const Rehearsal lab(
      site("      steps: {publishing: {takes: 1s, failure: 50%}}\n      "
           "restart: all\n",
           "", 8, 8));

  const Record record = lab.run();

  const auto switched = events(record, "host.published").size();
  BOOST_TEST(switched > 0U);
  BOOST_TEST(switched < 8U);
  BOOST_TEST(events(record, "deployment.failed").size() == 1U);
  BOOST_TEST(events(record, "deployment.done").empty());
  BOOST_TEST(events(record, "instance.stopped").empty());  // it never came to the restart
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_reached_fails_the_step) {
  const Rehearsal lab(
      site(kSteps, "faults: {gone: {at: 130s, kind: host.crash, target: z-0, for: 1min}}\n"));

  const Record record = lab.run();

  const auto failed = events(record, "deployment.failed");
  BOOST_REQUIRE(failed.size() == 1U);
  BOOST_TEST(seconds(failed.front().at) == 150);
  BOOST_TEST(failed.front().detail == "z-0 cannot be reached");
}

BOOST_AUTO_TEST_CASE(a_roll_back_returns_to_the_second_newest_release_and_restarts_as_told) {
  const Rehearsal lab(site(R"(
      steps: {updating: {takes: 30s}, finishing: {takes: 5s, failure: 100%}, reverting: {takes: 3s},
              finishing_rollback: {takes: 4s}}
      restart: all
    rollback: true
)"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.failed") == 120 + 30 + 5);
  BOOST_TEST(first(record, "deployment.rolling_back") == 155);
  BOOST_TEST(first(record, "deployment.rolled_back") == 155 + 3 + 4);
  const auto switches = events(record, "host.published");
  BOOST_REQUIRE(switches.size() == 4U);
  BOOST_TEST(switches[0].detail == "shop v2");
  BOOST_TEST(switches[3].detail == "shop v1");
  BOOST_TEST(mean(record, 220, 1190) > 0.0199);
  BOOST_TEST(value(record, "ready", "shop", 1190) == 6);
}

BOOST_AUTO_TEST_CASE(the_newer_of_two_deployments_takes_over) {
  const Rehearsal lab(site(kSteps, R"(
  again: {at: 130s, app: shop, release: v1, strategy: capistrano}
)"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.superseded", "cap").size() == 1U);
  BOOST_TEST(events(record, "deployment.done", "again").size() == 1U);
  for (const RecordedEvent& event : events(record, "host.published")) {
    BOOST_TEST(event.detail == "shop v1");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
