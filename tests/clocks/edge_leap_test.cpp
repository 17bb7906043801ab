/// \file edge_leap_test.cpp
/// The instants around leap seconds, by their numbers in the table of edges (docs/clocks.md).
/// Why: a clock that is right at noon proves nothing; these are the instants at which fleets broke.
#include <array>

#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

BOOST_AUTO_TEST_SUITE(edge_leap)

BOOST_AUTO_TEST_CASE(edge_1_a_stepping_clock_repeats_the_last_second) {
  Leaping clock(LeapMode::step, new_year_2017());
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:59.5Z")) == "2016-12-31 23:59:59.500000000");
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:60Z")) == "2016-12-31 23:59:59.000000000");
}

BOOST_AUTO_TEST_CASE(edge_2_and_half_a_second_into_it) {
  Leaping clock(LeapMode::step, new_year_2017());
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:60.5Z")) == "2016-12-31 23:59:59.500000000");
  BOOST_TEST(shown(clock.at("2017-01-01T00:00:00Z")) == "2017-01-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(edge_3_a_freezing_clock_waits_at_the_last_nanosecond) {
  Leaping clock(LeapMode::freeze, new_year_2017());
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:60Z")) == "2016-12-31 23:59:59.999999999");
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:60.5Z")) == "2016-12-31 23:59:59.999999999");
  BOOST_TEST(shown(clock.at("2017-01-01T00:00:00Z")) == "2017-01-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(edge_4_a_smeared_clock_is_at_midnight_halfway) {
  Leaping clock(LeapMode::smear, new_year_2017());
  BOOST_TEST(shown(clock.at("2016-12-31T12:00:00Z")) == "2016-12-31 12:00:00.000000000");
  BOOST_TEST(shown(clock.at("2016-12-31T23:59:60.5Z")) == "2017-01-01 00:00:00.000000000");
  BOOST_TEST(shown(clock.at("2017-01-01T12:00:00Z")) == "2017-01-01 12:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(edge_5_and_half_a_second_ahead_at_true_midnight) {
  Leaping clock(LeapMode::smear, new_year_2017());
  const Duration error = ahead(clock.at("2017-01-01T00:00:00Z"), wall("2017-01-01T00:00:00Z"));
  // 43,201 s of 86,401 have passed: 1 s less 43201/86401.
  BOOST_TEST(error.count() == 499'994'213);
}

BOOST_AUTO_TEST_CASE(edge_6_chrony_slews_a_second_in_twelve) {
  Leaping clock(LeapMode::slew, new_year_2017());
  const Duration at_six = ahead(clock.at("2017-01-01T00:00:06Z"), wall("2017-01-01T00:00:06Z"));
  BOOST_TEST(at_six.count() == 416'666'667);
  BOOST_TEST(shown(clock.at("2017-01-01T00:00:12Z")) == "2017-01-01 00:00:12.000000000");
}

BOOST_AUTO_TEST_CASE(edges_7_and_8_smoothtime_takes_17_h_21_min_40_s) {
  Leaping clock(LeapMode::quadratic, new_year_2017());
  const Duration half = ahead(clock.at("2017-01-01T08:40:50Z"), wall("2017-01-01T08:40:50Z"));
  BOOST_TEST(half.count() / 10'000 == 49'996);  // 31,251 s of 62,500 have passed: +0.49997
  const Duration end = ahead(clock.at("2017-01-01T17:21:40Z"), wall("2017-01-01T17:21:40Z"));
  BOOST_TEST(std::abs(end.count()) <= 1);
}

BOOST_AUTO_TEST_CASE(edge_9_only_a_stepping_clock_runs_backwards_and_only_once) {
  for (const auto& [mode, jumps] : {std::pair{LeapMode::step, 1},
                                    {LeapMode::freeze, 0},
                                    {LeapMode::ignore, 0},
                                    {LeapMode::smear, 0},
                                    {LeapMode::slew, 0},
                                    {LeapMode::quadratic, 0}}) {
    Leaping clock(mode, new_year_2017());
    int backwards = 0;
    WallTime last = clock.at("2016-12-31T11:59:59Z");
    const TaiTime end = tai("2017-01-01T18:00:00Z");
    for (TaiTime at = tai("2016-12-31T12:00:00Z"); at < end; at = at + 250ms) {
      const WallTime now = clock.at(at);
      if (now < last) ++backwards;
      last = now;
    }
    BOOST_TEST(backwards == jumps, "mode " << static_cast<int>(mode));
  }
}

BOOST_AUTO_TEST_CASE(edge_10_tai_is_37_seconds_ahead_since_2017) {
  const TaiTime at = tai("2017-01-01T00:00:00Z");
  BOOST_TEST(shown({at.seconds, at.nanoseconds}) == "2017-01-01 00:00:37.000000000");
}

BOOST_AUTO_TEST_CASE(edge_11_gps_is_18_seconds_ahead_of_utc) {
  // GPS time was UTC on 6 January 1980, when TAI was 19 s ahead, and knows no leap seconds.
  const LeapTable table = published();
  const std::int64_t at_gps_epoch = table.offset_on(3657);
  BOOST_TEST(at_gps_epoch == 19);
  BOOST_TEST(table.offset_on(new_year_2017().day) - at_gps_epoch == 18);
}

BOOST_AUTO_TEST_CASE(edge_12_the_leap_second_can_be_named_in_utc_and_not_without) {
  BOOST_TEST(published().parse("2016-12-31T23:59:60Z").has_value());
  BOOST_TEST(published().parse("2016-12-31T23:59:60.999999999Z").has_value());
  BOOST_TEST(!LeapTable{}.parse("2016-12-31T23:59:60Z"));
}

BOOST_AUTO_TEST_CASE(edge_13_there_was_none_at_the_end_of_2015) {
  BOOST_TEST(!published().parse("2015-12-31T23:59:60Z"));
  BOOST_TEST(published().parse("2015-06-30T23:59:60Z").has_value());
  BOOST_TEST(!published().parse("2016-12-31T23:58:60Z"));
  BOOST_TEST(!published().parse("2016-12-31T23:59:61Z"));
}

BOOST_AUTO_TEST_CASE(edge_14_two_seconds_pass_and_posix_counts_one) {
  const LeapTable table = published();
  const TaiTime before = tai("2016-12-31T23:59:59Z"), after = tai("2017-01-01T00:00:00Z");
  BOOST_TEST(between(before, after).count() == Duration{2s}.count());
  BOOST_TEST(posix(table.utc(after)).seconds - posix(table.utc(before)).seconds == 1);
}

/// 2029-07-01 without its last second before: a day that everybody says will come.
LeapTable with_negative() {
  LeapTable table = published();
  BOOST_REQUIRE(table.insert({21731, -1}));
  return table;
}

BOOST_AUTO_TEST_CASE(a_deleted_second_is_skipped_by_a_step_and_cannot_be_named) {
  const LeapTable table = with_negative();
  BOOST_TEST(!table.parse("2029-06-30T23:59:59Z"));
  BOOST_TEST(table.offset_on(21731) == 36);
  Leaping clock(LeapMode::step, {21731, -1}, table);
  BOOST_TEST(shown(clock.at("2029-06-30T23:59:58.999999999Z")) == "2029-06-30 23:59:58.999999999");
  BOOST_TEST(shown(clock.at("2029-07-01T00:00:00Z")) == "2029-07-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(every_mode_but_ignoring_ends_right_after_a_deleted_second_too) {
  for (const LeapMode mode : {LeapMode::step, LeapMode::freeze, LeapMode::smear, LeapMode::slew,
                              LeapMode::quadratic, LeapMode::ignore}) {
    Leaping clock(mode, {21731, -1}, with_negative());
    const Duration error = ahead(clock.at("2029-07-01T18:00:00Z"), wall("2029-07-01T18:00:00Z"));
    const Duration expected = mode == LeapMode::ignore ? Duration{-1s} : Duration{0};
    BOOST_TEST(std::abs((error - expected).count()) <= 1, "mode " << static_cast<int>(mode));
  }
}

BOOST_AUTO_TEST_CASE(a_smear_of_a_deleted_second_runs_fast_by_one_in_86399) {
  Leaping clock(LeapMode::smear, {21731, -1}, with_negative());
  const WallTime noon = clock.at("2029-06-30T12:00:00Z");
  BOOST_TEST(shown(noon) == "2029-06-30 12:00:00.000000000");
  // Halfway is 43,199.5 s after noon, and shows midnight.
  const LeapTable table = with_negative();
  const TaiTime half = tai("2029-06-30T12:00:00Z", table) + 43'199'500ms;
  BOOST_TEST(shown(clock.at(half)) == "2029-07-01 00:00:00.000000000");
}

BOOST_AUTO_TEST_CASE(smeared_and_stepped_hosts_disagree_by_half_a_second_and_by_a_second) {
  Leaping smeared(LeapMode::smear, new_year_2017()), stepped(LeapMode::step, new_year_2017());
  const Duration before =
      ahead(stepped.at("2016-12-31T23:59:59.999Z"), smeared.at("2016-12-31T23:59:59.999Z"));
  BOOST_TEST(before.count() / 1'000'000 == 499);
  Leaping ignoring(LeapMode::ignore, new_year_2017());
  BOOST_TEST(
      ahead(ignoring.at("2017-01-01T13:00:00Z"), stepped.at("2017-01-01T13:00:00Z")).count() ==
      Duration{1s}.count());
}

BOOST_AUTO_TEST_CASE(utc_and_tai_convert_into_each_other_at_every_leap_second) {
  const LeapTable table = published();
  BOOST_TEST(table.leaps().size() == 27u);
  for (const LeapSecond& leap : table.leaps()) {
    for (std::int64_t second = 86'395; second <= 86'400; ++second) {
      const UtcTime utc{leap.day - 1, second, 123};
      BOOST_TEST(table.exists(utc));
      BOOST_TEST((table.utc(table.tai(utc)) == utc));
    }
    BOOST_TEST(!table.exists({leap.day - 1, 86'401, 0}));
  }
}

BOOST_AUTO_TEST_CASE(two_leap_seconds_within_a_day_are_refused) {
  LeapTable table = published();
  BOOST_TEST(!table.insert({new_year_2017().day, -1}));
  BOOST_TEST(!table.insert({new_year_2017().day + 1, 1}));
  BOOST_TEST(table.insert({new_year_2017().day + 2, 1}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
