/// \file cron_quartz_test.cpp
/// Quartz on the nights of summer time, at the ends of months, and after a step of the wall clock.
/// Why: its times were compared with CronExpression 2.3.2 itself; these are the ones that surprise.
#include "tests/clocks/cron_lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

void check(const Times& starts, const Times& expected) {
  BOOST_TEST(starts == expected, boost::test_tools::per_element());
}
Times quartz(const char* text, const Zone& zone, const char* after, int count) {
  return next<QuartzSchedule>(text, zone, after, count);
}

BOOST_AUTO_TEST_SUITE(cron_quartz)

BOOST_AUTO_TEST_CASE(a_time_in_the_gap_is_skipped_that_day) {
  check(quartz("0 30 2 * * ?", new_york(), "2024-03-09T12:00:00Z", 2),
        {"2024-03-11 06:30:00", "2024-03-12 06:30:00"});
  check(quartz("0 0 * * * ?", new_york(), "2024-03-10T05:30:00Z", 3),
        {"2024-03-10 06:00:00", "2024-03-10 07:00:00", "2024-03-10 08:00:00"});
}

BOOST_AUTO_TEST_CASE(incident_28_a_job_after_two_does_not_run_on_14_march_2021) {
  check(quartz("0 15 2 ? * *", new_york(), "2021-03-13T12:00:00Z", 1), {"2021-03-15 06:15:00"});
}

BOOST_AUTO_TEST_CASE(a_repeated_time_runs_once_and_at_the_second_of_the_two) {
  check(quartz("0 30 1 * * ?", new_york(), "2024-11-02T12:00:00Z", 2),
        {"2024-11-03 06:30:00", "2024-11-04 06:30:00"});
  check(quartz("0 0 2 * * ?", berlin(), "2023-10-28T12:00:00Z", 2),
        {"2023-10-29 01:00:00", "2023-10-30 01:00:00"});
}

BOOST_AUTO_TEST_CASE(a_job_of_every_quarter_misses_the_first_pass_of_the_repeated_hour) {
  check(quartz("0 0/15 * * * ?", new_york(), "2024-11-03T04:40:00Z", 3),
        {"2024-11-03 04:45:00", "2024-11-03 06:00:00", "2024-11-03 06:15:00"});
}

BOOST_AUTO_TEST_CASE(lord_howe_island_skips_and_repeats_half_an_hour) {
  check(quartz("0 0/15 * * * ?", lord_howe(), "2024-10-05T15:10:00Z", 3),
        {"2024-10-05 15:15:00", "2024-10-05 15:30:00", "2024-10-05 15:45:00"});
  check(quartz("0 15 2 * * ?", lord_howe(), "2024-10-05T00:00:00Z", 1), {"2024-10-06 15:15:00"});
  check(quartz("0 45 1 * * ?", lord_howe(), "2024-04-06T00:00:00Z", 1), {"2024-04-06 15:15:00"});
}

BOOST_AUTO_TEST_CASE(last_days_last_weekdays_and_nearest_weekdays) {
  check(quartz("0 0 0 L * ?", Zone(), "2024-01-31T12:00:00Z", 3),
        {"2024-02-29 00:00:00", "2024-03-31 00:00:00", "2024-04-30 00:00:00"});
  check(quartz("0 0 0 LW * ?", Zone(), "2024-02-29T12:00:00Z", 3),
        {"2024-03-29 00:00:00", "2024-04-30 00:00:00", "2024-05-31 00:00:00"});
  check(quartz("0 0 0 ? * 6#3", Zone(), "2024-01-01T00:00:00Z", 2),
        {"2024-01-19 00:00:00", "2024-02-16 00:00:00"});
  check(quartz("0 0 0 ? * 6L", Zone(), "2024-02-01T00:00:00Z", 2),
        {"2024-02-23 00:00:00", "2024-03-29 00:00:00"});
  // 1 June 2024 is a Saturday: the nearest weekday of that month is Monday the 3rd.
  check(quartz("0 0 0 1W * ?", Zone(), "2024-05-02T00:00:00Z", 2),
        {"2024-06-03 00:00:00", "2024-07-01 00:00:00"});
  check(quartz("0 0 0 L-3 * ?", Zone(), "2024-02-01T00:00:00Z", 1), {"2024-02-26 00:00:00"});
  check(quartz("0 0 0 ? * MON#5", Zone(), "2024-02-01T00:00:00Z", 2),
        {"2024-04-29 00:00:00", "2024-07-29 00:00:00"});
}

BOOST_AUTO_TEST_CASE(an_l_alone_in_the_days_of_the_week_is_every_saturday) {
  check(quartz("0 0 0 ? * L", Zone(), "2024-02-01T00:00:00Z", 2),
        {"2024-02-03 00:00:00", "2024-02-10 00:00:00"});
}

