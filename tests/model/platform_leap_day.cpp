/// \file platform_leap_day.cpp
/// The leap day of 2012: certificates that cannot be made, agents that wait, healing that spreads.
/// Why: the mechanism must give Microsoft's numbers without knowing them.
#include "sim/model/clock.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

constexpr WallTime kLeapDay{1330473600, 0};  // 2012-02-29T00:00:00Z

std::string cluster(const std::string& start, const std::string& set, const std::string& duration) {
  return "run: {start: " + start + ", duration: " + duration + R"(}
platform: {profile: azure-2012, set: )" +
         set + R"(}
topology: {zones: {cluster: {hosts: 20, memory: 16GiB}}}
apps:
  portal:
    service_time: 5ms
    instances: 40
    memory: 1GiB
    start_time: 4min
    releases: {v1: {}, v2: {}}
faults:
  add-a-year: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}
)";
}
const char* kRollout = R"(
deployments: {rollout: {at: 2012-02-29T00:00:00Z, app: portal, release: v2, max_in_flight: 1}}
)";

BOOST_AUTO_TEST_SUITE(platform_leap_day)

BOOST_AUTO_TEST_CASE(adding_a_year_to_29_february_gives_no_date) {
  BOOST_TEST(date_text(kLeapDay) == "2012-02-29");
  BOOST_TEST(!same_date_in(kLeapDay, 1));
  BOOST_TEST(!same_date_in(kLeapDay + 86399s, 1));
  BOOST_TEST(date_text(*same_date_in(kLeapDay + Duration{-1}, 1)) == "2013-02-28");
  BOOST_TEST(date_text(*same_date_in(kLeapDay + 86400s, 1)) == "2013-03-01");
  BOOST_TEST(date_text(*same_date_in(kLeapDay, 4)) == "2016-02-29");
  BOOST_TEST(date_text(clamped_date_in(kLeapDay, 1)) == "2013-02-28");
}

BOOST_AUTO_TEST_CASE(the_correct_rule_always_finds_an_end) {
  using enum CalendarRule;
  BOOST_TEST(date_text(*certificate_end(kLeapDay, Duration{0}, correct)) == "2013-02-28");
  BOOST_TEST(date_text(*certificate_end(kLeapDay, Duration{86400s}, correct)) == "2012-03-01");
  BOOST_TEST(!certificate_end(kLeapDay, Duration{86400s}, naive_add_year));
}

BOOST_AUTO_TEST_CASE(years_before_1970_count_as_well) {
  const WallTime leap{-58060800, 0};  // 1968-02-29
  BOOST_TEST(date_text(leap) == "1968-02-29");
  BOOST_TEST(!same_date_in(leap, 1));
  BOOST_TEST(date_text(*same_date_in(leap, -4)) == "1964-02-29");
}

BOOST_AUTO_TEST_CASE(the_first_host_is_condemned_at_exactly_75_minutes) {
  const Rehearsal lab(cluster("2012-02-28T23:30:00Z", "{}", "6h") + kRollout);

  const Record record = lab.run();

  const auto faulty = events(record, "host.faulty");
  BOOST_REQUIRE(!faulty.empty());
  BOOST_TEST((faulty[0].at.time_since_epoch() == Duration{30min + 75min}));
  const std::vector<std::string> why{"fault.begin", "certificate.failed", "agent.timeout",
                                     "host.faulty"};
  BOOST_TEST(chain(record, faulty[0]) == why, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(healing_spreads_it_and_what_runs_survives) {
  const Rehearsal lab(cluster("2012-02-28T23:30:00Z", "{}", "7h") + kRollout);

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_faulty", "hosts", 105 * 60 - 1) == 0);
  BOOST_TEST(value(record, "hosts_faulty", "hosts", 105 * 60) == 1);
  const double second_wave = value(record, "hosts_faulty", "hosts", 180 * 60);
  BOOST_TEST(second_wave >= 3);  // The instances of the first host, on other hosts.
  BOOST_TEST(value(record, "hosts_faulty", "hosts", 255 * 60) > second_wave);
  BOOST_TEST(range(record, "ready", "portal", 0, 7 * 3600).first == 40);
}

BOOST_AUTO_TEST_CASE(without_healing_it_stops_at_one_host) {
  const Rehearsal lab(cluster("2012-02-28T23:30:00Z", "{healing: false}", "7h") + kRollout);

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.faulty").size() == 1U);
  BOOST_TEST(value(record, "hosts_faulty", "hosts", 7 * 3600 - 1) == 1);
  BOOST_TEST(range(record, "ready", "portal", 0, 7 * 3600).first == 40);
}

BOOST_AUTO_TEST_CASE(certificates_made_on_1_march_are_valid_again) {
  const Rehearsal lab(cluster("2012-02-29T23:30:00Z", "{}", "2h") + R"(
deployments: {rollout: {at: 10min, app: portal, release: v2, max_in_flight: 1}}
)");

  const Record record = lab.run();

  // Attempts at 23:40 and 00:05: the second one makes its certificate and starts.
  BOOST_TEST(events(record, "certificate.failed").size() == 1U);
  BOOST_TEST(events(record, "host.faulty").empty());
  BOOST_TEST(first(record, "instance.ready") >= 35 * 60 + 240);
  BOOST_TEST(events(record, "instance.ready").size() > 5U);
}

BOOST_AUTO_TEST_CASE(on_another_day_the_rule_harms_nobody) {
  const Rehearsal lab(cluster("2012-02-27T23:30:00Z", "{}", "2h") + R"(
deployments: {rollout: {at: 10min, app: portal, release: v2, max_in_flight: 20}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "certificate.failed").empty());
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
  BOOST_TEST(record.find_span("add-a-year")->touched == 40U);
}

BOOST_AUTO_TEST_CASE(a_clock_one_day_ahead_brings_the_leap_day_early) {
  const Rehearsal lab(R"(
run: {start: 2012-02-28T12:00:00Z, duration: 10min}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 2}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 1s}}
faults:
  bad-certs: {at: 0s, kind: certificate.naive_add_year, target: all of hosts}
  ahead: {at: 1min, kind: clock.step, target: all of hosts, step: 24h, for: 3min}
  kill: {at: 2min, kind: instance.crash, target: shop/0}
  later: {at: 5min, kind: instance.crash, target: shop/1}
)");

  const Record record = lab.run();

  // Diego's agent has no patience of its own: the start times out after 60 s.
  BOOST_TEST(first(record, "certificate.failed", "shop/0") == 120);
  BOOST_TEST(seconds(events(record, "instance.crashed", "shop/0")[1].at) == 180);
  BOOST_TEST(events(record, "certificate.failed", "shop/1").empty());
  BOOST_TEST(value(record, "ready", "shop", 599) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
