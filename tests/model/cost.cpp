/// \file cost.cpp
/// Host hours, instance hours and bytes that leave, against what can be multiplied by hand.
/// Why: a price that is wrong by a factor is believed as readily as one that is right.
#include "leapday/cost.hpp"

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Half an hour; `far` answers 100 KB to each of ten requests a second, and asks `near` for 10 KB.
std::string priced(const std::string& rest = "") {
  return R"(
run: {duration: 30min, warmup: 1min}
platform: {profile: cf-diego}
topology:
  currency: EUR
  clouds:
    east: {price: {host_hour: 0.4, instance_hour: 0.01, egress_gb: 0.09, zone_gb: 0.01}}
    west: {price: {host_hour: 0.3}}
  regions: {e: {cloud: east}, w: {cloud: west, price: {egress_gb: 0.2}}}
  zones:
    e1: {region: e, hosts: 3}
    e2: {region: e, hosts: 1, price: {host_hour: 1}}
    w1: {region: w, hosts: 2}
routers: {count: 1, zones: [e1]}
apps:
  far: {instances: 2, zones: [e2], service_time: 1ms, response_size: 100000B,
        endpoints: {get: {calls: [{to: near}]}, none: {response_size: 0B}}}
  near: {instances: 3, zones: [w1], service_time: 1ms, response_size: 10000B}
load: {users: {to: far, endpoint: get, rate: 10/s, arrivals: deterministic}}
)" + rest;
}

BOOST_AUTO_TEST_SUITE(cost)

BOOST_AUTO_TEST_CASE(hosts_and_instances_cost_what_they_are_there_for) {
  const Rehearsal lab(priced());

  const Record record = lab.run();
  const auto all = usage_by_cloud(lab.scenario, record);

  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].cloud == "east");
  BOOST_TEST(all[0].usage.host_hours == 2.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all[0].usage.hosts_cost == 0.5 * (3 * 0.4 + 1 * 1.0),
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all[0].usage.instances_cost == 0.5 * 2 * 0.01, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all[1].usage.hosts_cost == 0.5 * 2 * 0.3, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(all[1].usage.instances_cost == 0);  // nobody charges for them there
}

BOOST_AUTO_TEST_CASE(bytes_are_charged_by_the_place_that_they_leave) {
  const Rehearsal lab(priced());

  const Record record = lab.run();
  const auto usage = [&](const char* place) {
    return *usage_of(lab.scenario, record, place, kSimStart, record.ended);
  };

  // 18,000 answers of far: 100 KB from e2 to the router in e1, and from there to the clients.
  // As many of near: 10 KB from w1 to that router, across clouds, and from there to e2.
  const auto close = boost::test_tools::tolerance(1e-3);
  BOOST_TEST(usage("e2").zone_gb == 1.8, close);
  BOOST_TEST(usage("e2").egress_gb == 0);
  BOOST_TEST(usage("e1").egress_gb == 1.8, close);
  BOOST_TEST(usage("e1").zone_gb == 0.18, close);
  BOOST_TEST(usage("w1").egress_gb == 0.18, close);
  BOOST_TEST(usage("west").traffic_cost == 0.18 * 0.2, close);
  BOOST_TEST(usage("east").traffic_cost == 1.8 * 0.09 + 1.98 * 0.01, close);
  BOOST_TEST(usage("total").cost() == usage("east").cost() + usage("west").cost(), close);
}

BOOST_AUTO_TEST_CASE(prices_change_nothing_about_the_run) {
  const Rehearsal with_prices(priced());
  std::string yaml = priced();
  for (const char* word :
       {"response_size: 100000B,", "{response_size: 0B}", ", response_size: 10000B"}) {
    const std::size_t at = yaml.find(word);
    BOOST_REQUIRE(at != std::string::npos);
    yaml.replace(at, std::string(word).size(), *word == '{' ? "{}" : "");
  }
  const Rehearsal bare(yaml);

  BOOST_TEST(with_prices.run().trace_hash == bare.run().trace_hash);
}

BOOST_AUTO_TEST_CASE(expectations_ask_for_money_and_hours) {
  const Rehearsal lab(priced(R"(
expect:
  cheap: cost(total) < 2
  dear: cost(total) > 1
  windows: cost(east) < 0.3 in every 5min
  hours: host_hours(hosts) == 3
  placed: instance_hours(near) >= 1.49
  bytes: egress_gb(e1) >= 1.79
)"));

  const Verdict verdict = judge(lab.scenario, lab.registry, lab.run(), nullptr);

  for (const ExpectationVerdict& one : verdict.expectations) {
    BOOST_TEST((one.outcome == leapday::Outcome::pass), one.name << ": " << one.reason);
  }
}

BOOST_AUTO_TEST_CASE(hours_can_be_asked_for_where_nothing_has_a_price) {
  const Rehearsal lab(R"(
run: {duration: 1h}
topology: {zones: {z: {hosts: 4}}}
apps: {shop: {instances: 2, service_time: 1ms}}
load: {users: {to: shop, rate: 1/s}}
expect: {hours: host_hours(total) == 4, placed: instance_hours(z) == 2}
)");

  const Verdict verdict = judge(lab.scenario, lab.registry, lab.run(), nullptr);

  for (const ExpectationVerdict& one : verdict.expectations) {
    BOOST_TEST((one.outcome == leapday::Outcome::pass), one.name << ": " << one.reason);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
