/// \file deployment_ends.cpp
/// When a deployment is done, and what conditions see between two seconds.
/// Why: a verdict that takes a frozen or failed roll for a finished one is worse than none.
#include "sim/model/simulation.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string roll(const std::string& profile, const std::string& v2, const std::string& deployment,
                 int instances = 2) {
  return "run: {duration: 30min}\nplatform: {profile: " + profile + R"(}
topology: {zones: {z: {hosts: 10, memory: 32GiB}}}
apps:
  shop: {instances: )" +
         std::to_string(instances) +
         R"(, start_time: 3s, service_time: 5ms, memory: 512MiB, releases: {v1: {}, v2: {)" + v2 +
         R"(}}}
  other: {instances: 1, service_time: 1ms}
load: {u: {to: shop, rate: 60/s, timeout: 2s}}
deployments: {d: {at: 1min, app: shop, release: v2)" +
         deployment + R"(}}
faults: {next: {at: d.done + 30s, kind: instance.crash, target: other/0}}
expect:
  done: eventually completed(d) within 20min after d.begin
  at-the-end: completed(d) == 1
)";
}

struct End {
  explicit End(const std::string& yaml) : lab(yaml), record(lab.run()) {
    verdict = judge(lab.scenario, lab.registry, record, nullptr);
  }
  bool held(std::size_t i) const {
    return verdict.expectations[i].outcome == leapday::Outcome::pass;
  }
  Rehearsal lab;
  Record record;
  Verdict verdict;
};

BOOST_AUTO_TEST_SUITE(deployment_ends)

