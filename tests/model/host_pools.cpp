/// \file host_pools.cpp
/// Hosts that come when instances find no room, and go when nobody needs them.
/// Why: rules and constants are cluster-autoscaler's (platforms.md, section 2); every time here
/// follows from them.
#include "leapday/cost.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Hosts of 1 GiB and one app; two of its instances fill a host.
std::string pooled(const std::string& pool, const std::string& rest = "",
                   const std::string& autoscaler = "", const std::string& app = "instances: 6") {
  return R"(
run: {duration: 1h}
platform: {profile: cf-diego}
topology:
  host_autoscaler: {)" +
         autoscaler + R"(}
  zones:
    z: {hosts: 6, memory: 1GiB, boot_time: 30s, pool: {)" +
         pool + R"(}}
apps:
  shop: {memory: 512MiB, service_time: {deterministic: 1ms}, start_time: 5s, )" +
         app + R"(}
load: {users: {to: shop, rate: 10/s, timeout: 1s}}
)" + rest;
}

BOOST_AUTO_TEST_SUITE(host_pools)

BOOST_AUTO_TEST_CASE(instances_without_room_make_the_pool_grow_by_what_they_need) {
  const Rehearsal lab(pooled("min: 1, provisioning_time: 60s"));

  const Record record = lab.run();

  const auto requested = events(record, "host.requested");
  BOOST_REQUIRE(requested.size() == 2U);  // four instances of half a host
  const double asked = seconds(requested.front().at);
  BOOST_TEST(asked <= 10);  // the first scan
  BOOST_TEST(first(record, "host.provisioned", "z-1") == asked + 60);
  BOOST_TEST(first(record, "host.booted", "z-2") == asked + 90);
  BOOST_TEST(value(record, "hosts", "z", asked + 59) == 1);
  BOOST_TEST(value(record, "hosts", "z", asked + 60) == 3);
  BOOST_TEST(value(record, "hosts_up", "z", asked + 89) == 1);
  BOOST_TEST(value(record, "ready", "shop", asked + 89) == 2);
  BOOST_TEST(value(record, "ready", "shop", asked + 130) == 6);
  BOOST_TEST(chain(record, requested.front()).front() == "instance.unplaceable");
}

