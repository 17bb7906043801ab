/// \file sweep_test.cpp
/// The same scenario at other dates, and the smallest set of dates that shows what breaks.
/// Why: a sweep that misses 29 February is worth less than none.
#include "leapday/sweep.hpp"

#include <boost/test/unit_test.hpp>

#include "leapday/load.hpp"

namespace leapday::reports_test {
namespace {

using Sets = std::vector<std::vector<std::size_t>>;

/// A release of Azure's kind, planned for a harmless Tuesday.
ScenarioFile release(const std::string& more = {}) {
  const auto file = load_text(R"(leapday: 1
name: A release on a Tuesday
run: {start: 2013-01-15T00:00:00Z, duration: 4h}
platform: {profile: azure-2012}
topology: {zones: {cluster: {hosts: 6, cores: 8, memory: 16GiB}}}
apps:
  portal: {instances: 6, memory: 1GiB, service_time: 40ms, start_time: 4min, releases: {v1: {}, v2: {}}}
load: {visitors: {to: portal, rate: 1/s, timeout: 5s}}
deployments: {rollout: {at: 30min, app: portal, release: v2, max_in_flight: 1}}
faults: {add-a-year: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}}
expect:
  no-host-is-lost: never hosts_faulty(hosts) > 0
  served: success(visitors) >= 99%
)" + more,
                              "tuesday.yaml", "", builtin_registry());
  if (!file) throw std::logic_error(to_string(file.problems().front()));
  return *file;
}

std::vector<DangerousDate> dates_of_2016() {
  return *dangerous_dates({.from = parse_date("2016-01-01").value(),
                           .until = parse_date("2016-12-31").value(),
                           .eras = false,
                           .zones = {}});
}

std::vector<std::string> broken_dates(const DateSweep& sweep) {
  std::vector<std::string> found;
  for (const SweptDate& date : sweep.dates) {
    if (date.broken.empty()) continue;
    found.push_back(date_text(date.date.at) + " " + std::string(to_string(date.placement)));
  }
  return found;
}

BOOST_AUTO_TEST_SUITE(date_sweep)

BOOST_AUTO_TEST_CASE(of_all_dates_of_2016_the_leap_day_breaks_a_release) {
  const DateSweep sweep = sweep_dates(release(), builtin_registry(), dates_of_2016(), {.jobs = 2});

  BOOST_TEST((sweep.planned == Outcome::pass));
  const std::vector<std::string> wanted{"2016-02-29T00:00:00Z start", "2016-02-29T00:00:00Z plan",
                                        "2016-03-01T00:00:00Z middle"};
  BOOST_TEST(broken_dates(sweep) == wanted, boost::test_tools::per_element());
  BOOST_REQUIRE(sweep.cover.size() == 1U);
  const SweptDate& shown = sweep.dates[sweep.cover.front()];
  BOOST_TEST(shown.broken.front().name == "no-host-is-lost");
  BOOST_TEST(!shown.identical);
  // On all other dates it is the run that was planned, to the byte.
  for (const SweptDate& date : sweep.dates) {
    BOOST_TEST(date.done);
    if (date.date.kind != DateKind::leap_day) BOOST_TEST(date.identical, date_text(date.date.at));
  }
}

BOOST_AUTO_TEST_CASE(the_number_of_workers_does_not_show) {
  const auto text = [](int jobs) {
    const DateSweep sweep =
        sweep_dates(release(), builtin_registry(), dates_of_2016(), {.jobs = jobs, .reps = 2});
    std::string all;
    for (const SweptDate& date : sweep.dates) {
      all += date_text(date.start) + (date.identical ? " same" : " other");
      for (const BrokenExpectation& one : date.broken) {
        all += " " + one.name + one.reason + one.cause + std::to_string(one.seeds);
      }
    }
    return all;
  };
  BOOST_TEST(text(1) == text(4));
}

BOOST_AUTO_TEST_CASE(a_certificate_of_the_scenario_is_tried_where_it_ends) {
  const ScenarioFile file = release(R"(
  front-door: never certificate(visitors) > 0
certificates: {front: {not_after: 2014-06-01T12:00:00Z, lifetime: 730d}}
routers: {certificate: front}
)");
  const DateSweep sweep =
      sweep_dates(file, builtin_registry(), dates_of(file.cells.front()), {.jobs = 2});

  BOOST_REQUIRE(sweep.dates.size() == 3U);
  for (const SweptDate& date : sweep.dates) {
    BOOST_TEST(date_text(date.date.at) == "2014-06-01T12:00:01Z");
    BOOST_TEST(date.broken.size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(a_possible_leap_second_is_put_into_the_run) {
  ScenarioFile file = release();
  // A machine that does nothing about it is a second ahead: its certificate is another's future.
  file.cells.front().topology.zones["cluster"].clock.leap = LeapMode::ignore;
  const auto dates = *dangerous_dates({.from = parse_date("2030-01-01").value(),
                                       .until = parse_date("2030-01-01").value(),
                                       .eras = false,
                                       .zones = {}});
  const DateSweep sweep = sweep_dates(file, builtin_registry(), dates, {.jobs = 2});

  bool inserted = false;
  for (const SweptDate& date : sweep.dates) {
    if (date.date.leap && date.placement == DatePlacement::middle) inserted |= !date.identical;
  }
  BOOST_TEST(inserted);
}

BOOST_AUTO_TEST_CASE(a_sweep_that_is_cancelled_says_what_it_has_not_tried) {
  std::atomic<bool> cancel{true};
  const DateSweep sweep =
      sweep_dates(release(), builtin_registry(), dates_of_2016(), {.jobs = 2, .cancel = &cancel});

  BOOST_TEST(sweep.cancelled);
  BOOST_TEST((sweep.planned == Outcome::inconclusive));
  BOOST_TEST(!sweep.dates.empty());
  for (const SweptDate& date : sweep.dates) BOOST_TEST(!date.done);
  BOOST_TEST(sweep.cover.empty());
}

BOOST_AUTO_TEST_CASE(the_smallest_cover_is_found_where_greed_takes_one_more) {
  // Greed takes the set of four first, and then needs two more.
  const Sets sets{{0, 1, 2}, {3, 4, 5}, {1, 2, 3, 4}, {}, {0}, {5}};
  bool smallest = false;
  const auto chosen = smallest_cover(sets, smallest);
  const std::vector<std::size_t> wanted{0, 1};

  BOOST_TEST(chosen == wanted, boost::test_tools::per_element());
  BOOST_TEST(smallest);
  BOOST_TEST(smallest_cover({}, smallest).empty());
  BOOST_TEST(smallest_cover({{}, {}}, smallest).empty());
}

BOOST_AUTO_TEST_CASE(more_than_sixteen_things_are_covered_step_by_step) {
  Sets sets;
  for (std::size_t i = 0; i < 20; ++i) sets.push_back({i, i + 1});
  bool smallest = true;
  const auto chosen = smallest_cover(sets, smallest);

  BOOST_TEST(!smallest);
  std::vector<char> covered(21);
  for (const std::size_t set : chosen) {
    for (const std::size_t thing : sets[set]) covered[thing] = 1;
  }
  for (const char is : covered) BOOST_TEST(is == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::reports_test
