/// \file scaling_hpa.cpp
/// Kubernetes's HorizontalPodAutoscaler against what its controller computes.
/// Why: the cases are those of replica_calculator.go and of platforms.md, section 9.
#include "tests/model/scaling_lab.hpp"

namespace leapday::model {
namespace {

using State = ScalingReplica::State;

BOOST_AUTO_TEST_SUITE(scaling_hpa)

BOOST_AUTO_TEST_CASE(four_ready_at_90_percent_of_a_target_of_50_become_8) {
  ScalingBench lab("policy: hpa, target: 50%");
  lab.view.wanted = 4;

  BOOST_TEST(lab.replicas(4, using_cpu(0.9)).at(0) == 8);
}

BOOST_AUTO_TEST_CASE(fifty_five_percent_against_50_is_outside_in_binary_and_inside_as_an_interval) {
  // |1.0 - 1.1| is 0.1000...09 in double, and 1.1 <= 1.0 + 0.1.
  ScalingBench legacy("policy: hpa, target: 50%, tolerance_rule: legacy");
  ScalingBench interval("policy: hpa, target: 50%, tolerance_rule: interval");
  legacy.view.wanted = interval.view.wanted = 4;

  BOOST_TEST(legacy.replicas(4, using_cpu(0.55)).at(0) == 5);
  BOOST_TEST(interval.replicas(4, using_cpu(0.55)).at(0) == 4);
}

BOOST_AUTO_TEST_CASE(one_pod_at_ten_times_its_target_becomes_5_and_a_period_later_10) {
  ScalingBench lab("policy: hpa, target: 10%");
  lab.view.wanted = 1;

  BOOST_TEST(lab.replicas(1, using_cpu(1)).at(0) == 5);
  BOOST_TEST(lab.at(15) == 10);
}

BOOST_AUTO_TEST_CASE(within_a_period_no_more_comes_than_the_rules_allow) {
  ScalingBench lab("policy: hpa, target: 10%, sync: 5s");
  lab.view.wanted = 1;

  BOOST_TEST(lab.replicas(1, using_cpu(1)).at(0) == 5);
  BOOST_TEST(lab.at(5) == 5);  // four came within the last 15 s
  BOOST_TEST(lab.at(14) == 5);
  BOOST_TEST(lab.at(15) == 10);  // what came exactly a period ago counts no more
}

BOOST_AUTO_TEST_CASE(down_from_10_to_3_waits_until_300s_after_the_last_higher_recommendation) {
  ScalingBench lab("policy: hpa, target: 50%");
  lab.view.wanted = 10;
  lab.replicas(10, using_cpu(0.5));
  for (int t = 0; t <= 60; t += 15) BOOST_TEST(lab.at(t) == 10);
  lab.replicas(10, using_cpu(0.15));

  for (int t = 75; t < 360; t += 15) BOOST_TEST(lab.at(t) == 10);
  BOOST_TEST(lab.at(360) == 3);
}

BOOST_AUTO_TEST_CASE(a_missing_pod_counts_as_busy_when_falling_and_idle_when_rising) {
  // Falling: 30% against 50% with one of four missing: (3 * 30 + 100) / 4 = 47 -> 0.94, within.
  ScalingBench falling("policy: hpa, target: 50%, scale_down: {stabilization: 0s}");
  falling.view.wanted = 4;
  falling.replicas(3, using_cpu(0.3)).blank(1, {.state = State::running, .ready = true});
  // Rising: 80% with one of four missing: 240 / 4 = 60 -> 1.2 * 4 = 4.8.
  ScalingBench rising("policy: hpa, target: 50%");
  rising.view.wanted = 4;
  rising.replicas(3, using_cpu(0.8)).blank(1, {.state = State::down});

  BOOST_TEST(falling.at(0) == 4);
  BOOST_TEST(rising.at(0) == 5);
}

BOOST_AUTO_TEST_CASE(missing_pods_that_would_turn_the_direction_change_nothing) {
  // 70% of three, two of five missing: 42 -> 0.84 would shrink what is above its target.
  ScalingBench up("policy: hpa, target: 50%");
  up.view.wanted = 5;
  up.replicas(3, using_cpu(0.7)).blank(2, {.state = State::running, .ready = true});
  // 30% of one, one of two missing: 65 -> 1.3 would grow what is below its target.
  ScalingBench down("policy: hpa, target: 50%, scale_down: {stabilization: 0s}");
  down.view.wanted = 2;
  down.replicas(1, using_cpu(0.3)).blank(1, {.state = State::running, .ready = true});

  BOOST_TEST(up.at(0) == 5);
  BOOST_TEST(down.at(0) == 2);
}

BOOST_AUTO_TEST_CASE(pods_that_start_hold_back_growth_and_not_shrinking) {
  // Rising: two at 100% and two pending: 200 / 4 = 50 -> 1.0: nothing.
  ScalingBench rising("policy: hpa, target: 50%");
  rising.view.wanted = 4;
  rising.replicas(2, using_cpu(1)).blank(2, {.state = State::pending});
  // Falling: two at 20%, two pending: ceil(0.4 * 2 ready) = 1.
  ScalingBench falling("policy: hpa, target: 50%, scale_down: {stabilization: 0s}");
  falling.view.wanted = 4;
  falling.replicas(2, using_cpu(0.2)).blank(2, {.state = State::pending});

  BOOST_TEST(rising.at(0) == 4);
  BOOST_TEST(falling.at(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_young_pods_cpu_counts_once_a_whole_window_lies_after_its_readiness) {
  // Start-up burns CPU that says nothing of the load: 1 ready at 50%, 1 young at 200%.
  const auto young = [](double ready_for) {
    return ScalingReplica{.state = State::running,
                          .ready = true,
                          .started = at_second(1000 - 60),
                          .changed = at_second(1000 - ready_for)};
  };
  ScalingBench early("policy: hpa, target: 50%"), late("policy: hpa, target: 50%");
  early.view.wanted = late.view.wanted = 2;
  early.replicas(1, using_cpu(0.5)).one(young(14), using_cpu(2));
  late.replicas(1, using_cpu(0.5)).one(young(15), using_cpu(2));

  BOOST_TEST(early.at(1000) == 2);  // 50% of the one that counts
  BOOST_TEST(late.at(1000) == 5);   // 125%
}

BOOST_AUTO_TEST_CASE(an_old_pod_that_became_unready_still_counts_unless_it_never_was_ready) {
  const auto old_one = [](double unready_since_start) {
    return ScalingReplica{.state = State::running,
                          .ready = false,
                          .started = at_second(0),
                          .changed = at_second(unready_since_start)};
  };
  ScalingBench was("policy: hpa, target: 50%"), never("policy: hpa, target: 50%");
  was.view.wanted = never.view.wanted = 2;
  was.replicas(1, using_cpu(0.5)).one(old_one(400), using_cpu(1.5));
  never.replicas(1, using_cpu(0.5)).one(old_one(29), using_cpu(1.5));

  BOOST_TEST(was.at(1000) == 4);    // 100% of two
  BOOST_TEST(never.at(1000) == 2);  // 50% of one; the other is unready, and nothing rises
}

BOOST_AUTO_TEST_CASE(without_any_metrics_nothing_changes) {
  ScalingBench lab("policy: hpa, target: 50%");
  lab.view.wanted = 3;
  lab.blank(3, {.state = State::running, .ready = true});

  BOOST_TEST(lab.at(0) == 3);
}

BOOST_AUTO_TEST_CASE(cpu_is_compared_in_whole_percent_as_the_api_reports_it) {
  // 50.9% is 50%: exactly on target.
  ScalingBench lab("policy: hpa, target: 50%, tolerance: 0%");
  lab.view.wanted = 10;

  BOOST_TEST(lab.replicas(10, using_cpu(0.509)).at(0) == 10);
  BOOST_TEST(lab.replicas(10, using_cpu(0.51)).at(15) == 11);
}

BOOST_AUTO_TEST_CASE(select_min_and_disabled_follow_the_slowest_rule_and_none) {
  const std::string rules =
      "rules: [{type: pods, value: 1, period: 1min}, {type: percent, value: 100, period: 1min}]";
  ScalingBench slow("policy: hpa, target: 10%, scale_up: {select: min, " + rules + "}");
  ScalingBench off("policy: hpa, target: 10%, scale_up: {select: disabled}");
  slow.view.wanted = off.view.wanted = 3;

  BOOST_TEST(slow.replicas(3, using_cpu(1)).at(0) == 4);
  BOOST_TEST(off.replicas(3, using_cpu(1)).at(0) == 3);
}

BOOST_AUTO_TEST_CASE(percent_rules_round_up_going_up_and_leave_more_going_down) {
  ScalingBench up(
      "policy: hpa, target: 10%, scale_up: {rules: [{type: percent, value: 10, "
      "period: 1min}]}");
  ScalingBench down(
      "policy: hpa, target: 90%, scale_down: {stabilization: 0s, rules: [{type: "
      "percent, value: 10, period: 1min}]}");
  up.view.wanted = down.view.wanted = 11;

  BOOST_TEST(up.replicas(11, using_cpu(1)).at(0) == 13);     // ceil(12.1)
  BOOST_TEST(down.replicas(11, using_cpu(0.1)).at(0) == 9);  // trunc(9.9)
}

BOOST_AUTO_TEST_CASE(counts_outside_the_bounds_are_brought_back_whatever_the_metrics_say) {
  ScalingBench lab("policy: hpa, target: 50%", 2, 6);
  lab.replicas(4, using_cpu(0.5));
  lab.view.wanted = 9;

  BOOST_TEST(lab.at(0) == 6);
  lab.view.wanted = 1;
  BOOST_TEST(lab.at(15) == 2);
}

BOOST_AUTO_TEST_CASE(requests_per_second_of_a_pod_scale_as_a_pods_metric) {
  ScalingBench lab("policy: hpa, metric: requests, target_value: 100");
  lab.view.wanted = 4;

  BOOST_TEST(lab.replicas(4, {.window = 15s, .rate = 160}).at(0) == 7);  // 1.6 * 4 = 6.4
}

BOOST_AUTO_TEST_CASE(what_scaling_up_waits_for_is_the_lowest_recommendation_of_its_window) {
  ScalingBench lab("policy: hpa, target: 50%, scale_up: {stabilization: 30s}");
  lab.view.wanted = 2;
  lab.replicas(2, using_cpu(0.5));
  BOOST_TEST(lab.at(0) == 2);
  lab.replicas(2, using_cpu(1));

  BOOST_TEST(lab.at(15) == 2);
  BOOST_TEST(lab.at(30) == 4);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
