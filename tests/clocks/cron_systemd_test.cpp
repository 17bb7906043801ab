/// \file cron_systemd_test.cpp
/// systemd's calendar events on the nights of summer time, and its timers when the clock is set.
/// Why: its times were compared with systemd-analyze 252; these are the ones that surprise.
#include "tests/clocks/cron_lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

void check(const Times& starts, const Times& expected) {
  BOOST_TEST(starts == expected, boost::test_tools::per_element());
}
Times systemd(const char* text, const Zone& zone, const char* after, int count) {
  return next<SystemdCalendar>(text, zone, after, count);
}

BOOST_AUTO_TEST_SUITE(cron_systemd)

BOOST_AUTO_TEST_CASE(a_time_in_the_gap_is_skipped_that_day) {
  check(systemd("02:30", new_york(), "2024-03-09T12:00:00Z", 2),
        {"2024-03-11 06:30:00", "2024-03-12 06:30:00"});
}

BOOST_AUTO_TEST_CASE(a_repeated_time_runs_once_and_at_the_first_of_the_two) {
  check(systemd("01:30", new_york(), "2024-11-02T12:00:00Z", 2),
        {"2024-11-03 05:30:00", "2024-11-04 06:30:00"});
  check(systemd("02:00", berlin(), "2023-10-28T12:00:00Z", 2),
        {"2023-10-29 00:00:00", "2023-10-30 01:00:00"});
}

BOOST_AUTO_TEST_CASE(nothing_runs_in_the_second_pass_of_a_repeated_hour_unless_it_begins_there) {
  check(systemd("*:0/30", new_york(), "2024-11-03T04:50:00Z", 3),
        {"2024-11-03 05:00:00", "2024-11-03 05:30:00", "2024-11-03 07:00:00"});
  check(systemd("*:0/30", new_york(), "2024-11-03T06:10:00Z", 2),
        {"2024-11-03 06:30:00", "2024-11-03 07:00:00"});
}

BOOST_AUTO_TEST_CASE(half_an_hour_on_lord_howe_island) {
  check(systemd("*:0/15", lord_howe(), "2024-10-05T15:10:00Z", 2),
        {"2024-10-05 15:15:00", "2024-10-05 15:30:00"});
  check(systemd("*:0/15", lord_howe(), "2024-04-06T14:35:00Z", 2),
        {"2024-04-06 14:45:00", "2024-04-06 15:30:00"});
}

BOOST_AUTO_TEST_CASE(february_29_the_31st_and_days_from_the_end_of_the_month) {
  check(systemd("*-02-29", Zone(), "2096-03-01T00:00:00Z", 2),
        {"2104-02-29 00:00:00", "2108-02-29 00:00:00"});
  check(systemd("*-*-31", Zone(), "2024-03-31T12:00:00Z", 2),
        {"2024-05-31 00:00:00", "2024-07-31 00:00:00"});
  check(systemd("*-02-31", Zone(), "2024-03-31T12:00:00Z", 1), {});
  check(systemd("*-*~01", Zone(), "2024-01-31T12:00:00Z", 2),
        {"2024-02-29 00:00:00", "2024-03-31 00:00:00"});
  check(systemd("Mon *-05~07/1", Zone(), "2024-01-01T00:00:00Z", 2),  // the last Monday of May
        {"2024-05-27 00:00:00", "2025-05-26 00:00:00"});
}

