/// \file platform_rollout.cpp
/// Rolling deployments: how many instances are at stake, what stops one, what brings it back.
/// Why: the invariants are those that operators rely on when they press the button.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string roll(const std::string& platform, const std::string& release,
                 const std::string& deployment, int instances = 10) {
  return "run: {duration: 30min}\nplatform: " + platform + R"(
topology: {zones: {a: {hosts: 3}, b: {hosts: 3}}}
apps:
  shop:
    start_time: 10s
    service_time: {deterministic: 5ms}
    releases: {v1: {}, v2: )" +
         release + "}\n    instances: " + std::to_string(instances) + R"(
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments:
  rollout: {at: 1min, app: shop, release: v2)" +
         deployment + "}\n";
}

BOOST_AUTO_TEST_SUITE(platform_rollout)

BOOST_AUTO_TEST_CASE(kubernetes_keeps_8_to_13_of_10_replicas) {
  const Rehearsal lab(roll("{profile: kubernetes}", "{}", ""));

  const Record record = lab.run();

  const auto [fewest, most] = range(record, "instances", "shop", 0, 1799);
  BOOST_TEST(most == 13);
  BOOST_TEST(range(record, "ready", "shop", 0, 1799).first == 8);
  BOOST_TEST(fewest >= 8);
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(events(record, "deployment.done", "rollout").size() == 1U);
}

BOOST_AUTO_TEST_CASE(kubernetes_replaces_a_single_replica_without_a_gap) {
  const Rehearsal lab(roll("{profile: kubernetes}", "{}", "", 1));

  const Record record = lab.run();

  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 2);
  BOOST_TEST(range(record, "ready", "shop", 0, 1799).first == 1);
}

BOOST_AUTO_TEST_CASE(kubernetes_rounds_surge_up_and_unavailable_down) {
  // 25 % of 3 replicas: one more, none fewer.
  const Record three = Rehearsal(roll("{profile: kubernetes}", "{}", "", 3)).run();
  BOOST_TEST(range(three, "instances", "shop", 0, 1799).second == 4);
  BOOST_TEST(range(three, "ready", "shop", 0, 1799).first == 3);

  // No surge, and 10 % of 3 is none: then one may be unavailable, or nothing would ever move.
  const Record both_zero =
      Rehearsal(roll("{profile: kubernetes}", "{}", ", max_surge: 0%, max_unavailable: 10%", 3))
          .run();
  BOOST_TEST(range(both_zero, "instances", "shop", 0, 1799).second == 3);
  BOOST_TEST(range(both_zero, "ready", "shop", 0, 1799).first == 2);
  BOOST_TEST(events(both_zero, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(kubernetes_deadline_only_reports) {
  const Rehearsal lab(roll("{profile: kubernetes}", "{start_time: 15min}", ", max_surge: 100%"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.failed", "rollout") == 660);
  BOOST_TEST(events(record, "deployment.rolling_back").empty());
  BOOST_TEST(first(record, "deployment.done", "rollout") >= 960);
}

BOOST_AUTO_TEST_CASE(without_room_for_the_surge_a_roll_waits_and_the_old_ones_serve) {
  // Cloud Foundry always starts another one first; ten of these fill the only host.
  const Rehearsal lab(R"(
run: {duration: 30min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 1, memory: 10GiB}}}
apps:
  shop: {instances: 10, memory: 1GiB, service_time: 5ms, start_time: 10s, releases: {v1: {}, v2: {}}}
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments: {rollout: {at: 1min, app: shop, release: v2}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "instance.unplaceable").size() == 1U);
  BOOST_TEST(events(record, "deployment.step").size() == 1U);
  BOOST_TEST(events(record, "deployment.done").empty());
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(failures(record, "users", 0, 1799) == 0U);
}

BOOST_AUTO_TEST_CASE(cloud_foundry_goes_one_by_one_and_never_below_the_target) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{}", ""));

  const Record record = lab.run();

  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 11);
  BOOST_TEST(range(record, "ready", "shop", 0, 1799).first == 10);
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(failures(record, "users", 0, 1799) == 0U);
  // Ready at the fifth probe, which is also a tick: every further step takes two ticks of 5 s.
  const auto started = events(record, "instance.started");
  BOOST_REQUIRE(started.size() == 10U);
  for (std::size_t i = 2; i < started.size(); ++i) {
    BOOST_TEST((started[i].at - started[i - 1].at == Duration{10s}));
  }
}

BOOST_AUTO_TEST_CASE(max_in_flight_starts_that_many_at_once) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{}", ", max_in_flight: 4"));

  const Record record = lab.run();

  const auto [fewest, most] = range(record, "instances", "shop", 0, 1799);
  BOOST_TEST(most == 14);
  BOOST_TEST(fewest == 10);
  BOOST_TEST(value(record, "instances", "shop", 61) == 14);
}

