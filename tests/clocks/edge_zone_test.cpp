/// \file edge_zone_test.cpp
/// Summer time's gaps and repeated hours, by their numbers in the table of edges.
/// Why: rules are read from files, so these use the rules themselves and need no files.
#include <variant>

#include "sim/clocks/zone.hpp"
#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;

Zone zone(const char* rule) {
  auto found = Zone::from_rule(rule);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<Zone>(found), rule);
  return std::get<Zone>(std::move(found));
}
const char* const kNewYork = "EST5EDT,M3.2.0,M11.1.0";
const char* const kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
const char* const kLordHowe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";

std::int64_t utc(const char* text) { return wall(text).seconds; }
Civil local(std::int64_t year, unsigned month, unsigned day, int hour, int minute = 0) {
  return {year, month, day, hour * 3600 + minute * 60};
}
std::int64_t seconds_of_day(const Zone& zone, std::int64_t year, unsigned month, unsigned day) {
  Civil next = civil(posix_seconds({year, month, day, 0}) + 86400);
  return zone.resolve(next).earlier - zone.resolve({year, month, day, 0}).earlier;
}

BOOST_AUTO_TEST_SUITE(edge_zone)

BOOST_AUTO_TEST_CASE(edge_24_half_past_two_does_not_exist_in_new_york_on_10_march_2024) {
  const Zone ny = zone(kNewYork);
  BOOST_TEST((ny.resolve(local(2024, 3, 10, 2, 30)).kind == LocalKind::skipped));
  BOOST_TEST(ny.at(utc("2024-03-10T06:59:59Z")).seconds == -5 * 3600);
  BOOST_TEST(ny.at(utc("2024-03-10T07:00:00Z")).seconds == -4 * 3600);
}

BOOST_AUTO_TEST_CASE(edge_25_half_past_one_comes_twice_on_3_november_2024) {
  const LocalTime twice = zone(kNewYork).resolve(local(2024, 11, 3, 1, 30));
  BOOST_TEST((twice.kind == LocalKind::repeated));
  BOOST_TEST(twice.earlier == utc("2024-11-03T05:30:00Z"));
  BOOST_TEST(twice.later == utc("2024-11-03T06:30:00Z"));
}

BOOST_AUTO_TEST_CASE(edge_26_days_have_23_and_25_hours) {
  const Zone ny = zone(kNewYork);
  BOOST_TEST(seconds_of_day(ny, 2024, 3, 10) == 23 * 3600);
  BOOST_TEST(seconds_of_day(ny, 2024, 11, 3) == 25 * 3600);
  BOOST_TEST(seconds_of_day(ny, 2024, 7, 1) == 24 * 3600);
}

BOOST_AUTO_TEST_CASE(edge_27_half_an_hour_on_lord_howe_island) {
  const Zone island = zone(kLordHowe);
  BOOST_TEST(seconds_of_day(island, 2024, 10, 6) == 23 * 3600 + 1800);
  BOOST_TEST(seconds_of_day(island, 2024, 4, 7) == 24 * 3600 + 1800);
}

BOOST_AUTO_TEST_CASE(edge_29_winter_begins_in_berlin_at_1_utc) {
  const Zone berlin = zone(kBerlin);
  BOOST_TEST(berlin.at(utc("2023-10-29T00:59:59Z")).seconds == 7200);
  BOOST_TEST(berlin.at(utc("2023-10-29T01:00:00Z")).seconds == 3600);
}

BOOST_AUTO_TEST_CASE(edge_31_kathmandu_is_five_hours_and_three_quarters_ahead) {
  BOOST_TEST(zone("<+0545>-5:45").at(utc("2024-01-01T00:00:00Z")).seconds == 20700);
}

BOOST_AUTO_TEST_CASE(edge_32_there_is_summer_time_after_2037_and_after_2437) {
  const Zone ny = zone(kNewYork);
  BOOST_TEST(ny.at(utc("2038-07-01T12:00:00Z")).seconds == -14400);
  BOOST_TEST(ny.at(utc("2438-07-01T12:00:00Z")).seconds == -14400);
  BOOST_TEST(ny.at(utc("2838-12-01T12:00:00Z")).seconds == -18000);
  BOOST_TEST(ny.at(utc("9999-07-01T12:00:00Z")).seconds == -14400);
  // The second Sunday of March 2838 is the 14th, as it was 800 years before.
  BOOST_TEST(ny.at(utc("2838-03-14T06:59:59Z")).seconds == -18000);
  BOOST_TEST(ny.at(utc("2838-03-14T07:00:00Z")).seconds == -14400);
}

BOOST_AUTO_TEST_CASE(the_next_change_is_found_also_beyond_the_table) {
  const Zone ny = zone(kNewYork);
  BOOST_TEST(*ny.next_change(utc("2024-01-01T00:00:00Z")) == utc("2024-03-10T07:00:00Z"));
  BOOST_TEST(*ny.next_change(utc("2838-01-01T00:00:00Z")) == utc("2838-03-14T07:00:00Z"));
  BOOST_TEST(!zone("<+0545>-5:45").next_change(0));
}

BOOST_AUTO_TEST_CASE(odd_rules_are_read_and_broken_ones_are_refused) {
  // Greenland's summer time begins the day before, as hours below zero; Israel's ends at 26
  // o'clock.
  BOOST_TEST(zone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0").at(utc("2024-03-31T01:00:00Z")).seconds ==
             -3600);
  BOOST_TEST(zone("IST-2IDT,M3.4.4/26,M10.5.0").at(utc("2024-03-29T00:00:00Z")).seconds == 10800);
  BOOST_TEST(zone("XXX3YYY,J60,300").at(utc("2024-03-01T05:00:00Z")).seconds == -7200);
  for (const char* broken : {"", "E5", "EST", "EST5EDT", "EST5EDT,M13.1.0,M11.1.0",
                             "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2.0,M11.1.0x", "EST25", "<EST5",
                             "EST5EDT,J366,J1", "EST5EDT,M3.2.0/168,M11.1.0"}) {
    BOOST_TEST(std::holds_alternative<std::string>(Zone::from_rule(broken)), broken);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_short_anywhere_is_refused_and_never_read_beyond) {
  std::string file = "TZif2";
  file.resize(44, '\0');
  file[39] = 1, file[43] = 4;  // one type, four characters
  file += std::string(6, '\0') + std::string("UTC\0", 4);
  std::string whole = file + file + "\nUTC0\n";
  BOOST_TEST(std::holds_alternative<Zone>(Zone::from_tzif(whole)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    BOOST_TEST(std::holds_alternative<std::string>(Zone::from_tzif(whole.substr(0, length))),
               length);
  }
  whole[39] = '\xff', whole[36] = '\xff';
  BOOST_TEST(std::holds_alternative<std::string>(Zone::from_tzif(whole)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