BOOST_AUTO_TEST_CASE(weekdays_ranges_steps_shorthands_and_zones) {
  check(systemd("Mon..Wed,Fri 10:00", Zone(), "2024-03-05T12:00:00Z", 3),
        {"2024-03-06 10:00:00", "2024-03-08 10:00:00", "2024-03-11 10:00:00"});
  check(systemd("weekly", Zone(), "2024-03-05T12:00:00Z", 1), {"2024-03-11 00:00:00"});
  check(systemd("quarterly", Zone(), "2024-03-05T12:00:00Z", 1), {"2024-04-01 00:00:00"});
  check(systemd("semi-annually", Zone(), "2024-03-05T12:00:00Z", 1), {"2024-07-01 00:00:00"});
  check(systemd("24-3-6 8..20/6:30:00", Zone(), "2024-03-05T12:00:00Z", 3),
        {"2024-03-06 08:30:00", "2024-03-06 14:30:00", "2024-03-06 20:30:00"});
  check(systemd("*:*:0/0.5", Zone(), "2024-03-05T12:00:00Z", 2),
        {"2024-03-05 12:00:00.500000000", "2024-03-05 12:00:01"});
  BOOST_TEST(*parsed<SystemdCalendar>("Sat 03:00 Europe/Berlin").zone_name() == "Europe/Berlin");
  BOOST_TEST(*parsed<SystemdCalendar>("daily UTC").zone_name() == "UTC");
}

BOOST_AUTO_TEST_CASE(steps_of_days_past_december_miss_the_first_days_of_january) {
  // Weekdays among the 1st, 8th, 15th…: 1 January 2019 is a Tuesday and yet left out (252).
  check(systemd("Mon..Fri *-*-01/7", Zone(), "2018-11-23T12:00:00Z", 2),
        {"2018-11-29 00:00:00", "2019-01-08 00:00:00"});
}

BOOST_AUTO_TEST_CASE(a_timer_runs_once_for_all_that_a_step_forward_passed) {
  const auto starts = [](const char* event, Duration by) {
    return CronHost("2024-06-01T10:00:00Z", Zone())
        .set("2024-06-01T10:30:10Z", by)
        .loop<SystemdCalendar>(CronLoop::systemd, event, "2024-06-01T12:29:00Z");
  };
  check(starts("hourly", 4h),
        {"2024-06-01 10:30:10", "2024-06-01 11:00:00", "2024-06-01 12:00:00"});
  check(starts("11:00", 1h), {"2024-06-01 10:30:10"});
  check(starts("10:15", -1h), {"2024-06-01 10:15:00", "2024-06-01 11:15:00"});
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_repeats_runs_and_halts_none) {
  check(
      CronHost("2024-06-01T10:00:30Z", Zone())
          .set("2024-06-01T10:02:30Z", -4h)
          .loop<SystemdCalendar>(CronLoop::systemd, "*:*", "2024-06-01T10:04:00Z"),
      {"2024-06-01 10:01:00", "2024-06-01 10:02:00", "2024-06-01 10:03:00", "2024-06-01 10:04:00"});
  check(CronHost("2024-06-01T10:00:00Z", Zone())
            .set("2024-06-01T11:00:30Z", -4h)
            .loop<SystemdCalendar>(CronLoop::systemd, "10:30", "2024-06-01T18:00:00Z"),
        {"2024-06-01 10:30:00", "2024-06-01 14:30:00"});
}

BOOST_AUTO_TEST_CASE(what_systemd_refuses_is_refused_with_column_and_fix) {
  const auto refused = refusal<SystemdCalendar>;
  BOOST_TEST(refused("Mon..Fri 25:00") ==
             "column 10: \"25\" goes beyond what there is: give 0 to 23");
  BOOST_TEST(refused("Sat..Mon 10:00") ==
             "column 1: the range of days ends before it begins: weeks begin on Monday");
  BOOST_TEST(refused("10").starts_with("column 1: \"10\" is no date"));
  BOOST_TEST(refused("*:0/0") == "column 5: a step of 0: give 1 or more");
  BOOST_TEST(refused("12..10:00") ==
             "column 1: the range ends before it begins: give the smaller value first");
  for (const char* bad : {"", "foo", "*-13-01", "*-*~29", "*:*:60", "2024-01-01-01", "Mon,,Tue",
                          "*-*-07/40", "Mon Tue", "~01", "Mon..", "daily extra UTC", "1969-01-01",
                          "2200-01-01", "0 2 * * *", "1:2:3:4"}) {
    BOOST_TEST(!refused(bad).empty(), bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
