/// \file global_routing.cpp
/// Two clouds behind one name: weights, failover, and resolvers that go on with old answers.
/// Why: caches whose ages are uniform forget a dead cloud linearly, which can be computed.
#include <cmath>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

std::string two_clouds(const std::string& dns, const std::string& rest = "",
                       const std::string& shop = "instances: 4, spread: {east: 1, west: 1}") {
  return R"(
run: {duration: 14min}
platform: {profile: cf-diego}
topology:
  clouds: {east: {}, west: {}}
  regions: {e: {cloud: east}, w: {cloud: west}}
  zones: {e1: {region: e, hosts: 2, boot_time: 30s}, w1: {region: w, hosts: 2}}
routers:
  count: 2
  zones: [e1, w1]
  connect_timeout: 200ms
  dns:
    resolvers: 100000
)" + dns +
         R"(
apps: {shop: {service_time: {deterministic: 1ms}, )" +
         shop + R"(}}
load: {users: {to: shop, rate: 200/s, timeout: 1s}}
)" + rest;
}
const std::string kFailover =
    "    to: {east: {priority: 1}, west: {priority: 2}}\n    ttl: 100s\n"
    "    health_check: {interval: 10s, threshold: 3}\n";
const std::string kOutage =
    "faults: {dark: {at: 5min, kind: zone.outage, target: e1, for: 5min}}\n";

/// The share of what was sent in [from, to) that did not come through.
double lost(const Record& record, double from, double to) {
  const Series* users = record.find_series("users");
  std::uint64_t sent = 0, answered = 0;
  for (auto s = static_cast<std::size_t>(from); s < static_cast<std::size_t>(to); ++s) {
    sent += users->by_send[s].sent;
    answered += users->by_send[s].answered;
  }
  return 1 - static_cast<double>(answered) / static_cast<double>(sent);
}

std::uint64_t tries(const Record& record, const std::string& instance) {
  const Series* series = record.find_series(instance);
  return series != nullptr ? series->total.injected : 0;
}

BOOST_AUTO_TEST_SUITE(global_routing)

BOOST_AUTO_TEST_CASE(weights_share_clients_out_between_clouds) {
  const Rehearsal lab(two_clouds("    to: {east: {weight: 3}, west: {weight: 1}}\n", "",
                                 "instances: 2, spread: {east: 1, west: 1}"));

  const Record record = lab.run();

  // One instance in each cloud, and routers know those of their own only.
  const auto a = static_cast<double>(tries(record, "shop/0"));
  const auto b = static_cast<double>(tries(record, "shop/1"));
  BOOST_TEST(std::max(a, b) / (a + b) == 0.75, boost::test_tools::tolerance(0.01));
  BOOST_TEST(lost(record, 0, 830) == 0);
}

BOOST_AUTO_TEST_CASE(after_a_failover_the_dead_cloud_is_forgotten_linearly_over_the_ttl) {
  const Rehearsal lab(two_clouds(kFailover, kOutage));

  const Record record = lab.run();

  const double failed_over = first(record, "dns.failed_over", "east");
  BOOST_TEST(failed_over >= 320);  // the third check
  BOOST_TEST(failed_over <= 330);
  BOOST_TEST(lost(record, 0, 299) == 0);
  BOOST_TEST(lost(record, 302, 318) == 1);
  const double start = std::ceil(failed_over);
  for (const double age : {20.0, 50.0, 80.0}) {
    // Mean over ten seconds of 1 - t / TTL: 2,000 requests, so that 0.045 is four sigma.
    const double from = start + age - 5;
    const double expected = 1 - (from + 5 - failed_over) / 100;
    BOOST_TEST(std::abs(lost(record, from, from + 10) - expected) < 0.045,
               "at age " << age << " " << lost(record, from, from + 10));
  }
  BOOST_TEST(lost(record, start + 101, start + 130) == 0);

  // And they return when the checks pass again: power at 600 s, a boot, a table that fills, three
  // checks.
  const double back = first(record, "dns.back", "east");
  BOOST_TEST(back > 630);
  BOOST_TEST(back < 690);
  BOOST_TEST(lost(record, 740, 830) == 0);
  BOOST_TEST(chain(record, events(record, "dns.failed_over").front()).front() == "fault.begin");
}

