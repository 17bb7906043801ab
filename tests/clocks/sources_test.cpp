/// \file sources_test.cpp
/// Which sources a daemon believes, and how errors of references reach those who follow servers.
/// Why: a single source is believed whatever it says, and so is a majority that fails together.
#include "sim/clocks/sources.hpp"

#include "tests/clocks/lab.hpp"

namespace leapday::clocks {
namespace {

using namespace lab;
using Ids = std::vector<std::size_t>;

SourceReading reading(Duration offset, Duration distance = 10ms, int stratum = 2) {
  return {offset, distance, stratum, true};
}
void same(const Ids& found, const Ids& expected) {
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(time_sources)

BOOST_AUTO_TEST_CASE(a_single_source_is_believed_and_of_three_the_liar_is_outvoted) {
  BOOST_TEST((select_sources({reading(1h)}).offset == Duration{1h}));
  const Selection three = select_sources({reading(1h), reading(1ms), reading(3ms)});
  BOOST_TEST((three.offset == Duration{2ms}));
  same(three.falsetickers, {0});
  same(three.truechimers, {1, 2});
}

BOOST_AUTO_TEST_CASE(two_that_disagree_are_no_majority_and_none_is_followed) {
  const Selection two = select_sources({reading(0s), reading(1s)});
  BOOST_TEST(!two.offset.has_value());
  same(two.falsetickers, {0, 1});
  BOOST_TEST((select_sources({reading(0s), reading(8ms)}).offset == Duration{4ms}));
  // Their intervals meet, but neither contains the other's middle.
  BOOST_TEST(!select_sources({reading(0s), reading(15ms)}).offset.has_value());
}

BOOST_AUTO_TEST_CASE(four_need_three_and_five_outvote_two) {
  BOOST_TEST(!select_sources({reading(0s), reading(0s), reading(1s), reading(1s)}).offset);
  const Selection five =
      select_sources({reading(1s), reading(0s), reading(2ms), reading(-2ms), reading(-1s)});
  BOOST_TEST((five.offset == Duration{0}));
  same(five.falsetickers, {0, 4});
}

BOOST_AUTO_TEST_CASE(near_sources_weigh_more_and_the_lowest_stratum_leads) {
  const Selection two = select_sources({reading(0s, 10ms, 3), reading(4ms, 30ms, 1)});
  BOOST_TEST((two.offset == Duration{1ms}));  // 3 to 1
  BOOST_TEST(two.stratum == 1);
  BOOST_TEST((two.distance == Duration{30ms}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_is_not_synchronised_or_is_too_far_does_not_vote) {
  SourceReading lost = reading(0s), unsynchronised = reading(0s), far = reading(0s, 1501ms);
  lost.reachable = false;
  unsynchronised.stratum = 16;
  const Selection left = select_sources({lost, unsynchronised, far, reading(1h)});
  BOOST_TEST((left.offset == Duration{1h}));
  BOOST_TEST(!select_sources({lost, unsynchronised, far}).offset);
  BOOST_TEST(!select_sources({}).offset);
}

BOOST_AUTO_TEST_CASE(an_error_travels_down_the_strata) {
  SourceGraph graph(published());
  const auto reference = graph.add_reference();
  const auto first = graph.add_server({reference}), second = graph.add_server({first});
  const TaiTime bad = tai("2023-08-16T00:00:00Z"), good = tai("2023-08-16T06:00:00Z");
  graph.fault(reference, SourceFault::secure_time_seeding(bad, good));
  BOOST_TEST((graph.read(bad + -1s)[second].offset == Duration{0}));
  BOOST_TEST((graph.read(bad)[second].offset == Duration{55 * 24h}));
  BOOST_TEST(graph.read(bad)[second].stratum == 2);
  BOOST_TEST((graph.read(good)[second].offset == Duration{0}));
}

BOOST_AUTO_TEST_CASE(edge_43_a_week_counter_that_rolls_over_serves_2002) {
  SourceGraph graph(published());
  const TaiTime from = tai("2021-10-24T00:00:00Z");
  const auto receiver = graph.add_reference();
  graph.fault(receiver, SourceFault::gps_rollover(from, from + 24h));
  const Selection alone = graph.select(from, {graph.add_server({receiver})});
  BOOST_TEST(date_text(wall("2021-10-24T00:00:00Z") + *alone.offset) == "2002-03-10");
}

BOOST_AUTO_TEST_CASE(a_server_that_lost_its_sources_holds_over_drifts_and_is_refused_in_time) {
  SourceGraph graph(published());
  const auto reference = graph.add_reference();
  const auto server = graph.add_server({reference}, 10ms, ClockRate::ppb(5'000));
  const TaiTime lost = tai("2024-03-01T00:00:00Z");
  graph.read(lost);
  graph.reachable(reference, false);
  const SourceReading day = graph.read(lost + 24h)[server];
  BOOST_TEST((day.offset == Duration{432ms}));            // 5 ppm
  BOOST_TEST((day.distance == Duration{11ms + 1296ms}));  // 15 ppm
  BOOST_TEST(day.stratum == 1);
  BOOST_TEST(graph.read(lost + 28h)[server].stratum == 16);
  BOOST_TEST(!graph.select(lost + 28h, {server}).offset);
  graph.reachable(reference, true);
  BOOST_TEST((graph.select(lost + 29h, {server}).offset == Duration{0}));
}

BOOST_AUTO_TEST_CASE(a_server_that_never_had_a_source_is_not_followed) {
  SourceGraph graph(published());
  const auto reference = graph.add_reference();
  graph.reachable(reference, false);
  BOOST_TEST(!graph.select(tai("2024-03-01T00:00:00Z"), {graph.add_server({reference})}).offset);
}

BOOST_AUTO_TEST_CASE(smeared_and_stepped_servers_disagree_by_half_a_second_at_midnight) {
  const LeapSecond leap = new_year_2017();
  const auto error = [&](const char* utc) {
    return smear_error(published(), leap, tai(utc)).count();
  };
  BOOST_TEST(error("2016-12-31T11:59:59Z") == 0);
  BOOST_TEST(error("2016-12-31T18:00:00Z") == -249'997'107);  // 6 h of 86,401 s
  BOOST_TEST(error("2016-12-31T23:59:60Z") == -499'994'213);
  BOOST_TEST(error("2017-01-01T00:00:00Z") == 499'994'213);  // as edge 5 has it
  BOOST_TEST(error("2017-01-01T12:00:00Z") == 0);
}

BOOST_AUTO_TEST_CASE(a_smear_is_what_a_smearing_clock_shows) {
  Leaping smeared(LeapMode::smear, new_year_2017()), stepped(LeapMode::step, new_year_2017());
  for (const char* utc : {"2016-12-31T13:00:00Z", "2016-12-31T23:59:59Z", "2017-01-01T00:00:00Z",
                          "2017-01-01T11:00:00Z", "2017-01-01T12:00:01Z"}) {
    const Duration between = ahead(smeared.at(utc), stepped.at(utc));
    const Duration error = smear_error(published(), new_year_2017(), tai(utc));
    BOOST_TEST(std::abs((between - error).count()) <= 1, utc);
  }
}

BOOST_AUTO_TEST_CASE(a_deleted_second_is_smeared_the_other_way) {
  LeapTable table = published();
  const LeapSecond leap{published().leaps().back().day + 3650, -1};
  BOOST_REQUIRE(table.insert(leap));
  const TaiTime midnight = table.begin(leap);  // 23:59:59 is left out: 00:00:00 comes
  BOOST_TEST(smear_error(table, leap, midnight + -1s).count() > 499'000'000);
  BOOST_TEST(smear_error(table, leap, midnight).count() < -499'000'000);
  BOOST_TEST(smear_error(table, leap, midnight + 12h).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_client_of_smearing_and_stepping_servers_loses_the_majority_at_midnight) {
  SourceGraph graph(published());
  const LeapSecond leap = new_year_2017();
  const auto server = [&](bool smears) {
    const auto reference = graph.add_reference();
    if (smears) graph.smears(reference, leap);
    return graph.add_server({reference});
  };
  const auto smeared = server(true), stepped = server(false), also = server(false);
  const TaiTime midnight = tai("2017-01-01T00:00:00Z");
  BOOST_TEST(!graph.select(midnight, {smeared, stepped}).offset);
  same(graph.select(midnight, {smeared, stepped, also}).falsetickers, {0});
  BOOST_TEST(std::abs(graph.select(midnight, {smeared}).offset->count()) > 499'000'000);
  // Just after noon the difference is within the distances, and all are followed.
  same(graph.select(tai("2016-12-31T12:10:00Z"), {smeared, stepped}).falsetickers, {});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::clocks
