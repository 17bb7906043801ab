/// \file edge_calendar_test.cpp
/// Leap days, narrow counters and week years, by their numbers in the table of edges.
/// Why: each of them was an outage somewhere, on a day that everybody could have known.
#include <initializer_list>

#include "sim/clocks/width.hpp"
#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

std::string date_after(const char* from, int years, AddYear rule) {
  const auto added = add_years(wall(from), years, rule);
  return added ? date_text(*added) : "none";
}

BOOST_AUTO_TEST_SUITE(edge_calendar)

BOOST_AUTO_TEST_CASE(edge_16_centuries_are_leap_years_only_every_fourth_time) {
  BOOST_TEST(!is_leap_year(1900));
  BOOST_TEST(is_leap_year(2000));
  BOOST_TEST(!is_leap_year(2100));
  BOOST_TEST(month_length(2100, 2) == 28u);
}

BOOST_AUTO_TEST_CASE(edge_17_a_year_after_a_leap_day_depends_on_who_adds_it) {
  const char* const day = "2012-02-29T00:00:00Z";
  BOOST_TEST(date_after(day, 1, AddYear::refuse) == "none");
  BOOST_TEST(date_after(day, 1, AddYear::invalid) == "none");
  BOOST_TEST(naive_years_text(wall(day), 1) == "2013-02-29");
  BOOST_TEST(date_after(day, 1, AddYear::clamp) == "2013-02-28");
  BOOST_TEST(date_after(day, 1, AddYear::roll) == "2013-03-01");
  BOOST_TEST(date_after("2012-03-01T00:00:00Z", 1, AddYear::invalid) == "2013-03-01");
}

BOOST_AUTO_TEST_CASE(edge_18_365_days_after_a_leap_day_is_the_day_before) {
  BOOST_TEST(date_after("2024-02-29T12:00:00Z", 1, AddYear::days_365) == "2025-02-28");
  BOOST_TEST(date_text(wall("2024-02-29T12:00:00Z") + 366 * 24h) == "2025-03-01");
}

BOOST_AUTO_TEST_CASE(edge_19_four_years_after_2096_there_is_no_leap_day) {
  BOOST_TEST(date_after("2096-02-29T00:00:00Z", 4, AddYear::refuse) == "none");
  BOOST_TEST(date_after("2096-02-29T00:00:00Z", 8, AddYear::refuse) == "2104-02-29");
}

BOOST_AUTO_TEST_CASE(edge_20_365_days_can_end_on_a_leap_day) {
  BOOST_TEST(date_after("2023-03-01T00:00:00Z", 1, AddYear::days_365) == "2024-02-29");
}

BOOST_AUTO_TEST_CASE(edge_21_there_is_no_31_february) {
  BOOST_TEST(!add_months(wall("2023-01-31T00:00:00Z"), 1));
  BOOST_TEST(date_text(*add_months(wall("2023-01-31T00:00:00Z"), 2)) == "2023-03-31");
  BOOST_TEST(date_text(*add_months(wall("2023-01-15T00:00:00Z"), -13)) == "2021-12-15");
}

BOOST_AUTO_TEST_CASE(edge_22_four_years_after_2024_is_fine) {
  BOOST_TEST(date_after("2024-02-29T00:00:00Z", 4, AddYear::refuse) == "2028-02-29");
}

BOOST_AUTO_TEST_CASE(edge_23_the_zune_hangs_for_the_last_day_of_2008_and_not_next_to_it) {
  BOOST_TEST(day_366_loop_hangs(10593));
  BOOST_TEST(!day_366_loop_hangs(10592));
  BOOST_TEST(!day_366_loop_hangs(10594));
}

BOOST_AUTO_TEST_CASE(edge_37_of_the_incidents_a_week_year_is_not_the_year) {
  BOOST_TEST((iso_week(wall("2014-12-29T00:00:00Z")) == IsoWeek{2015, 1}));
  BOOST_TEST(week_year_differs(wall("2014-12-29T00:00:00Z")));
  BOOST_TEST(!week_year_differs(wall("2014-12-28T23:59:59Z")));
  BOOST_TEST((iso_week(wall("2020-12-31T00:00:00Z")) == IsoWeek{2020, 53}));
  BOOST_TEST((iso_week(wall("2027-01-01T00:00:00Z")) == IsoWeek{2026, 53}));
}

