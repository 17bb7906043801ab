/// \file scaling_cf.cpp
/// Cloud Foundry's App Autoscaler against evaluator.go and scalingengine.go.
/// Why: breach durations, one cool-down and the rule order are what its users trip over.
#include "tests/model/scaling_lab.hpp"

namespace leapday::model {
namespace {

const std::string kUpAndDown =
    "policy: cf_autoscaler, rules: [{metric: cpu, operator: above, threshold: 80, adjustment: +1}, "
    "{metric: cpu, operator: below, threshold: 20, adjustment: -1}]";
const std::string kDownAndUp =
    "policy: cf_autoscaler, rules: [{metric: cpu, operator: below, threshold: 20, adjustment: -1}, "
    "{metric: cpu, operator: above, threshold: 80, adjustment: +1}]";

/// Looks as often as the policy asks for it until `to`, with nothing new to see but the time.
std::int64_t look_until(ScalingBench& lab, double from, double to) {
  std::int64_t wanted = lab.view.wanted;
  for (double at = from; at <= to;) {
    wanted = lab.at(at);
    at += static_cast<double>(lab.last.again.count()) / 1e9;
  }
  return wanted;
}

BOOST_AUTO_TEST_SUITE(scaling_cf)

BOOST_AUTO_TEST_CASE(every_average_of_the_breach_duration_must_break_the_threshold) {
  ScalingBench lab(kUpAndDown, 1, 10);
  lab.view.wanted = 2;
  lab.replicas(2, using_cpu(0.5));
  BOOST_TEST(look_until(lab, 0, 59) == 2);
  lab.replicas(2, using_cpu(0.9));

  // Averages at 0 and 40 were fine; the one at 40 leaves the 120 s after 160.
  BOOST_TEST(look_until(lab, 60, 179) == 2);
  BOOST_TEST(look_until(lab, 180, 180) == 3);
}

BOOST_AUTO_TEST_CASE(one_cool_down_of_300s_holds_for_both_directions) {
  ScalingBench lab(kDownAndUp, 1, 10);
  lab.view.wanted = 2;
  lab.replicas(2, using_cpu(0.1));
  BOOST_TEST(look_until(lab, 0, 0) == 1);

  lab.view.wanted = 5;
  BOOST_TEST(look_until(lab, 20, 299) == 5);
  BOOST_TEST(look_until(lab, 300, 300) == 4);
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_is_not_broken_ends_the_round) {
  // Busy: the rule that shrinks comes first and is not broken, so that the other is never reached.
  ScalingBench wrong(kDownAndUp, 1, 10), right(kUpAndDown, 1, 10);
  wrong.view.wanted = right.view.wanted = 2;
  wrong.replicas(2, using_cpu(0.95));
  right.replicas(2, using_cpu(0.95));

  BOOST_TEST(look_until(wrong, 0, 1200) == 2);
  BOOST_TEST(look_until(right, 0, 0) == 3);
}

BOOST_AUTO_TEST_CASE(an_average_without_a_value_blocks_its_rule) {
  ScalingBench lab(kUpAndDown, 1, 10);
  lab.view.wanted = 2;
  lab.blank(2, {.state = ScalingReplica::State::starting});
  look_until(lab, 0, 39);  // nothing is known at 0
  lab.replicas(2, using_cpu(0.9));

  BOOST_TEST(look_until(lab, 40, 120) == 2);  // 0 is within the 120 s still
  BOOST_TEST(look_until(lab, 160, 180) == 3);
}

BOOST_AUTO_TEST_CASE(percentages_round_half_up_and_change_at_least_one) {
  const auto after = [](const std::string& adjustment, std::int64_t from) {
    ScalingBench lab(
        "policy: cf_autoscaler, rules: [{metric: cpu, operator: at_least, threshold: "
        "0, adjustment: " +
        adjustment + "}]");
    lab.view.wanted = from;
    return lab.replicas(1, using_cpu(0.5)).at(0);
  };

  BOOST_TEST(after("+50%", 5) == 8);  // 7.5
  BOOST_TEST(after("+10%", 3) == 4);  // 3.3: forced
  BOOST_TEST(after("-10%", 3) == 2);  // 2.7 rounds to 3: forced
  BOOST_TEST(after("-10%", 20) == 18);
  BOOST_TEST(after("+3", 5) == 8);
}

BOOST_AUTO_TEST_CASE(what_the_bounds_leave_unchanged_starts_no_cool_down) {
  ScalingBench lab(kUpAndDown, 1, 2);
  lab.view.wanted = 2;
  lab.replicas(2, using_cpu(0.9));
  BOOST_TEST(look_until(lab, 0, 0) == 2);

  lab.view.most = 10;
  BOOST_TEST(look_until(lab, 60, 60) == 3);
}

BOOST_AUTO_TEST_CASE(while_a_deployment_is_in_flight_the_cloud_controller_refuses) {
  ScalingBench lab(kUpAndDown, 1, 10);
  lab.view.wanted = 2;
  lab.view.deploying = true;
  lab.replicas(2, using_cpu(0.9));
  BOOST_TEST(look_until(lab, 0, 0) == 2);

  lab.view.deploying = false;
  BOOST_TEST(look_until(lab, 60, 60) == 3);  // no cool-down was begun
}

BOOST_AUTO_TEST_CASE(of_overlapping_schedules_the_one_that_began_first_holds) {
  // 2024-01-01 is a Monday; the bench's day begins at t=0.
  ScalingBench lab(
      "policy: cf_autoscaler, schedules: [{from: 2h, to: 6h, min: 5, max: 9, initial_min: 7}, "
      "{days: [1], from: 1h, to: 4h, min: 2, max: 3}]",
      1, 4);
  lab.view.wanted = 1;
  lab.replicas(1, using_cpu(0.5));

  BOOST_TEST(lab.at(0) == 1);
  BOOST_TEST(lab.at(3600) == 2);      // the second's least
  BOOST_TEST(lab.at(2 * 3600) == 2);  // the first begins, and has to wait
  BOOST_TEST(lab.at(4 * 3600) == 7);  // its initial minimum
  lab.view.wanted = 6;
  BOOST_TEST(lab.at(5 * 3600) == 6);   // above its least
  BOOST_TEST(lab.at(6 * 3600) == 4);   // the policy's own most
  BOOST_TEST(lab.at(25 * 3600) == 4);  // a Tuesday
}

BOOST_AUTO_TEST_CASE(response_times_are_those_of_routers_in_milliseconds) {
  ScalingBench lab(
      "policy: cf_autoscaler, rules: [{metric: responsetime, operator: above, "
      "threshold: 200, adjustment: +2}]",
      1, 10);
  lab.view.wanted = 1;
  RouterSample slow{.at = at_second(-10), .window = 15s, .answered = 2};
  slow.latency.add(150'000'000);
  slow.latency.add(260'000'000);  // mean 205 ms

  BOOST_TEST(lab.routers(slow).at(0) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
