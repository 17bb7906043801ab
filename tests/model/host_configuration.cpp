/// \file host_configuration.cpp
/// Hosts that come up one by one or at once, go through chef-solo runs, and stay half converged.
/// Why: rules are Chef's and Vagrant's (platforms.md, section 6); the times are sums that can be
/// worked out by hand.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// Compiling takes 20 s, packages 30 s, the web server 8 s, and its restart at the end 2 s.
std::string configured(const std::string& configuration, const std::string& zone,
                       const std::string& rest) {
  return R"(
platform: {profile: cf-diego}
topology:
  zones:
    z:
      hosts: 3
      memory: 1GiB
      boot_time: 60s
)" + zone +
         R"(
      configuration:
        compile: 20s
)" + configuration +
         R"(
        resources:
          packages: {takes: 30s, check: 1s}
          nginx: {takes: 8s, check: 1s, notifies: [nginx], notified: 2s}
          monit: {takes: 5s, notifies: [nginx]}
apps:
  shop: {instances: 3, memory: 512MiB, service_time: {deterministic: 5ms}, start_time: 5s,
         routing: {connect_timeout: 300ms}}
load: {users: {to: shop, rate: 20/s, timeout: 2s}}
)" + rest;
}
const std::string kCrash = "faults: {dies: {at: 1min, kind: host.crash, target: z-1, for: 1min}}\n";

BOOST_AUTO_TEST_SUITE(host_configuration)