BOOST_AUTO_TEST_CASE(hosts_beyond_the_first_ones_are_not_there_and_cost_nothing) {
  const Rehearsal lab(pooled("min: 2", "", "", "instances: 4"));

  const Record record = lab.run();

  BOOST_TEST(value(record, "hosts_up", "z", 0) == 2);
  BOOST_TEST(events(record, "host.requested").empty());
  const auto usage = usage_of(lab.scenario, record, "total", kSimStart, record.ended);
  BOOST_TEST(usage->host_hours == 2, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(what_is_on_its_way_is_not_asked_for_twice) {
  const Rehearsal lab(pooled("min: 1, provisioning_time: 5min"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.requested").size() == 2U);  // in thirty scans
}

BOOST_AUTO_TEST_CASE(a_request_that_fails_is_repeated_after_the_back_off) {
  const Rehearsal lab(pooled("min: 1, provisioning_time: 60s, provisioning_failure: 100%"));

  const Record record = lab.run();

  const auto failed = events(record, "host.provisioning_failed");
  const auto requested = events(record, "host.requested");
  BOOST_TEST(events(record, "host.provisioned").empty());
  BOOST_REQUIRE(requested.size() > 4U);
  BOOST_TEST(seconds(failed[0].at) == seconds(requested[0].at) + 60);
  const double pause = seconds(requested[2].at) - seconds(failed[1].at);
  BOOST_TEST(pause >= 300);
  BOOST_TEST(pause <= 310);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_usable_in_time_is_given_back) {
  const Rehearsal lab(pooled("min: 1, provisioning_time: 60s", "", "max_provision_time: 75s"));

  const Record record = lab.run();

  // It would have booted 90 s after the request.
  const auto failed = events(record, "host.provisioning_failed");
  BOOST_REQUIRE(!failed.empty());
  const double waited = seconds(failed.front().at) - first(record, "host.requested");
  BOOST_TEST(waited >= 75);
  BOOST_TEST(waited <= 85);
  BOOST_TEST(events(record, "host.booted").empty());
  BOOST_TEST(value(record, "hosts", "z", 100) == 1);
}

BOOST_AUTO_TEST_CASE(the_quota_refuses_what_is_beyond_it) {
  const Rehearsal lab(pooled("min: 1, quota: 2"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.provisioned").size() == 1U);
  BOOST_TEST(events(record, "host.refused").size() >= 2U);
  BOOST_TEST(value(record, "ready", "shop", 3500) == 4);
}

BOOST_AUTO_TEST_CASE(least_waste_takes_the_pool_that_would_be_fullest) {
  const std::string zones = R"(
run: {duration: 10min}
platform: {profile: cf-diego}
topology:
  host_autoscaler: {}
  zones:
    fixed: {hosts: 1, memory: 1GiB}
    large: {hosts: 5, memory: 8GiB, pool: {min: 0}}
    small: {hosts: 5, memory: 1GiB, pool: {min: 0}}
apps: {shop: {instances: 4, memory: 512MiB, service_time: 1ms}}
load: {users: {to: shop, rate: 1/s}}
)";
  const Rehearsal lab(zones);

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.requested").size() == 1U);
  BOOST_TEST(events(record, "host.requested", "small-0").size() == 1U);
}

BOOST_AUTO_TEST_CASE(hosts_that_are_used_too_little_are_drained_and_go) {
  // Twelve instances on three hosts, then four: one host is enough.
  const std::string app = "instances: 12, memory: 256MiB, releases: {v1: {}, v2: {instances: 4}}";
  std::string yaml = pooled("min: 1, initial: 3",
                            "deployments: {less: {at: 1min, app: shop, release: v2, "
                            "max_in_flight: 4}}\n",
                            "", app);
  yaml.erase(yaml.find("memory: 512MiB, "), 16);
  const Rehearsal lab(yaml);

  const Record record = lab.run();

  BOOST_REQUIRE(!events(record, "host.unneeded").empty());
  const double done = first(record, "deployment.done");
  BOOST_TEST(first(record, "host.unneeded") >= 660);  // ten minutes after it began to be so
  BOOST_TEST(first(record, "host.unneeded") <= done + 620);
  BOOST_TEST(value(record, "hosts", "z", 3500) <= 2);
  BOOST_TEST(value(record, "hosts", "z", 3500) >= 1);
  BOOST_TEST(range(record, "ready", "shop", done, 3500).first >= 4);  // replaced first
  BOOST_TEST(failures(record, "users", 0, 3599) == 0U);
  const auto removed = events(record, "host.removed");
  BOOST_REQUIRE(!removed.empty());
  BOOST_TEST(events(record, "host.lost").empty());  // the control plane knew
}

BOOST_AUTO_TEST_CASE(nothing_is_removed_for_ten_minutes_after_hosts_were_added) {
  const Rehearsal lab(pooled(
      "min: 1, provisioning_time: 10s", "deployments: {less: {at: 2min, app: shop, release: v2}}\n",
      "unneeded_time: 1min", "instances: 6, releases: {v1: {}, v2: {instances: 2}}"));

  const Record record = lab.run();

  BOOST_REQUIRE(!events(record, "host.unneeded").empty());
  BOOST_TEST(first(record, "host.unneeded") >= first(record, "host.requested") + 600);
}

BOOST_AUTO_TEST_CASE(a_host_that_is_gone_for_twenty_minutes_is_given_back) {
  const Rehearsal lab(pooled("min: 1, initial: 3",
                             "faults: {dies: {at: 1min, kind: host.crash, target: z-1}}\n", "",
                             "instances: 4"));

  const Record record = lab.run();

  const auto unneeded = events(record, "host.unneeded", "z-1");
  BOOST_REQUIRE(unneeded.size() == 1U);
  BOOST_TEST(unneeded.front().detail == "not heard of");
  BOOST_TEST(seconds(unneeded.front().at) >= 1260);
  BOOST_TEST(seconds(unneeded.front().at) <= 1300);
  BOOST_TEST(value(record, "hosts", "z", 1310) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
