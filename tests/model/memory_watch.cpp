/// \file memory_watch.cpp
/// Releases that leak, and what their platforms do about it.
/// Why: when a leak ends is a sum (limit - start) / growth; who notices, and when, is the
/// platform's (platforms.md: vcap's agent looks every 2 s, today's kernels kill at once, exit 137).
#include <cmath>
#include <map>
#include <set>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// 512 MiB are reached 312 s after a process has started.
std::string leaking(const std::string& profile, const std::string& app = "instances: 2",
                    const std::string& rest = "",
                    const std::string& use = "{start: 200MiB, growth: 1MiB/s}") {
  return R"(
run: {duration: 20min}
platform: {profile: )" +
         profile + R"(}
topology: {zones: {z: {hosts: 2}}}
apps:
  shop:
    memory: 512MiB
    start_time: 5s
    service_time: {deterministic: 5ms}
    memory_use: )" +
         use + "\n    " + app + "\nload: {users: {to: shop, rate: 20/s, timeout: 1s}}\n" + rest;
}

BOOST_AUTO_TEST_SUITE(memory_watch)

BOOST_AUTO_TEST_CASE(
    a_kernel_kills_at_the_instant_of_crossing_and_the_next_process_starts_at_zero) {
  const Rehearsal lab(leaking("kubernetes", "instances: 1"));

  const Record record = lab.run();

  const auto killed = events(record, "instance.oom_killed", "shop/0");
  const auto started = events(record, "instance.started", "shop/0");
  BOOST_REQUIRE(killed.size() == 3U);
  BOOST_TEST(seconds(killed[0].at) == 312);
  BOOST_TEST(killed[0].detail == "512 MiB of 512 MiB, 312.000s after its start");
  // The first restart is at once, later ones wait 10 s and 20 s; each lives for 312 s.
  BOOST_TEST(seconds(started[0].at) == 312);
  BOOST_TEST(seconds(killed[1].at) == 624);
  BOOST_TEST(seconds(killed[2].at) == seconds(started[1].at) + 312);
  const std::vector<std::string> why{"instance.oom_killed", "instance.crashed", "instance.started"};
  BOOST_TEST(chain(record, started[0]) == why, boost::test_tools::per_element());
  const auto crashed = events(record, "instance.crashed", "shop/0");
  BOOST_TEST(crashed[0].detail == "killed for its memory, exit 137");
  // While the only instance starts, users are refused.
  BOOST_TEST(failures(record, "users", 312, 318) > 50U);
}

BOOST_AUTO_TEST_CASE(the_agent_of_2012_looks_every_other_second_at_all_that_its_host_holds) {
  const Rehearsal lab(leaking("cf-2012", "instances: 6"));
  std::set<double> seen;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Record record = lab.run(seed);
    std::map<std::string, std::set<double>> by_host;
    const auto planned = plan(lab.scenario, lab.registry, {.seed = seed}).placements;
    for (const auto& [instance, host] : planned) {
      const double after = first(record, "instance.oom_killed", instance) - 312;
      BOOST_TEST(after >= 0);
      BOOST_TEST(after < 2);
      by_host[host].insert(after);
      seen.insert(after);
    }
    for (const auto& [host, times] : by_host) BOOST_TEST(times.size() == 1U, host);
  }
  BOOST_TEST(seen.size() > 10U);  // When a host looks is the seed's.
}

BOOST_AUTO_TEST_CASE(heroku_kills_at_twice_the_quota) {
  const Record record = Rehearsal(leaking("heroku", "instances: 1")).run();

  BOOST_TEST(first(record, "instance.oom_killed") == 824);
}

BOOST_AUTO_TEST_CASE(what_varies_dies_within_its_share_and_not_together) {
  const Rehearsal lab(
      leaking("kubernetes", "instances: 20", "", "{start: 212MiB, growth: 1MiB/s, vary: 20%}"));

  const Record record = lab.run();

  std::set<double> times;
  for (int i = 0; i < 20; ++i) {
    const double at = first(record, "instance.oom_killed", "shop/" + std::to_string(i));
    BOOST_TEST(at >= 300 / 1.2);
    BOOST_TEST(at <= 300 / 0.8);
    times.insert(at);
  }
  BOOST_TEST(times.size() == 20U);
  BOOST_TEST(*times.rbegin() - *times.begin() > 50);
}

BOOST_AUTO_TEST_CASE(a_release_without_the_leak_ends_it) {
  const Rehearsal lab(leaking("kubernetes",
                              "instances: 2\n    releases: {v1: {}, v2: {memory_use: {start: "
                              "200MiB}}}",
                              "deployments: {fix: {at: 5min, app: shop, release: v2}}"));

  const Record record = lab.run();

  // Replaced one by one before the 312 s are over or killed once; after that never again.
  for (const RecordedEvent& killed : events(record, "instance.oom_killed")) {
    BOOST_TEST(seconds(killed.at) <= 330);
  }
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
  BOOST_TEST(value(record, "ready", "shop", 1199) == 2);
}

BOOST_AUTO_TEST_CASE(a_process_that_starts_above_its_limit_is_killed_each_time_and_one_is_told) {
  const Rehearsal lab(R"(
run: {duration: 5min}
platform: {profile: cf-diego}
apps: {shop: {memory: 128MiB, start_time: 5s, service_time: 5ms, memory_use: {start: 129MiB}}}
)");

  const Record record = lab.run();

  BOOST_TEST(lab.scenario.warnings.size() >= 1U);
  const auto told = [](const std::string& text) {
    return text.find("every process is killed when it starts") != text.npos;
  };
  BOOST_TEST(std::any_of(lab.scenario.warnings.begin(), lab.scenario.warnings.end(), told));
  BOOST_TEST(events(record, "instance.oom_killed").size() >= 3U);
  BOOST_TEST(events(record, "instance.ready").empty());
}

BOOST_AUTO_TEST_CASE(what_does_not_grow_changes_nothing) {
  const std::string plain = R"(
run: {duration: 2min}
platform: {profile: kubernetes}
apps: {shop: {instances: 3, memory: 512MiB, service_time: {exponential: {mean: 20ms}})";
  const std::string rest = "}}\nload: {users: {to: shop, rate: 50/s, timeout: 1s}}\n";

  const Record without = Rehearsal(plain + rest).run();
  const Record with = Rehearsal(plain + ", memory_use: {start: 400MiB}" + rest).run();

  BOOST_TEST(without.trace_hash == with.trace_hash);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