BOOST_AUTO_TEST_CASE(a_roll_whose_last_gate_fails_is_not_done) {
  for (const char* profile : {"cf-diego", "kubernetes"}) {
    const End end(roll(profile, "error_rate: 50%",
                       ", max_in_flight: 5, gate: {condition: success(u) >= 99% over 10s, "
                       "within: 1min, for: 10s}"));
    BOOST_TEST(events(end.record, "deployment.failed").size() == 1U);
    BOOST_TEST(!end.held(0), profile);
    BOOST_TEST(!end.held(1), profile);
    BOOST_TEST(events(end.record, "fault.begin", "next").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_roll_that_a_crashed_instance_froze_is_not_done) {
  const End end(roll("cf-diego", "crash_probability: 100%", ", max_in_flight: 1"));
  BOOST_TEST(events(end.record, "deployment.done").empty());
  BOOST_TEST(!end.held(0));
  BOOST_TEST(events(end.record, "fault.begin", "next").empty());
}

BOOST_AUTO_TEST_CASE(a_blue_green_switch_that_its_analysis_condemns_is_not_done) {
  const End end(roll("cf-diego", "error_rate: 50%",
                     ", strategy: blue_green, rollback: false, keep_old: 5min, analysis: "
                     "{condition: success(shop@v2) >= 99% over 10s, every: 10s, failures: 1}"));
  BOOST_TEST(!events(end.record, "deployment.failed").empty());
  BOOST_TEST(!end.held(1));
}

BOOST_AUTO_TEST_CASE(capistrano_that_fails_while_it_finishes_is_not_done) {
  for (const char* rollback : {"false", "true"}) {
    const End end(roll("cf-2012", "",
                       std::string(", strategy: capistrano, rollback: ") + rollback +
                           ", capistrano: {steps: {finishing: {takes: 2s, failure: 100%}}}"));
    BOOST_TEST(!end.held(0));
    BOOST_TEST(!end.held(1));
  }
}

BOOST_AUTO_TEST_CASE(a_good_roll_is_done_when_it_ends_and_so_is_what_waits_for_it) {
  const End end(roll("cf-diego", "", ", max_in_flight: 5"));
  BOOST_TEST(end.held(0));
  BOOST_TEST(end.held(1));
  const double done = first(end.record, "deployment.done");
  BOOST_TEST(first(end.record, "fault.begin", "next") == done + 30);
  BOOST_TEST(std::abs(end.verdict.expectations[0].worst->value - (done - 60)) < 1e-9);
}

BOOST_AUTO_TEST_CASE(nomad_replaces_as_many_as_max_parallel_whatever_the_size_of_the_job) {
  const End end(roll("nomad", "", "", 30));
  const auto steps = events(end.record, "deployment.step");
  BOOST_REQUIRE(steps.size() >= 30U);
  BOOST_TEST(range(end.record, "ready", "shop", 60, 1700).first == 29);
  BOOST_TEST(range(end.record, "instances", "shop", 60, 1700).second <= 31);
}

/// Instances that are back within half a second.
std::string flapping(const std::string& rest) {
  return R"(
run: {duration: 5min}
platform: {profile: heroku, set: {startup_probe_interval: 100ms, immediate_restarts: 1000}}
topology: {zones: {z: {hosts: 10, memory: 32GiB}}}
apps:
  shop: {instances: 4, start_time: 200ms, service_time: 5ms, memory: 512MiB, releases: {v1: {}, v2: {}}}
  other: {instances: 1, service_time: 1ms}
load: {u: {to: shop, rate: 10/s, timeout: 2s}}
)" + rest;
}

BOOST_AUTO_TEST_CASE(a_gate_on_a_state_sees_a_dip_between_two_seconds) {
  const Rehearsal lab(flapping(R"(
deployments:
  d: {at: 1min, app: shop, release: v2, max_in_flight: 1, gate: {condition: ready(shop) >= 4, for: 20s, within: 3min}}
faults:
  c1: {at: 1min1s300ms, kind: instance.crash, target: all of instances of shop}
  c2: {at: 1min11s300ms, kind: instance.crash, target: all of instances of shop}
  c3: {at: 1min21s300ms, kind: instance.crash, target: all of instances of shop}
)"));
  const Record record = lab.run();
  const auto steps = events(record, "deployment.step");
  BOOST_REQUIRE(steps.size() >= 2U);
  // 20 s after the last dip at the earliest: none of the ten seconds between them is enough.
  BOOST_TEST(seconds(steps[1].at) >= 60 + 41.3);
}

BOOST_AUTO_TEST_CASE(a_trigger_on_a_state_sees_a_dip_between_two_seconds_and_is_armed_again) {
  const Rehearsal lab(flapping(R"(
faults:
  c: {at: 21s300ms, kind: instance.crash, target: all of instances of shop}
  d: {at: 41s300ms, kind: instance.crash, target: all of instances of shop}
  seen: {at: when ready(shop) < 1, kind: instance.crash, target: other/0}
  steady: {at: when ready(shop) >= 1 for 10s, kind: host.slow, target: z-0, factor: 1.5, repeat: true, for: 1s}
)"));
  const Record record = lab.run();
  BOOST_TEST(first(record, "fault.begin", "seen") == 22);
  // Ready at t=0: after 10 s; then 10 s after each return, to the next full second.
  const auto steady = events(record, "fault.begin", "steady");
  BOOST_REQUIRE(steady.size() == 3U);
  BOOST_TEST(seconds(steady[0].at) == 10);
  BOOST_TEST(seconds(steady[1].at) == 32);
  BOOST_TEST(seconds(steady[2].at) == 52);
}

/// The CPU weight of an instance of each size, which the platform gives.
std::pair<double, double> weights(const std::string& platform) {
  const Rehearsal lab("run: {duration: 10s}\nplatform: " + platform + R"(
topology: {zones: {z: {hosts: 1, cores: 1, memory: 256GiB}}}
apps:
  small: {instances: 1, service_time: 1s, memory: 64MiB, cpu: 0.5}
  large: {instances: 1, service_time: 1s, memory: 16GiB}
)");
  const Simulation simulation(lab.scenario, lab.registry, {});
  return {simulation.world.instances[0].cpu_weight, simulation.world.instances[1].cpu_weight};
}

BOOST_AUTO_TEST_CASE(each_platform_weighs_cpu_by_its_own_rule) {
  // floor(100 * 128 / 8192) / 100 of 1,024 and all of it; see executor storenode.go.
  BOOST_TEST((weights("{profile: cf-diego}") == std::pair{10.0, 1024.0}));
  BOOST_TEST((weights("{profile: kubernetes}") == std::pair{512.0, 2.0}));
  BOOST_TEST((weights("{profile: cf-2012}") == std::pair{1.0, 1.0}));
  BOOST_TEST((weights("{profile: cf-2012, set: {cpu_shares: dea_ng}}") == std::pair{8.0, 256.0}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