BOOST_AUTO_TEST_CASE(days_that_months_and_years_do_not_have_wait_for_one_that_has) {
  check(quartz("0 0 0 29 2 ?", Zone(), "2024-03-01T00:00:00Z", 2),
        {"2028-02-29 00:00:00", "2032-02-29 00:00:00"});
  check(quartz("0 0 0 29 2 ?", Zone(), "2096-03-01T00:00:00Z", 1), {"2104-02-29 00:00:00"});
  check(quartz("0 0 0 31 * ?", Zone(), "2024-03-31T12:00:00Z", 2),
        {"2024-05-31 00:00:00", "2024-07-31 00:00:00"});
  check(quartz("0 0 0 31 2 ?", Zone(), "2024-03-31T12:00:00Z", 1), {});
  // 2.3.2 moves 31W to the 30th of a short month where the 1st of the next is a Saturday.
  check(quartz("0 0 0 31W 4 ?", Zone(), "2024-03-10T00:00:00Z", 1), {"2027-04-30 00:00:00"});
}

BOOST_AUTO_TEST_CASE(ranges_wrap_and_years_end) {
  check(
      quartz("0 0 12 ? * FRI-MON", Zone(), "2024-03-05T00:00:00Z", 4),
      {"2024-03-08 12:00:00", "2024-03-09 12:00:00", "2024-03-10 12:00:00", "2024-03-11 12:00:00"});
  check(quartz("0 0 0 1 1 ? 2025/2", Zone(), "2024-03-05T00:00:00Z", 2),
        {"2025-01-01 00:00:00", "2027-01-01 00:00:00"});
  check(quartz("0 0 0 1 1 ? 2020-2023", Zone(), "2024-03-05T00:00:00Z", 1), {});
}

BOOST_AUTO_TEST_CASE(a_misfire_runs_once_and_lateness_of_a_minute_runs_all) {
  const auto starts = [](const char* line, Duration by) {
    return CronHost("2024-06-01T10:00:00Z", Zone())
        .set("2024-06-01T10:30:10Z", by)
        .loop<QuartzSchedule>(CronLoop::quartz, line, "2024-06-01T12:30:00Z");
  };
  // It looks every 30 s, and finds an hourly job three runs late: once, then the next hour.
  check(starts("0 0 * * * ?", 4h),
        {"2024-06-01 10:30:30", "2024-06-01 11:00:00", "2024-06-01 12:00:00"});
  check(starts("0 0 11 * * ?", 1h), {"2024-06-01 10:30:30"});
  check(starts("0/20 31 10 * * ?", 80s),
        {"2024-06-01 10:30:30", "2024-06-01 10:30:30", "2024-06-01 10:30:30"});
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_repeats_nothing_and_halts_what_runs_every_minute) {
  check(CronHost("2024-06-01T10:00:00Z", Zone())
            .set("2024-06-01T10:45:00Z", -1h)
            .loop<QuartzSchedule>(CronLoop::quartz, "0 30 10 * * ?", "2024-06-01T18:00:00Z"),
        {"2024-06-01 10:30:00"});
  const Times minutes =
      CronHost("2024-06-01T10:00:30Z", Zone())
          .set("2024-06-01T10:02:30Z", -4h)
          .loop<QuartzSchedule>(CronLoop::quartz, "0 * * * * ?", "2024-06-01T14:04:00Z");
  check(minutes, {"2024-06-01 10:01:00", "2024-06-01 10:02:00", "2024-06-01 14:03:00",
                  "2024-06-01 14:04:00"});
}

BOOST_AUTO_TEST_CASE(what_quartz_refuses_is_refused_with_column_and_fix) {
  const auto refused = refusal<QuartzSchedule>;
  BOOST_TEST(refused("0 0 12 * * *") ==
             "column 12: both day fields are given: write ? in exactly one of them");
  BOOST_TEST(refused("0 0 12 ? * ?") ==
             "column 12: both day fields are left open: write ? in exactly one of them");
  BOOST_TEST(
      refused("0 12 * * ?").starts_with("column 11: Quartz wants 6 or 7 fields, here are 5"));
  BOOST_TEST(refused("0 0/70 0 1 * ?") == "column 5: \"70\" is no step of a minute: give 1 to 59");
  BOOST_TEST(refused("0 0 0 ? * 0") ==
             "column 11: \"0\" is no day of the week: give 1 to 7 or a name such as sun");
  BOOST_TEST(refused("0 0 0 ? * 6#6") ==
             "column 13: no month has so many of them: give 1 to 5 after the #");
  BOOST_TEST(refused("0 0 0 L,5 * ?") ==
             "column 8: \",5\" follows an L: L stands alone or as L-3, LW or L-3W, and in no list");
  for (const char* bad : {"0 0 0 LX * ?", "0 0 0 1W,15W * ?", "0 0 0 32W * ?", "0 0 0 ? * MON,6L",
                          "0 0 0 ? * 2,3#2", "0 ? 0 1 * ?", "60 0 0 1 * ?", "0 0 0 1 * ? 1969",
                          "0 0 0 1 * ? 2025-2024", "", "0 0 0 1-2-3 * ?", "0 0/ 0 1 * ?"}) {
    BOOST_TEST(!refused(bad).empty(), bad);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