BOOST_AUTO_TEST_CASE(some_resolvers_overstay) {
  const Rehearsal lab(
      two_clouds(kFailover + "    overstay: 20%\n    overstay_by: 100s\n", kOutage));

  const Record record = lab.run();

  const double start = std::ceil(first(record, "dns.failed_over", "east"));
  // The honest four fifths have gone; of the rest, which keep answers for 200 s, a quarter has not.
  const double share = lost(record, start + 145, start + 155);
  BOOST_TEST(std::abs(share - 0.2 * 0.25) < 0.02);
  BOOST_TEST(lost(record, start + 201, start + 210) == 0);
}

BOOST_AUTO_TEST_CASE(without_health_checks_nobody_is_sent_elsewhere) {
  const Rehearsal lab(
      two_clouds("    to: {east: {weight: 1}, west: {weight: 1}}\n    ttl: 10s\n", kOutage));

  const Record record = lab.run();

  BOOST_TEST(lost(record, 310, 590) == 0.5, boost::test_tools::tolerance(0.03));
}

BOOST_AUTO_TEST_CASE(when_every_place_fails_its_checks_all_of_them_answer) {
  const Rehearsal lab(two_clouds(kFailover, R"(
faults:
  dark: {at: 5min, kind: zone.outage, target: e1}
  too: {at: 5min, kind: zone.outage, target: w1, for: 1min}
)"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "dns.failed_over").size() == 2U);
  BOOST_TEST(lost(record, 305, 360) == 1);
  BOOST_TEST(lost(record, 700, 830) == 0);  // west is back
}

BOOST_AUTO_TEST_CASE(a_place_without_the_app_fails_a_check_that_asks_for_it) {
  const std::string check =
      "    to: {east: {priority: 1}, west: {priority: 2}}\n    ttl: 10s\n"
      "    health_check: {interval: 10s, threshold: 3, app: shop}\n";
  const Rehearsal lab(two_clouds(check, "", "instances: 2, zones: [w1]"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "dns.failed_over", "east") <= 30);
  BOOST_TEST(lost(record, 0, 19) == 1);
  BOOST_TEST(failures(record, "users", FailureReason::unroutable, 0, 19) > 3500U);
  BOOST_TEST(lost(record, 45, 830) == 0);
}

BOOST_AUTO_TEST_CASE(instances_call_each_other_within_their_place) {
  const Rehearsal lab(R"(
run: {duration: 2min}
platform: {profile: cf-diego}
topology:
  clouds: {east: {}, west: {}}
  regions: {e: {cloud: east}, w: {cloud: west}}
  zones: {e1: {region: e}, w1: {region: w}}
  network: {between_clouds: 40ms}
routers: {count: 2, zones: [e1, w1], dns: {to: {east: {}, west: {}}}}
apps:
  shop: {instances: 2, service_time: {deterministic: 1ms}, calls: [{to: stock}]}
  stock: {instances: 2, service_time: {deterministic: 1ms}}
load: {users: {to: shop, rate: 50/s}}
)");

  const Record record = lab.run();

  BOOST_TEST(latencies(record, 0, 119).slowest < 0.02);  // nothing crosses
}

BOOST_AUTO_TEST_CASE(spread_keeps_each_number_in_its_place_whatever_happens_there) {
  const Rehearsal lab(two_clouds(kFailover, kOutage, "instances: 6, spread: {east: 2, west: 1}"));

  const Record record = lab.run();

  // Nothing of the east is made anew in the west, where there is room; it waits.
  BOOST_TEST(value(record, "ready", "shop", 299) == 6);
  BOOST_TEST(value(record, "ready", "shop", 590) == 2);
  BOOST_TEST(events(record, "instance.unplaceable").size() == 4U);
  BOOST_TEST(value(record, "ready", "shop", 700) == 6);
  for (const RecordedEvent& started : events(record, "instance.started")) {
    BOOST_TEST(started.detail.starts_with("on e1-"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
