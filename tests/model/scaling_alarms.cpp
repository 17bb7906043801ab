/// \file scaling_alarms.cpp
/// Response times, target tracking, steps, the calendar and forecasts, each by its own rules.
/// Why: datapoints, cool-downs and warm-ups decide when something happens at all.
#include <cmath>

#include "tests/model/scaling_lab.hpp"

namespace leapday::model {
namespace {

/// So many seconds of answers that all took that long.
RouterSample answers(double from, double to, Duration latency, int count = 100) {
  RouterSample sample{.at = at_second(to), .window = at_second(to) - at_second(from)};
  sample.answered = static_cast<std::uint64_t>(count);
  for (int i = 0; i < count; ++i) sample.latency.add(latency.count());
  return sample;
}

BOOST_AUTO_TEST_SUITE(scaling_alarms)

BOOST_AUTO_TEST_CASE(heroku_adds_one_dyno_a_minute_while_the_p95_is_above_the_target) {
  ScalingBench lab("policy: latency_threshold, target: 500ms", 1, 4);
  lab.view.wanted = 1;

  for (int minute = 0; minute < 5; ++minute) {
    lab.routers(answers(minute * 60 - 10, minute * 60, 800ms));
    BOOST_TEST(lab.at(minute * 60) == std::min(2 + minute, 4));
    BOOST_TEST((lab.last.again == 60s));
  }
}

BOOST_AUTO_TEST_CASE(heroku_shrinks_by_one_when_all_was_well_below_for_long_enough) {
  ScalingBench lab("policy: latency_threshold, target: 500ms", 1, 4);
  lab.view.wanted = 4;
  std::vector<std::int64_t> wanted;
  for (int minute = 0; minute <= 21; ++minute) {
    lab.routers(answers(minute * 60 - 10, minute * 60, 100ms));
    wanted.push_back(lab.at(minute * 60));
  }

  BOOST_TEST(wanted[9] == 4);
  BOOST_TEST(wanted[10] == 3);  // ten minutes of it
  BOOST_TEST(wanted[19] == 3);
  BOOST_TEST(wanted[20] == 2);  // and ten more of the three that there were
}

BOOST_AUTO_TEST_CASE(heroku_leaves_alone_what_is_neither_slow_nor_well_below) {
  ScalingBench lab("policy: latency_threshold, target: 500ms", 1, 4);
  lab.view.wanted = 3;
  for (int minute = 0; minute <= 30; ++minute) {
    lab.routers(answers(minute * 60 - 10, minute * 60, 400ms));
    BOOST_TEST(lab.at(minute * 60) == 3);
  }
}

BOOST_AUTO_TEST_CASE(target_tracking_grows_after_three_means_above_and_in_proportion) {
  ScalingBench lab("policy: target_tracking, target: 50%");
  lab.view.wanted = 4;
  lab.replicas(4, {.window = 60s, .cpu = 0.8});

  BOOST_TEST(lab.at(0) == 4);
  BOOST_TEST(lab.at(60) == 4);
  BOOST_TEST(lab.at(120) == 7);  // 4 * 0.8 / 0.5 = 6.4
}

BOOST_AUTO_TEST_CASE(target_tracking_shrinks_after_fifteen_means_below_90_percent_of_it) {
  ScalingBench lab("policy: target_tracking, target: 50%");
  lab.view.wanted = 10;
  lab.replicas(10, {.window = 60s, .cpu = 0.2});

  for (int minute = 0; minute < 14; ++minute) BOOST_TEST(lab.at(minute * 60) == 10);
  BOOST_TEST(lab.at(14 * 60) == 4);
  for (int minute = 15; minute < 19; ++minute) BOOST_TEST(lab.at(minute * 60) == 4);  // cools down
}

BOOST_AUTO_TEST_CASE(target_tracking_counts_what_it_has_just_added_while_it_cools_down) {
  ScalingBench lab("policy: target_tracking, target: 50%, out_datapoints: 1");
  lab.view.wanted = 4;
  lab.replicas(4, {.window = 60s, .cpu = 0.75});
  BOOST_TEST(lab.at(0) == 6);

  BOOST_TEST(lab.at(60) == 6);  // still 1.5 times the target: of the four there were
  lab.replicas(4, {.window = 60s, .cpu = 1});
  BOOST_TEST(lab.at(120) == 8);  // twice: two more than were added
}

BOOST_AUTO_TEST_CASE(a_larger_excess_takes_a_larger_step) {
  const std::string policy =
      "policy: step_scaling, alarms: [{above: 60, steps: [{to: 20, by: 1}, {from: 20, by: 3}]}, "
      "{below: 30, datapoints: 2, steps: [{by: -1}]}]";
  ScalingBench little(policy), much(policy), less(policy);
  little.view.wanted = much.view.wanted = less.view.wanted = 4;
  little.replicas(4, {.window = 60s, .cpu = 0.7});
  much.replicas(4, {.window = 60s, .cpu = 0.85});
  less.replicas(4, {.window = 60s, .cpu = 0.2});

  BOOST_TEST(little.at(0) == 5);
  BOOST_TEST(much.at(0) == 7);
  BOOST_TEST(less.at(0) == 4);
  BOOST_TEST(less.at(60) == 3);
  BOOST_TEST(less.at(120) == 3);  // cools down
}

BOOST_AUTO_TEST_CASE(while_instances_warm_up_only_what_exceeds_them_is_added) {
  ScalingBench lab(
      "policy: step_scaling, alarms: [{above: 60, steps: [{to: 20, by: 1}, {from: 20, by: 3}]}]");
  lab.view.wanted = 4;
  lab.replicas(4, {.window = 60s, .cpu = 0.7});
  BOOST_TEST(lab.at(0) == 5);

  BOOST_TEST(lab.at(60) == 5);  // one more is there already
  lab.replicas(4, {.window = 60s, .cpu = 0.9});
  BOOST_TEST(lab.at(120) == 7);  // three more than the four: two of them are new
}

BOOST_AUTO_TEST_CASE(steps_in_percent_round_towards_what_was_asked) {
  const auto after = [](const std::string& by, std::int64_t from) {
    ScalingBench lab(
        "policy: step_scaling, alarms: [{above: 0, adjust: percent, steps: [{by: " + by + "}]}]");
    lab.view.wanted = from;
    return lab.replicas(1, {.window = 60s, .cpu = 0.5}).at(0);
  };

  BOOST_TEST(after("10", 5) == 6);   // 0.5: up
  BOOST_TEST(after("50", 5) == 7);   // 2.5: down
  BOOST_TEST(after("-10", 5) == 4);  // -0.5: one
  BOOST_TEST(after("-50", 5) == 3);  // -2.5: two
}

BOOST_AUTO_TEST_CASE(the_calendar_wants_what_it_says_and_the_least_in_between) {
  ScalingBench lab(
      "policy: scheduled, schedules: [{days: [1, 2], from: 8h, to: 18h, min: 6, max: "
      "10}], utc_offset: 1h",
      2, 20);
  lab.view.wanted = 2;

  BOOST_TEST(lab.at(6.9 * 3600) == 2);
  BOOST_TEST(lab.at(7 * 3600) == 6);  // 08:00 an hour east of UTC
  BOOST_TEST(lab.at(17 * 3600) == 2);
  BOOST_TEST(lab.at((24 + 7) * 3600) == 6);
  BOOST_TEST(lab.at((48 + 7) * 3600) == 2);  // Wednesday
}

BOOST_AUTO_TEST_CASE(a_forecast_has_the_instances_there_before_the_load) {
  // Goal: 12 steps a season, a peak of 1000/s in two of them, 100/s per instance, one step ahead.
  ScalingBench lab(
      "policy: predictive, target_value: 100, interval: 1min, season: 12min, horizon: "
      "1min, margin: 0%, follow: false, level_smoothing: 0.2");
  lab.view.wanted = 2;
  const auto load = [](int step) { return step % 12 == 6 || step % 12 == 7 ? 1000.0 : 200.0; };
  std::vector<std::int64_t> wanted;
  for (int step = 0; step < 48; ++step) {
    lab.replicas(1, {.window = 60s, .rate = load(step)});
    wanted.push_back(lab.at(step * 60));
  }

  BOOST_TEST(wanted[6] == 10);  // of the first season it knows only what it sees
  for (int step = 12; step < 47; ++step) {
    BOOST_TEST(std::abs(static_cast<double>(wanted[static_cast<std::size_t>(step)]) -
                        load(step + 1) / 100) <= 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