BOOST_AUTO_TEST_CASE(edge_39_2038_reads_as_1901) {
  BOOST_TEST(shown(*through(Width::i32_seconds, wall("2038-01-19T03:14:07Z"))) ==
             "2038-01-19 03:14:07.000000000");
  BOOST_TEST(shown(*through(Width::i32_seconds, wall("2038-01-19T03:14:08Z"))) ==
             "1901-12-13 20:45:52.000000000");
}

BOOST_AUTO_TEST_CASE(edge_40_unsigned_seconds_last_until_2106) {
  BOOST_TEST(shown(*through(Width::u32_seconds, wall("2106-02-07T06:28:15Z"))) ==
             "2106-02-07 06:28:15.000000000");
  BOOST_TEST(shown(*through(Width::u32_seconds, wall("2106-02-07T06:28:16Z"))) ==
             "1970-01-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(edge_41_ntps_era_ends_in_2036) {
  BOOST_TEST(shown(*through(Width::ntp32_seconds, wall("2036-02-07T06:28:15Z"))) ==
             "2036-02-07 06:28:15.000000000");
  BOOST_TEST(shown(*through(Width::ntp32_seconds, wall("2036-02-07T06:28:16Z"))) ==
             "1900-01-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(edge_43_a_gps_week_of_ten_bits_goes_back_1024_weeks) {
  const WallTime pivot = wall("2002-03-10T00:00:00Z");
  BOOST_TEST(shown(*through(Width::gps10_weeks, wall("2021-10-24T00:00:00Z"), pivot)) ==
             "2002-03-10 00:00:00.000000000");
  BOOST_TEST(shown(*through(Width::gps10_weeks, wall("2021-10-23T23:59:59Z"), pivot)) ==
             "2021-10-23 23:59:59.000000000");
}

BOOST_AUTO_TEST_CASE(edge_44_exchange_cannot_store_the_first_minute_of_2022) {
  BOOST_TEST(yymmddhhmm(wall("2021-12-31T23:59:00Z")) == 2112312359);
  BOOST_TEST(through(Width::yymmddhhmm_i32, wall("2021-12-31T23:59:59Z")).has_value());
  BOOST_TEST(yymmddhhmm(wall("2022-01-01T00:01:00Z")) == 2201010001);
  BOOST_TEST(!through(Width::yymmddhhmm_i32, wall("2022-01-01T00:00:00Z")));
}

BOOST_AUTO_TEST_CASE(edge_45_a_billion_seconds_from_now_stopped_fitting_in_2006) {
  const Duration billion = std::chrono::seconds{1'000'000'000};
  BOOST_TEST(!overflows_i32(wall("2006-05-13T01:27:27Z"), billion));
  BOOST_TEST(overflows_i32(wall("2006-05-13T01:27:28Z"), billion));
}

BOOST_AUTO_TEST_CASE(edge_46_uptimes_wrap_at_their_ages) {
  const auto days = [](UptimeCounter counter) {
    return static_cast<double>(wraps_after(counter).count()) / 86400e9;
  };
  BOOST_TEST(days(UptimeCounter::milliseconds_u32) == 49.71, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(days(UptimeCounter::centiseconds_i32) == 248.55, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(days(UptimeCounter::centiseconds_u32) == 497.1, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(days(UptimeCounter::hours_i16) == 1365.33, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(days(UptimeCounter::sched_clock_208d) == 208.5, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(edge_47_the_end_of_9999_is_kept_although_its_nanoseconds_would_wrap) {
  const WallTime end = wall("9999-12-31T23:59:59.999999999Z");
  BOOST_TEST(shown(end) == "9999-12-31 23:59:59.999999999");
  HostClock clock(kSimStart, end);
  BOOST_TEST(shown(clock.realtime(kSimStart + 1ns)) == "10000-01-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
