/// \file dates_test.cpp
/// Which instants count as dangerous.
/// Why: a date that the list lacks is one that nobody rehearses.
#include "leapday/dates.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

namespace leapday {
namespace {

std::vector<DangerousDate> dates(const char* from, const char* until, bool eras = false,
                                 std::vector<DateZone> zones = {}) {
  const auto found = dangerous_dates({.from = parse_date(from).value(),
                                      .until = parse_date(until).value(),
                                      .eras = eras,
                                      .zones = std::move(zones)});
  BOOST_REQUIRE(static_cast<bool>(found));
  return *found;
}

/// "2012-02-29T00:00:00Z 29 February begins", by kind.
std::vector<std::string> of_kind(const std::vector<DangerousDate>& dates, DateKind kind) {
  std::vector<std::string> found;
  for (const DangerousDate& date : dates) {
    if (date.kind == kind) found.push_back(date_text(date.at) + " " + date.what);
  }
  return found;
}

void check(const std::vector<std::string>& found, const std::vector<std::string>& wanted) {
  BOOST_TEST(found == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(dangerous)

BOOST_AUTO_TEST_CASE(leap_days_of_a_century_year_are_the_missing_one) {
  check(of_kind(dates("2096-01-01", "2104-12-31"), DateKind::leap_day),
        {"2096-02-29T00:00:00Z 29 February begins", "2096-03-01T00:00:00Z 29 February is over",
         "2100-03-01T00:00:00Z 2100 has no 29 February", "2104-02-29T00:00:00Z 29 February begins",
         "2104-03-01T00:00:00Z 29 February is over"});
  BOOST_TEST(of_kind(dates("2000-01-01", "2000-12-31"), DateKind::leap_day).size() == 2U);
  check(of_kind(dates("2008-01-01", "2009-12-31"), DateKind::day_366),
        {"2008-12-31T00:00:00Z day 366 begins"});
}

BOOST_AUTO_TEST_CASE(weeks_53_and_weeks_of_the_next_year) {
  check(of_kind(dates("2014-01-01", "2021-01-31"), DateKind::week_year),
        {"2014-12-29T00:00:00Z week 1 of 2015 begins in December",
         "2015-12-28T00:00:00Z week 53 begins",
         "2018-12-31T00:00:00Z week 1 of 2019 begins in December",
         "2019-12-30T00:00:00Z week 1 of 2020 begins in December",
         "2020-12-28T00:00:00Z week 53 begins"});
  check(of_kind(dates("2026-06-01", "2027-01-01"), DateKind::week_year),
        {"2026-12-28T00:00:00Z week 53 begins"});
}

BOOST_AUTO_TEST_CASE(leap_seconds_that_were_and_those_that_might_be) {
  check(of_kind(dates("2012-01-01", "2017-06-30"), DateKind::leap_second),
        {"2012-07-01T00:00:00Z a leap second was inserted",
         "2015-07-01T00:00:00Z a leap second was inserted",
         "2017-01-01T00:00:00Z a leap second was inserted"});
  const auto future = dates("2030-01-01", "2030-06-30");
  check(of_kind(future, DateKind::leap_second), {"2030-01-01T00:00:00Z if a second were inserted",
                                                 "2030-01-01T00:00:00Z if a second were left out"});
  for (const DangerousDate& date : future) {
    BOOST_TEST(date.leap.has_value() == (date.kind == DateKind::leap_second));
  }
}

// Edges 39, 40, 41, 43 (the roll-over of 1999 is the one that 2019 repeats), 44.
BOOST_AUTO_TEST_CASE(counters_end_when_their_bits_do) {
  check(of_kind(dates("1980-01-01", "2040-01-01"), DateKind::counter),
        {"1999-08-21T23:59:47Z GPS weeks begin anew, era 1",
         "2019-04-06T23:59:42Z GPS weeks begin anew, era 2",
         "2022-01-01T00:00:00Z YYMMDDHHMM no longer fits 31 bits",
         "2036-02-07T06:28:16Z NTP's era 0 ends",
         "2038-01-19T03:14:08Z seconds no longer fit 31 bits",
         "2038-11-20T23:59:42Z GPS weeks begin anew, era 3"});
  check(of_kind(dates("2024-01-01", "2024-12-31", true), DateKind::counter),
        {"2036-02-07T06:28:16Z NTP's era 0 ends",
         "2038-01-19T03:14:08Z seconds no longer fit 31 bits",
         "2106-02-07T06:28:16Z seconds no longer fit 32 bits"});
}

BOOST_AUTO_TEST_CASE(a_zone_changes_its_clocks_also_after_2037) {
  std::ifstream file("/usr/share/zoneinfo/Europe/Berlin", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  BOOST_REQUIRE_MESSAGE(!bytes.empty(), "tzdata is not installed");

  check(of_kind(dates("2038-01-01", "2038-12-31", false, {{"Europe/Berlin", bytes}}),
                DateKind::summer_time),
        {"2038-03-28T01:00:00Z Europe/Berlin: 60 minutes are skipped",
         "2038-10-31T01:00:00Z Europe/Berlin: 60 minutes are repeated"});
  const auto broken = dangerous_dates(
      {.from = {}, .until = {}, .eras = false, .zones = {{"Mars", "no TZif"}, {"Moon", ""}}});
  BOOST_TEST(broken.problems().size() == 2U);
}

BOOST_AUTO_TEST_CASE(both_ends_of_the_period_count_and_nothing_beyond) {
  BOOST_TEST(dates("2012-02-29", "2012-02-29").size() == 1U);
  BOOST_TEST(dates("2012-03-02", "2012-06-30").empty());
}

BOOST_AUTO_TEST_CASE(dates_are_read_as_people_write_them) {
  BOOST_TEST(date_text(parse_date("2028-02-29").value()) == "2028-02-29T00:00:00Z");
  BOOST_TEST(date_text(parse_date("2038-01-19T03:14:08Z").value()) == "2038-01-19T03:14:08Z");
  for (const char* wrong : {"", "2027-02-29", "2028-2-29", "yesterday", "2028-02-29T25:00:00Z"}) {
    BOOST_TEST(!parse_date(wrong).has_value(), wrong);
  }
}

BOOST_AUTO_TEST_CASE(a_scenario_holds_the_ends_of_its_certificates) {
  Scenario scenario;
  scenario.certificates["leaf"].not_after = parse_date("2027-05-01T11:59:59Z");
  scenario.certificates["root"].not_before = parse_date("2026-01-01");
  scenario.certificates["root"].lifetime = 10 * 24h;
  scenario.certificates["of-the-run"].lifetime = 90 * 24h;
  scenario.run.leap_seconds.push_back({.before = parse_date("2027-07-01").value()});

  std::vector<std::string> found;
  for (const DangerousDate& date : dates_of(scenario)) {
    found.push_back(date_text(date.at) + " " + date.what);
  }
  check(found,
        {"2027-05-01T12:00:00Z leaf has ended", "2026-01-11T00:00:01Z root has ended",
         "2026-01-01T00:00:00Z root begins", "2027-07-01T00:00:00Z a stated second is inserted"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday
