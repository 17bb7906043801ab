/// \file host_test.cpp
/// host.crash, host.slow and zone.outage.
/// Why: silence, slowness and shared fate are three failures that no error message announces.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string shop(const std::string& faults) {
  return R"(
run: {duration: 6min}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 2, cores: 4, boot_time: 30s}, b: {hosts: 2, cores: 4, boot_time: 30s}}}
apps:
  shop: {service_time: 10ms, instances: 4, start_time: 5s, routing: {connect_timeout: 300ms}}
load: {users: {to: shop, rate: 40/s, timeout: 2s}}
faults:
)" + faults;
}

BOOST_AUTO_TEST_SUITE(host_faults)

BOOST_AUTO_TEST_CASE(a_crashed_host_says_nothing_and_comes_back_after_its_boot_time) {
  const Rehearsal lab(shop("  dies: {at: 1min, kind: host.crash, target: a-1, for: 2min}\n"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_up", "a", 61) == 1);
  BOOST_TEST(value(record, "hosts_up", "a", 209.9) == 1);
  BOOST_TEST(value(record, "hosts_up", "a", 210) == 2);
  BOOST_TEST(failures(record, "users", FailureReason::reset, 0, 359) == 0U);
  BOOST_TEST(first(record, "host.booted", "a-1") == 210);
}

BOOST_AUTO_TEST_CASE(without_an_end_it_stays_down) {
  const Rehearsal lab(shop("  dies: {at: 1min, kind: host.crash, target: 1 of hosts in b}\n"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_up", "b", 359) == 1);
  BOOST_TEST(record.find_span("dies")->open);
  BOOST_TEST(value(record, "ready", "shop", 359) == 4);
}

BOOST_AUTO_TEST_CASE(two_faults_on_one_host_must_both_end_before_it_boots) {
  const Rehearsal lab(
      shop("  one: {at: 1min, kind: host.crash, target: a-1, for: 2min}\n"
           "  two: {at: 90s, kind: zone.outage, target: a, for: 2min}\n"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "host.booted", "a-1") == 240);
  BOOST_TEST(events(record, "host.crashed", "a-1").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_slow_host_takes_longer_and_then_is_as_fast_as_before) {
  const Rehearsal lab(
      shop("  slow: {at: 1min, kind: host.slow, target: all of hosts, factor: 5, for: 1min}\n"));

  const Record record = lab.run();

  const double before = latencies(record, 5, 55).mean, during = latencies(record, 65, 115).mean,
               after = latencies(record, 130, 300).mean;
  BOOST_TEST(before > 0.0095);
  BOOST_TEST(during > 4.5 * before);
  BOOST_TEST(after < 1.2 * before);
}

BOOST_AUTO_TEST_CASE(overlapping_slowness_multiplies_and_each_takes_back_its_own) {
  const Rehearsal lab(
      shop("  x2: {at: 1min, kind: host.slow, target: all of hosts, factor: 2, for: 2min}\n"
           "  x3: {at: 2min, kind: host.slow, target: all of hosts, factor: 3, for: 2min}\n"));

  const Record record = lab.run();

  const double alone = latencies(record, 5, 55).mean;
  BOOST_TEST(latencies(record, 65, 115).mean / alone > 1.8);
  BOOST_TEST(latencies(record, 65, 115).mean / alone < 2.6);
  BOOST_TEST(latencies(record, 125, 175).mean / alone > 5.4);
  BOOST_TEST(latencies(record, 185, 235).mean / alone > 2.7);
  BOOST_TEST(latencies(record, 185, 235).mean / alone < 4.5);
  BOOST_TEST(latencies(record, 250, 350).mean / alone < 1.2);
}

BOOST_AUTO_TEST_CASE(an_outage_takes_a_zones_hosts_together) {
  const Rehearsal lab(shop("  power: {at: 1min, kind: zone.outage, target: b, for: 1min}\n"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.crashed").size() == 2U);
  BOOST_TEST(value(record, "hosts_up", "b", 61) == 0);
  BOOST_TEST(value(record, "hosts_up", "hosts", 61) == 2);
  BOOST_TEST(value(record, "hosts_up", "hosts", 151) == 4);
  for (const RecordedEvent& event : events(record, "host.crashed")) {
    BOOST_TEST(chain(record, event)[0] == "fault.begin");
  }
}

BOOST_AUTO_TEST_CASE(a_drained_cell_is_emptied_without_anyone_noticing) {
  const Rehearsal lab(shop("  work: {at: 1min, kind: host.drain, target: a-1, for: 2min}\n"));

  const Record record = lab.run();

  BOOST_TEST(range(record, "ready", "shop", 0, 359).first == 4);
  BOOST_TEST(failures(record, "users", 0, 359) == 0U);
  BOOST_TEST(events(record, "instance.stopped").size() == 1U);
  for (const RecordedEvent& event : events(record, "instance.started")) {
    BOOST_TEST(event.detail != "on a-1");
  }
  BOOST_TEST(record.find_span("work")->touched >= 1U);
}

BOOST_AUTO_TEST_CASE(what_finds_no_other_place_is_stopped_when_the_evacuation_times_out) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego, set: {evacuation_timeout: 2min}}
topology: {zones: {a: {hosts: 2, memory: 1GiB}}}
apps: {shop: {service_time: 5ms, instances: 2, memory: 1GiB, start_time: 5s}}
faults: {work: {at: 1min, kind: host.drain, target: a-1, for: 5min}}
)");

  const Record record = lab.run();

  BOOST_TEST(value(record, "ready", "shop", 179) == 2);
  BOOST_TEST(value(record, "ready", "shop", 181) == 1);
  BOOST_TEST(first(record, "instance.started") == 360);  // The host is in service again.
  BOOST_TEST(value(record, "ready", "shop", 599) == 2);
}

BOOST_AUTO_TEST_CASE(kubernetes_evicts_without_waiting_for_replacements) {
  const Rehearsal lab(R"(
run: {duration: 5min}
platform: {profile: kubernetes}
topology: {zones: {a: {hosts: 2}}}
apps: {shop: {service_time: 5ms, instances: 2, start_time: 15s}}
faults: {work: {at: 1min, kind: host.drain, target: a-1, for: 1min}}
)");

  const Record record = lab.run();

  BOOST_TEST(value(record, "ready", "shop", 60) == 1);
  BOOST_TEST(first(record, "instance.ready") == 80);  // Started at once, ready at the second probe.
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
