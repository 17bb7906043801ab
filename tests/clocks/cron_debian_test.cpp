/// \file cron_debian_test.cpp
/// Debian's cron on the two nights of summer time, and after the wall clock was set.
/// Why: it is the only one that makes up for them, and its limits decide what a step costs.
#include "tests/clocks/cron_lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

void check(const Times& starts, const Times& expected) {
  BOOST_TEST(starts == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(cron_debian)

BOOST_AUTO_TEST_CASE(edge_36_half_past_two_in_the_gap_runs_once_right_after_it) {
  check(CronHost("2024-03-10T05:00:00Z", new_york()).debian({"30 2 * * *"}, "2024-03-11T12:00:00Z"),
        {"2024-03-10 07:00", "2024-03-11 06:30"});
}

BOOST_AUTO_TEST_CASE(each_missed_minute_of_a_fixed_line_runs_ten_seconds_after_the_one_before) {
  const auto lines = std::vector<const char*>{"0,30 2 * * *", "59 2 * * *", "*/15 * * * *"};
  check(CronHost("2024-03-10T06:50:00Z", new_york()).debian(lines, "2024-03-10T07:16:00Z"),
        {"2 at 2024-03-10 07:00", "0 at 2024-03-10 07:00", "0 at 2024-03-10 07:00",
         "1 at 2024-03-10 07:00", "2 at 2024-03-10 07:15"});
}

BOOST_AUTO_TEST_CASE(catching_up_goes_on_after_the_minute_is_used_up) {
  // Every minute from 02:00 on has a job, and each costs 10 s: six in the first minute.
  const Times starts =
      CronHost("2024-03-10T06:58:00Z", new_york()).debian({"0-9 2 * * *"}, "2024-03-10T07:20:00Z");
  BOOST_TEST(starts.size() == 10u);
  BOOST_TEST(std::count(starts.begin(), starts.end(), "2024-03-10 07:00") < 10);
  BOOST_TEST(starts.back() == "2024-03-10 07:01");
}

BOOST_AUTO_TEST_CASE(edge_37_half_past_one_runs_once_where_it_comes_twice) {
  check(CronHost("2024-11-03T04:00:00Z", new_york()).debian({"30 1 * * *"}, "2024-11-04T12:00:00Z"),
        {"2024-11-03 05:30", "2024-11-04 06:30"});
}

BOOST_AUTO_TEST_CASE(lines_with_a_star_in_minute_or_hour_follow_the_clock_through_both_nights) {
  const Times twice =
      CronHost("2024-11-03T05:00:00Z", new_york()).debian({"*/30 * * * *"}, "2024-11-03T07:01:00Z");
  check(twice, {"2024-11-03 05:30", "2024-11-03 06:00", "2024-11-03 06:30", "2024-11-03 07:00"});
  check(CronHost("2024-03-10T06:20:00Z", new_york()).debian({"@hourly"}, "2024-03-10T08:01:00Z"),
        {"2024-03-10 07:00", "2024-03-10 08:00"});
  // Minutes 0 to 59 without a star are fixed times for it: none in the second pass.
  check(CronHost("2024-11-03T05:58:00Z", new_york())
            .debian({"0-59 0-23 * * *"}, "2024-11-03T07:00:30Z"),
        {"2024-11-03 05:59", "2024-11-03 07:00"});
}

BOOST_AUTO_TEST_CASE(berlin_in_october_runs_two_oclock_once) {
  check(CronHost("2023-10-28T22:00:00Z", berlin()).debian({"0 2 * * *"}, "2023-10-29T06:00:00Z"),
        {"2023-10-29 00:00"});
}

BOOST_AUTO_TEST_CASE(half_an_hour_on_lord_howe_island_is_made_up_for_too) {
  check(
      CronHost("2024-10-05T15:00:00Z", lord_howe()).debian({"15 2 * * *"}, "2024-10-05T18:00:00Z"),
      {"2024-10-05 15:30"});
  check(
      CronHost("2024-04-06T14:00:00Z", lord_howe()).debian({"45 1 * * *"}, "2024-04-06T18:00:00Z"),
      {"2024-04-06 14:45"});
}

BOOST_AUTO_TEST_CASE(edge_38_a_step_of_four_hours_over_a_fixed_time_loses_it) {
  check(CronHost("2024-06-01T10:00:00Z", Zone())
            .set("2024-06-01T11:00:30Z", 4h)
            .debian({"0 13 * * *", "1 15 * * *"}, "2024-06-01T14:00:00Z"),
        {"1 at 2024-06-01 11:01"});
}

BOOST_AUTO_TEST_CASE(a_step_of_one_hour_over_a_fixed_time_runs_it_at_once) {
  check(CronHost("2024-06-01T10:00:00Z", Zone())
            .set("2024-06-01T11:00:30Z", 1h)
            .debian({"30 11 * * *"}, "2024-06-01T14:00:00Z"),
        {"2024-06-01 11:01"});
}

BOOST_AUTO_TEST_CASE(an_hour_back_does_not_repeat_a_fixed_time_and_four_hours_do) {
  const auto back = [](Duration by) {
    return CronHost("2024-06-01T10:00:00Z", Zone())
        .set("2024-06-01T11:00:30Z", by)
        .debian({"30 10 * * *"}, "2024-06-01T18:00:00Z");
  };
  check(back(-1h), {"2024-06-01 10:30"});
  check(back(-4h), {"2024-06-01 10:30", "2024-06-01 14:30"});
}

BOOST_AUTO_TEST_CASE(three_hours_back_are_large_and_three_hours_forward_are_medium) {
  const auto starts = [](Duration by, const char* line) {
    return CronHost("2024-06-01T10:00:00Z", Zone())
        .set("2024-06-01T11:00:30Z", by)
        .debian({line}, "2024-06-01T16:00:00Z")
        .size();
  };
  BOOST_TEST(starts(-3h + 1min, "30 10 * * *") == 1u);  // a minute has passed when it wakes
  BOOST_TEST(starts(-3h - 1min, "30 10 * * *") == 2u);
  BOOST_TEST(starts(3h - 1min, "0 13 * * *") == 1u);
  BOOST_TEST(starts(3h, "0 13 * * *") == 0u);
}

BOOST_AUTO_TEST_CASE(up_to_five_minutes_late_it_runs_every_minute_with_wildcards) {
  check(CronHost("2024-06-01T10:00:00Z", Zone())
            .set("2024-06-01T10:01:30Z", 3min)
            .debian({"* * * * *"}, "2024-06-01T10:02:50Z"),
        {"2024-06-01 10:01", "2024-06-01 10:02", "2024-06-01 10:02", "2024-06-01 10:02",
         "2024-06-01 10:02"});
}

BOOST_AUTO_TEST_CASE(days_are_joined_by_or_unless_one_of_them_has_a_star) {
  const auto days = [](const char* line) {
    const DebianLine read = parsed<DebianLine>(line);
    std::string found;
    for (unsigned day = 1; day <= 31; ++day) {
      if (read.matches({2024, 3, day, 0})) found += std::to_string(day) + " ";
    }
    return found;
  };
  BOOST_TEST(days("0 0 13 * 5") == "1 8 13 15 22 29 ");
  BOOST_TEST(days("0 0 13 * *") == "13 ");
  BOOST_TEST(days("0 0 * * 5") == "1 8 15 22 29 ");
  BOOST_TEST(days("0 0 */2 * 1") == "11 25 ");  // a step keeps the star: odd days and Mondays
  BOOST_TEST(days("0 0 1-31/2 * 1").size() > days("0 0 */2 * 1").size());
  BOOST_TEST(days("@weekly") == "3 10 17 24 31 ");
}

BOOST_AUTO_TEST_CASE(february_29_and_the_31st_run_in_the_years_and_months_that_have_them) {
  const DebianLine leap = parsed<DebianLine>("0 0 29 2 *");
  BOOST_TEST(leap.matches({2024, 2, 29, 0}));
  BOOST_TEST(!leap.matches({2023, 3, 1, 0}));
  BOOST_TEST(!leap.matches({2023, 2, 28, 0}));
  const DebianLine last = parsed<DebianLine>("0 0 31 * *");
  BOOST_TEST(last.matches({2024, 5, 31, 0}));
  BOOST_TEST(!last.matches({2024, 4, 30, 0}));
}

BOOST_AUTO_TEST_CASE(sunday_is_0_and_7_and_names_are_read_in_any_case) {
  BOOST_TEST(parsed<DebianLine>("0 0 * * 7").matches({2024, 3, 3, 0}));
  BOOST_TEST(parsed<DebianLine>("0 0 * * 0").matches({2024, 3, 3, 0}));
  BOOST_TEST(parsed<DebianLine>("0 0 * Mar Mon-fri").matches({2024, 3, 4, 0}));
  BOOST_TEST(parsed<DebianLine>("@reboot").at_boot);
}

// What `crontab -n` of Debian's 3.0pl1-162 takes and refuses.
BOOST_AUTO_TEST_CASE(lines_are_refused_with_column_and_fix_where_debian_says_bad_minute) {
  BOOST_TEST(refusal<DebianLine>("5/15 * * * *") ==
             "column 2: a single value takes no step: write 5-59/15");
  BOOST_TEST(refusal<DebianLine>("60 * * * *") == "column 1: \"60\" is no minute: give 0 to 59");
  BOOST_TEST(refusal<DebianLine>("0 24 * * *") == "column 3: \"24\" is no hour: give 0 to 23");
  BOOST_TEST(refusal<DebianLine>("0 0 * january *") ==
             "column 7: \"january\" is no month: give 1 to 12 or a name such as jan");
  BOOST_TEST(refusal<DebianLine>("* * * *") ==
             "column 8: a crontab line has 5 fields, here are 4: give minute, hour, day of the "
             "month, month and day of the week");
  for (const char* bad :
       {"", "*/0 * * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 0 *", "0 0 * 13 *", "0 0 * * 8",
        "@Daily", "@every 5m", "1,2, * * * *", "1--5 * * * *", "* * * * ?", "* * * * * *"}) {
    BOOST_TEST(!refusal<DebianLine>(bad).empty(), bad);
  }
}

BOOST_AUTO_TEST_CASE(what_debian_takes_without_a_word_is_taken_and_pointed_out) {
  const auto oddity = [](const char* line) {
    const auto odd = parsed<DebianLine>(line).oddity;
    return odd ? text(*odd) : "";
  };
  BOOST_TEST(oddity("10-5 * * * *") ==
             "column 1: the range ends before it begins, so that it names nothing: write "
             "10-59,0-5");
  BOOST_TEST(oddity("0 0 * * fri-sun").find("write 5-7,0-0") != std::string::npos);
  BOOST_TEST(oddity("1;2 * * * *").find("cron ignores \";2\"") != std::string::npos);
  BOOST_TEST(oddity("*5 * * * *").find("cron ignores \"5\"") != std::string::npos);
  BOOST_TEST(oddity("*/15 1-5 * * *").empty());
  BOOST_TEST(parsed<DebianLine>("10-5 * * * *").minute.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