BOOST_AUTO_TEST_CASE(anchors_tell_how_far_a_deployment_is) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{}", "") + R"(
faults:
  half: {at: rollout.done(50%) + 3s, kind: instance.crash, target: 1 of instances of shop}
  third: {at: rollout.done(3), kind: instance.crash, target: 1 of instances of shop}
  finished: {at: rollout.end, kind: instance.crash, target: 1 of instances of shop}
  last: {at: rollout.done, kind: instance.crash, target: 1 of instances of shop}
  whole: {at: rollout.done(100%), kind: instance.crash, target: 1 of instances of shop}
expect:
  after-it: ready(shop) >= 9 after rollout.done
)");

  const Record record = lab.run();

  std::vector<double> done;
  double end = 0;
  for (const AnchorHit& hit : record.anchors) {
    if (hit.name != "rollout") continue;
    if (hit.event == "done") done.push_back(seconds(hit.at));
    if (hit.event == "end") end = seconds(hit.at);
  }
  BOOST_REQUIRE(done.size() == 10U);
  BOOST_TEST(first(record, "fault.begin", "third") == done[2]);
  BOOST_TEST(first(record, "fault.begin", "half") == done[4] + 3);
  BOOST_TEST(first(record, "fault.begin", "finished") == end);
  // Without an argument it is the last of them, for triggers as for expectations.
  BOOST_TEST(first(record, "fault.begin", "last") == done.back());
  BOOST_TEST(first(record, "fault.begin", "whole") == done.back());
  const Verdict verdict = judge(lab.scenario, lab.registry, record, nullptr);
  BOOST_TEST((verdict.expectations[0].worst->from == at_second(done.back())));
  BOOST_TEST(seconds(record.find_span("rollout")->begin) == 60);
  BOOST_TEST(seconds(record.find_span("rollout")->end) == end);
}

BOOST_AUTO_TEST_CASE(one_crashing_new_instance_freezes_cloud_foundrys_roll) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{start_failure: 100%}", ""));

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.done").empty());
  BOOST_TEST(events(record, "deployment.failed").empty());
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(record.find_span("rollout")->open);
}

BOOST_AUTO_TEST_CASE(a_deadline_rolls_back_to_the_old_release) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{start_failure: 100%}",
                           ", max_in_flight: 2, progress_deadline: 3min, rollback: true"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.failed", "rollout") == 240);
  BOOST_TEST(events(record, "deployment.rolled_back", "rollout").size() == 1U);
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(value(record, "instances", "shop", 1799) == 10);
}

BOOST_AUTO_TEST_CASE(a_failed_gate_brings_every_old_instance_back) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{error_rate: 60%}",
                           ", max_in_flight: 3, gate: {condition: success(users) >= 99% over 10s, "
                           "for: 20s, within: 1min}, rollback: true"));

  const Record record = lab.run();

  const auto failed = events(record, "deployment.failed", "rollout");
  BOOST_REQUIRE(failed.size() == 1U);
  BOOST_TEST(failed[0].detail.find("success(users)") != std::string::npos);
  BOOST_TEST(events(record, "deployment.rolled_back").size() == 1U);
  BOOST_TEST(events(record, "deployment.done").empty());
  BOOST_TEST(failures(record, "users", 600, 1799) == 0U);
  BOOST_TEST(range(record, "ready", "shop", 0, 1799).first >= 10);
}

BOOST_AUTO_TEST_CASE(a_passing_gate_holds_each_step_for_its_time) {
  const Rehearsal lab(roll("{profile: cf-diego}", "{}",
                           ", max_in_flight: 5, gate: {condition: success(users) >= 99% over 10s, "
                           "for: 30s, within: 2min}"));

  const Record record = lab.run();

  const auto steps = events(record, "deployment.step");
  BOOST_REQUIRE(steps.size() == 2U);
  BOOST_TEST(seconds(steps[1].at) - seconds(steps[0].at) >= 40);  // Ready after 10 s, then 30 s.
  BOOST_TEST(first(record, "deployment.done") - seconds(steps[1].at) >= 40);
}

BOOST_AUTO_TEST_CASE(a_newer_deployment_takes_over) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: kubernetes}
apps: {shop: {service_time: 5ms, instances: 4, start_time: 30s, releases: {v1: {}, v2: {}, v3: {}}}}
deployments:
  second: {at: 1min, app: shop, release: v2}
  third: {at: 70s, app: shop, release: v3}
faults:
  look: {at: 19min, kind: instance.hang, target: all of instances of shop where release=v3}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.superseded", "second").size() == 1U);
  BOOST_TEST(events(record, "deployment.done", "third").size() == 1U);
  BOOST_TEST(events(record, "deployment.done", "second").empty());
  BOOST_TEST(events(record, "instance.hung").size() == 4U);
  BOOST_TEST(range(record, "ready", "shop", 0, 1100).first >= 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