BOOST_AUTO_TEST_CASE(a_host_that_boots_takes_work_only_after_a_run_has_passed) {
  const Rehearsal lab(configured("", "", "run: {duration: 10min}\n" + kCrash));

  const Record record = lab.run();

  // Power at 120 s, booted at 180 s, then 20 + 30 + 8 + 5 s, and one restart for two notifications.
  BOOST_TEST(first(record, "host.booted", "z-1") == 180);
  BOOST_TEST(first(record, "host.configuring", "z-1") == 180);
  BOOST_TEST(first(record, "host.configured", "z-1") == 245);
  BOOST_TEST(first(record, "host.back", "z-1") >= 245);
  const auto back = events(record, "host.configured", "z-1").front();
  BOOST_TEST(chain(record, back).back() == "host.configured");
  BOOST_TEST(chain(record, back).front() == "fault.begin");
  for (const RecordedEvent& started : events(record, "instance.started")) {
    if (!started.detail.ends_with("z-1")) continue;
    BOOST_TEST((seconds(started.at) < 60 || seconds(started.at) >= 245));
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_kept_needs_only_its_checks) {
  const Rehearsal lab(
      configured("        keeps_disk: true\n", "", "run: {duration: 10min}\n" + kCrash));

  const Record record = lab.run();

  BOOST_TEST(first(record, "host.configured", "z-1") == 180 + 20 + 1 + 1);
}

BOOST_AUTO_TEST_CASE(a_bad_recipe_met_at_boot_ends_the_run_and_no_daemon_repairs_it) {
  const Rehearsal lab(configured("", "", R"(
run: {duration: 2h}
faults:
  mirror: {at: 30s, kind: host.configuration_failure, target: z-1, resource: nginx, for: 10min}
  dies: {at: 1min, kind: host.crash, target: z-1, for: 1min}
)"));

  const Record record = lab.run();

  const auto half = events(record, "host.half_converged", "z-1");
  BOOST_REQUIRE(half.size() == 1U);
  BOOST_TEST(seconds(half.front().at) == 180 + 20 + 30 + 8);
  BOOST_TEST(half.front().detail == "nginx failed; 1 of 3 resources have converged");
  BOOST_TEST(record.events[half.front().cause.index].kind == "fault.begin");
  BOOST_TEST(record.events[half.front().cause.index].subject == "mirror");
  BOOST_TEST(events(record, "host.configured").empty());
  BOOST_TEST(events(record, "host.back", "z-1").empty());
  BOOST_TEST(value(record, "hosts_up", "z", 7100) == 3);  // it has power, and is of no use
}

BOOST_AUTO_TEST_CASE(the_daemon_comes_back_within_interval_and_splay_and_does_what_is_left) {
  const Rehearsal lab(configured("        interval: 30min\n        splay: 5min\n", "", R"(
run: {duration: 2h}
faults:
  mirror: {at: 30s, kind: host.configuration_failure, target: z-1, resource: nginx, for: 10min}
  dies: {at: 1min, kind: host.crash, target: z-1, for: 1min}
)"));

  const Record record = lab.run();

  const double half = first(record, "host.half_converged", "z-1");
  const auto configuring = events(record, "host.configuring", "z-1");
  BOOST_REQUIRE(configuring.size() == 2U);
  const double again = seconds(configuring[1].at);
  BOOST_TEST(again >= half + 1800);
  BOOST_TEST(again <= half + 2100);
  BOOST_TEST(configuring[1].detail == "by the daemon");
  // Packages are checked; nginx, monit and the restart are still to do.
  BOOST_TEST(first(record, "host.configured", "z-1") == again + 20 + 1 + 8 + 5 + 2,
             boost::test_tools::tolerance(1e-9));
  BOOST_TEST(first(record, "host.back", "z-1") >= again + 36);
}

BOOST_AUTO_TEST_CASE(a_daemon_run_that_fails_on_a_host_at_work_keeps_new_work_away) {
  const Rehearsal lab(configured("        interval: 5min\n        splay: 0s\n", "", R"(
run: {duration: 30min}
faults:
  typo: {at: 1min, kind: host.configuration_failure, target: all of hosts, for: 10min}
  one: {at: 8min, kind: instance.crash, target: shop/0}
)"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "host.half_converged").size() == 6U);  // three hosts, at 5 and 10 min
  BOOST_TEST(first(record, "host.half_converged") == 320);
  // What runs goes on running; what has to be placed finds no host until the next run has passed.
  BOOST_TEST(value(record, "ready", "shop", 470) == 3);
  BOOST_TEST(first(record, "instance.unplaceable") >= 480);
  const double repaired = first(record, "host.configured");
  BOOST_TEST(repaired == 320 + 300 + 20 + 300 + 20 + 3, boost::test_tools::tolerance(0.02));
  BOOST_TEST(value(record, "ready", "shop", repaired - 1) == 2);
  BOOST_TEST(value(record, "ready", "shop", repaired + 30) == 3);
}

BOOST_AUTO_TEST_CASE(vagrant_brings_machines_up_one_after_the_other) {
  const std::string cold = "run: {duration: 10min, boot: cold}\n";
  const Rehearsal serial(configured("", "      bring_up: serial\n", cold));
  const Rehearsal parallel(configured("", "      bring_up: parallel\n", cold));

  const Record one_by_one = serial.run();
  const Record at_once = parallel.run();

  for (int i = 0; i < 3; ++i) {
    const std::string host = "z-" + std::to_string(i);
    // Each boots and is provisioned before the next one's turn.
    BOOST_TEST(first(one_by_one, "host.booted", host) == 60 + i * 125);
    BOOST_TEST(first(one_by_one, "host.configured", host) == 125 + i * 125);
    BOOST_TEST(first(at_once, "host.configured", host) == 125);
  }
  BOOST_TEST(value(one_by_one, "hosts_up", "z", 30) == 0);
  BOOST_TEST(first(one_by_one, "instance.started") >= 125);
}

BOOST_AUTO_TEST_CASE(a_machine_that_boots_too_slowly_is_left_out_and_the_next_one_comes) {
  const Rehearsal lab(R"(
run: {duration: 1h, boot: cold}
platform: {profile: cf-diego}
topology:
  zones:
    z: {hosts: 40, bring_up: serial, boot_timeout: 60s, boot_time: {uniform: {low: 20s, high: 100s}}}
apps: {shop: {instances: 1, service_time: 1ms}}
load: {users: {to: shop, rate: 1/s, stop: 1s}}
)");

  const Record record = lab.run();

  const auto late = events(record, "host.boot_timed_out");
  const auto good = events(record, "host.booted");
  BOOST_TEST(late.size() + good.size() == 40U);
  BOOST_TEST(late.size() > 12U);  // half of them: 20 +- 8 is two and a half sigma
  BOOST_TEST(late.size() < 28U);
  BOOST_TEST(value(record, "hosts_up", "z", 3599) == static_cast<double>(good.size()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
