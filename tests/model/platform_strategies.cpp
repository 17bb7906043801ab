/// \file platform_strategies.cpp
/// Recreate, blue-green and canary deployments, their analyses, and schema migrations.
/// Why: each promises its operators something else, and each breaks that promise in its own way.
#include <cmath>

#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

/// An app in two releases on a platform, with users at 20/s, 1 minute before the deployment.
std::string deploy(const std::string& platform, const std::string& release,
                   const std::string& deployment, int instances = 10) {
  return "run: {duration: 30min}\nplatform: {profile: " + platform + R"(}
topology: {zones: {a: {hosts: 3}, b: {hosts: 3}}}
apps:
  shop:
    start_time: 10s
    service_time: {deterministic: 5ms}
    releases: {v1: {}, v2: )" +
         release + "}\n    instances: " + std::to_string(instances) + R"(
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments:
  rollout: {at: 1min, app: shop, release: v2, )" +
         deployment + R"(}
expect:
  old: requests(shop@v1) > 0
  new: requests(shop@v2) >= 1
)";
}

/// Tries sent to instances of a release in [from, to).
std::uint64_t sent(const Record& record, const std::string& subject, std::size_t from,
                   std::size_t to) {
  const Series* series = record.find_series(subject);
  BOOST_REQUIRE_MESSAGE(series != nullptr, "no series " << subject);
  std::uint64_t count = 0;
  for (std::size_t s = from; s < std::min(to, series->by_send.size()); ++s) {
    count += series->by_send[s].sent;
  }
  return count;
}

double anchor(const Record& record, const std::string& event) {
  for (const AnchorHit& hit : record.anchors) {
    if (hit.name == "rollout" && hit.event == event) return seconds(hit.at);
  }
  BOOST_FAIL("rollout." << event << " was never reached");
  return 0;
}

std::vector<std::string> details(const Record& record, const std::string& kind) {
  std::vector<std::string> found;
  for (const RecordedEvent& event : events(record, kind)) found.push_back(event.detail);
  return found;
}

BOOST_AUTO_TEST_SUITE(platform_strategies)

// ---- recreate --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(recreate_has_an_outage_of_exactly_stop_and_start) {
  // Diego: 5 s between leaving the tables and the signal; ready at the probe 10 s after the start.
  const Rehearsal lab(deploy("cf-diego", "{}", "strategy: recreate"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "instance.stopping") == 60);
  BOOST_TEST(seconds(events(record, "instance.stopped").back().at) == 65);
  BOOST_TEST(first(record, "instance.started") == 65);
  BOOST_TEST(range(record, "ready", "shop", 60, 75).second == 0);
  BOOST_TEST(value(record, "ready", "shop", 59) == 10);
  BOOST_TEST(value(record, "ready", "shop", 75) == 10);
  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 10);
  BOOST_TEST(failures(record, "users", 0, 60) == 0U);
  BOOST_TEST(failures(record, "users", 75, 1799) == 0U);
  const std::uint64_t lost = failures(record, "users", FailureReason::unroutable, 60, 75);
  BOOST_TEST(lost == sent(record, "users", 60, 75));
  BOOST_TEST(first(record, "deployment.done") == 75);
}

BOOST_AUTO_TEST_CASE(recreate_waits_for_the_last_old_process_even_when_it_will_not_stop) {
  const Rehearsal lab(deploy("kubernetes", "{}", "strategy: recreate", 3) + R"(
faults: {hangs: {at: 59s, kind: instance.hang, target: 1 of instances of shop, for: 5min}}
)");

  const Record record = lab.run();

  // A hung process is killed 30 s after the signal; the other two have long been gone by then.
  BOOST_TEST(first(record, "instance.started") == 90);
  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 3);
}

BOOST_AUTO_TEST_CASE(recreate_returns_as_it_came) {
  const Rehearsal lab(deploy("cf-diego", "{error_rate: 100%}",
                             "strategy: recreate, rollback: true, gate: {condition: success(users) "
                             ">= 99% over 10s, for: 10s, within: 30s}"));

  const Record record = lab.run();

  const double failed = first(record, "deployment.failed");
  BOOST_TEST(failed == 105);
  BOOST_TEST(first(record, "deployment.rolled_back") == failed + 15);
  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 10);
  BOOST_TEST(failures(record, "users", 130, 1799) == 0U);
}

// ---- blue-green ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(blue_green_loses_no_request_and_mixes_no_releases_while_all_routers_hear) {
  const Rehearsal lab(deploy("cf-diego", "{}", "strategy: blue_green, keep_old: 2min"));

  const Record record = lab.run();

  const double at = anchor(record, "switched");
  BOOST_TEST(at == 70);
  BOOST_TEST(failures(record, "users", 0, 1799) == 0U);
  BOOST_TEST(value(record, "ready", "shop", at) == 20);
  BOOST_TEST(sent(record, "shop@v2", 0, 70) == 0U);
  BOOST_TEST(sent(record, "shop@v1", 71, 1799) == 0U);
  BOOST_TEST(sent(record, "shop@v2", 71, 1799) == sent(record, "users", 71, 1799));
  BOOST_TEST(first(record, "deployment.done") == at + 120);
  BOOST_TEST(value(record, "ready", "shop", at + 121) == 10);
  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second == 20);
  // Nothing of it is done before users see it.
  BOOST_TEST(anchor(record, "done") == at);
}

BOOST_AUTO_TEST_CASE(blue_green_with_a_deaf_router_serves_the_old_release_and_then_fails) {
  const std::string scenario = R"(
run: {duration: 20min}
platform: {profile: cf-diego}
topology:
  zones: {edge: {hosts: 1}, core: {hosts: 1}, cells: {hosts: 4}}
routers: {count: 2, zones: [edge, core]}
apps:
  shop:
    zones: [cells]
    instances: 4
    start_time: 10s
    service_time: {deterministic: 5ms}
    routing: {attempts: 1}
    releases: {v1: {}, v2: {}}
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments: {rollout: {at: 1min, app: shop, release: v2, strategy: blue_green, keep_old: 2min}}
expect: {old: requests(shop@v1) > 0}
)";
  const Rehearsal deaf(scenario + R"(
faults: {deaf: {at: 30s, kind: link.partition, target: control <-> edge, for: 10min}}
)");
  const Rehearsal heard(scenario);

  const Record stale = deaf.run(), fresh = heard.run();

  BOOST_TEST(failures(fresh, "users", 0, 1199) == 0U);
  BOOST_TEST(sent(fresh, "shop@v1", 75, 1199) == 0U);
  // Every second request goes by way of the deaf router: answered by v1 while that is kept,
  const double at = anchor(stale, "switched");
  BOOST_TEST(at == 70);
  BOOST_TEST(failures(stale, "users", 0, 190) == 0U);
  const auto half = [&](std::size_t from, std::size_t to) {
    return static_cast<double>(sent(stale, "users", from, to)) / 2;
  };
  BOOST_TEST(std::abs(static_cast<double>(sent(stale, "shop@v1", 75, 185)) - half(75, 185)) <= 1);
  // and refused by what is no longer there from then on, until the routes have gone stale.
  const std::uint64_t lost = failures(stale, "users", FailureReason::refused, 200, 600);
  BOOST_TEST(std::abs(static_cast<double>(lost) - half(200, 600)) <= 1);
  BOOST_TEST(failures(stale, "users", 630 + 160, 1199) == 0U);
}

BOOST_AUTO_TEST_CASE(a_failed_analysis_after_the_switch_switches_back_at_once) {
  const Rehearsal lab(deploy("cf-diego", "{error_rate: 50%}",
                             "strategy: blue_green, keep_old: 5min, analysis: {condition: "
                             "success(shop@v2) >= 99% over 10s, every: 10s}"));

  const Record record = lab.run();

  // Switched at 70 s, measured ten seconds later.
  BOOST_TEST(first(record, "deployment.failed") == 80);
  BOOST_TEST(first(record, "deployment.rolled_back") == 80);
  BOOST_TEST(failures(record, "users", FailureReason::error, 70, 80) > 50U);
  BOOST_TEST(failures(record, "users", 82, 1799) == 0U);
  BOOST_TEST(sent(record, "shop@v2", 82, 1799) == 0U);
  BOOST_TEST(events(record, "instance.started").size() == 10U);  // No old one had to start.
  BOOST_TEST(value(record, "instances", "shop", 120) == 10);
  const Verdict verdict = judge(lab.scenario, lab.registry, record, nullptr);
  BOOST_TEST((verdict.expectations[0].outcome == leapday::Outcome::pass));
}

BOOST_AUTO_TEST_CASE(after_keep_old_there_is_nothing_to_switch_back_to) {
  const Rehearsal lab(deploy("cf-diego", "{error_rate: 50%}",
                             "strategy: blue_green, keep_old: 30s, analysis: {condition: "
                             "success(shop@v2) >= 99% over 10s, every: 20s, failures: 1}"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.measured_badly") == 90);
  BOOST_TEST(first(record, "deployment.done") == 100);
  BOOST_TEST(events(record, "deployment.failed").empty());
  BOOST_TEST(failures(record, "users", 1000, 1799) > 5000U);
}

BOOST_AUTO_TEST_CASE(a_gate_before_the_switch_keeps_users_from_ever_seeing_it) {
  const Rehearsal lab(
      deploy("kubernetes", "{error_rate: 50%}",
             "strategy: blue_green, rollback: true, gate: {condition: ready(shop) > "
             "20, within: 1min}"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.switched").empty());
  BOOST_TEST(events(record, "deployment.rolled_back").size() == 1U);
  BOOST_TEST(failures(record, "users", 0, 1799) == 0U);
  BOOST_TEST(sent(record, "shop@v2", 0, 1799) == 0U);
  BOOST_TEST(value(record, "instances", "shop", 1799) == 10);
}

BOOST_AUTO_TEST_CASE(a_deployment_that_takes_over_clears_away_a_group_without_routes) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: kubernetes}
apps:
  shop: {service_time: 5ms, instances: 4, start_time: 30s, releases: {v1: {}, v2: {}, v3: {}}}
load: {users: {to: shop, rate: 20/s, timeout: 1s}}
deployments:
  second: {at: 1min, app: shop, release: v2, strategy: blue_green}
  third: {at: 70s, app: shop, release: v3}
expect: {none: requests(shop@v2) < 1}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.superseded", "second").size() == 1U);
  BOOST_TEST(events(record, "deployment.done", "third").size() == 1U);
  BOOST_TEST(range(record, "ready", "shop", 0, 1100).first >= 3);
  BOOST_TEST(failures(record, "users", FailureReason::unroutable, 0, 1199) == 0U);
  BOOST_TEST(sent(record, "shop@v2", 0, 1199) == 0U);
  BOOST_TEST(value(record, "instances", "shop", 1100) == 4);
}

// ---- canary ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(canary_counts_are_cloud_foundrys) {
  // cloud_controller_ng: canary = max(1, round(n * w)), original = n - canary + 1, 0 at 100 %.
  struct Case {
    int n;
    const char* weight;
    const char* counts;
  };
  for (const Case& one : {Case{10, "10%", "1 new beside 10 old"},
                          {10, "1%", "1 new beside 10 old"},
                          {10, "25%", "3 new beside 8 old"},
                          {10, "24%", "2 new beside 9 old"},
                          {3, "10%", "1 new beside 3 old"},
                          {4, "50%", "2 new beside 3 old"},
                          {1, "50%", "1 new beside 1 old"},
                          {7, "20%", "1 new beside 7 old"},
                          {7, "50%", "4 new beside 4 old"},
                          {10, "95%", "10 new beside 1 old"},
                          {5, "100%", "5 new beside 0 old"}}) {
    BOOST_TEST_CONTEXT(one.n << " instances, " << one.weight) {
      const Rehearsal lab(deploy(
          "cf-diego", "{}",
          std::string("strategy: canary, max_in_flight: 2, steps: [{weight: ") + one.weight + "}]",
          one.n));

      const Record record = lab.run();

      const auto paused = details(record, "deployment.paused");
      BOOST_REQUIRE(paused.size() == 1U);
      BOOST_TEST(paused[0].starts_with(one.counts), paused[0]);
      BOOST_TEST(range(record, "ready", "shop", 0, 1799).first >= one.n);
      BOOST_TEST(range(record, "instances", "shop", 0, 1799).second <= one.n + 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_canary_beside_all_old_ones_pauses_until_somebody_continues) {
  const std::string canary = "strategy: canary";
  const Rehearsal forgotten(deploy("cf-diego", "{}", canary));
  const Rehearsal continued(
      deploy("cf-diego", "{}", canary + ", continue: rollout.paused + 10min"));

  const Record paused = forgotten.run(), done = continued.run();

  BOOST_TEST(details(paused, "deployment.paused")[0] ==
             "1 new beside 10 old, to the end: nothing in the scenario continues it");
  BOOST_TEST(value(paused, "ready", "shop", 1799) == 11);
  BOOST_TEST(paused.find_span("rollout")->open);
  const auto warned = [](const Rehearsal& lab) {
    return std::count_if(
        lab.scenario.warnings.begin(), lab.scenario.warnings.end(),
        [](const std::string& text) { return text.find("stays paused") != text.npos; });
  };
  BOOST_TEST(warned(forgotten) == 1);
  BOOST_TEST(warned(continued) == 0);

  const double at = anchor(done, "paused");
  BOOST_TEST(value(done, "ready", "shop", at + 590) == 11);
  const double resumed = first(done, "deployment.continued");
  BOOST_TEST(resumed >= at + 600);
  BOOST_TEST(resumed <= at + 605);  // At the next tick.
  BOOST_TEST(events(done, "deployment.done").size() == 1U);
  BOOST_TEST(value(done, "ready", "shop", 1799) == 10);
  BOOST_TEST(failures(done, "users", 0, 1799) == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_not_paused_cannot_be_continued) {
  const Rehearsal lab(deploy("cf-diego", "{}", "strategy: canary, continue: 62s"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.not_paused") == 62);
  BOOST_TEST(events(record, "deployment.continued").empty());
  BOOST_TEST(value(record, "ready", "shop", 1799) == 11);
}

BOOST_AUTO_TEST_CASE(a_condition_that_continues_is_looked_at_during_the_pause_only) {
  // It has held all the time; what counts is that it holds for a minute beside the canary.
  const Rehearsal lab(deploy("kubernetes", "{}",
                             "strategy: canary, continue: when success(users) >= 99% over 10s for "
                             "1min"));

  const Record record = lab.run();

  const double paused = anchor(record, "paused");
  BOOST_TEST(first(record, "deployment.continued") == paused + 61);
  BOOST_TEST(events(record, "deployment.not_paused").empty());
}

BOOST_AUTO_TEST_CASE(a_canary_goes_step_by_step_and_holds_each_for_its_time) {
  const Rehearsal lab(deploy("kubernetes", "{}",
                             "strategy: canary, steps: [{weight: 10%, for: 2min}, "
                             "{weight: 50%, for: 3min}, {weight: 100%, for: 1min}]"));

  const Record record = lab.run();

  const auto paused = events(record, "deployment.paused");
  const auto continued = events(record, "deployment.continued");
  BOOST_REQUIRE(paused.size() == 3U);
  BOOST_REQUIRE(continued.size() == 3U);
  BOOST_TEST(paused[0].detail == "1 new beside 9 old, for 120s");
  BOOST_TEST(paused[1].detail == "5 new beside 5 old, for 180s");
  BOOST_TEST(paused[2].detail == "10 new beside 0 old, for 60s");
  const std::vector<double> holds{120, 180, 60};
  for (std::size_t k = 0; k < 3; ++k) {
    BOOST_TEST(seconds(continued[k].at) - seconds(paused[k].at) == holds[k]);
  }
  // Old and new together stay within the surge and what may be missing.
  BOOST_TEST(range(record, "instances", "shop", 0, 1799).second <= 13);
  BOOST_TEST(range(record, "ready", "shop", 0, 1799).first >= 8);
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
}

BOOST_AUTO_TEST_CASE(an_analysis_aborts_a_bad_canary_after_the_failures_it_may_have) {
  const Rehearsal lab(deploy("cf-diego", "{error_rate: 30%}",
                             "strategy: canary, steps: [{weight: 10%, for: 5min}], analysis: "
                             "{condition: success(shop@v2) >= 95% over 30s, every: 30s, "
                             "failures: 2}"));

  const Record record = lab.run();

  const double paused = anchor(record, "paused");
  const auto bad = events(record, "deployment.measured_badly");
  BOOST_REQUIRE(bad.size() == 2U);
  BOOST_TEST(seconds(bad[0].at) == std::ceil(paused + 30));
  const double failed = first(record, "deployment.failed");
  BOOST_TEST(failed == seconds(bad[1].at) + 30);
  BOOST_TEST(events(record, "deployment.rolled_back").size() == 1U);
  BOOST_TEST(value(record, "instances", "shop", failed + 30) == 10);
  // One of eleven instances failed 30 % of its requests, for as long as it took to find out.
  const auto lost = static_cast<double>(failures(record, "users", 0, 1799));
  BOOST_TEST(lost > 0);
  BOOST_TEST(lost < 0.04 * 20 * (failed - paused + 10));
  BOOST_TEST(failures(record, "users", static_cast<std::size_t>(failed) + 10, 1799) == 0U);
}

BOOST_AUTO_TEST_CASE(a_good_canary_passes_the_same_analysis) {
  const Rehearsal lab(deploy("cf-diego", "{error_rate: 1%}",
                             "strategy: canary, max_in_flight: 5, steps: [{weight: 20%, for: 5min}]"
                             ", analysis: {condition: success(shop@v2) >= 90% over 1min, "
                             "failures: 0}"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.failed").empty());
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_canary_is_judged_against_the_release_that_runs) {
  // Both are slow in the same way; only the one that is slower than the other is sent back.
  const auto lab = [](const std::string& release) {
    return Rehearsal(deploy("kubernetes", release,
                            "strategy: canary, steps: [{weight: 20%, for: 2min}], analysis: "
                            "{condition: mean(shop@v2) <= 120% of mean(shop@v1) over 30s, "
                            "every: 30s, failures: 1}"));
  };

  const Record slower = lab("{service_time_factor: 1.5}").run();
  const Record alike = lab("{service_time_factor: 1.1}").run();

  BOOST_TEST(events(slower, "deployment.rolled_back").size() == 1U);
  BOOST_TEST(events(alike, "deployment.rolled_back").empty());
  BOOST_TEST(events(alike, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(without_a_measurement_a_canary_neither_fails_nor_goes_on) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: kubernetes}
apps: {shop: {service_time: 5ms, instances: 4, start_time: 10s, releases: {v1: {}, v2: {}}}}
load:
  users: {to: shop, timeout: 1s, phases: [{rate: 20/s, for: 30s}, {rate: 0/s, for: 10min}, {rate: 20/s}]}
deployments:
  rollout:
    {at: 1min, app: shop, release: v2, strategy: canary, steps: [{weight: 25%, for: 1min}],
     analysis: {condition: success(shop@v2) >= 99% over 30s, every: 30s}}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.failed").empty());
  BOOST_TEST(first(record, "deployment.continued") > 630);
  BOOST_TEST(events(record, "deployment.done").size() == 1U);
}

BOOST_AUTO_TEST_CASE(with_weighted_routing_a_canary_gets_its_share_of_requests_and_no_more) {
  const std::string steps =
      "strategy: canary, steps: [{weight: 5%, for: 10min}, {weight: 40%, for: 10min}]";
  const std::string scenario = deploy("kubernetes", "{}", steps, 4);
  const Rehearsal lab(scenario + "routers: {count: 2, policy: weighted}\n");

  const Record record = lab.run();

  const auto paused = events(record, "deployment.paused");
  BOOST_REQUIRE(paused.size() == 2U);
  BOOST_TEST(paused[0].detail.starts_with("1 new beside 3 old"));
  const auto share = [&](std::size_t from, std::size_t to) {
    return static_cast<double>(sent(record, "shop@v2", from, to)) /
           static_cast<double>(sent(record, "users", from, to));
  };
  // A quarter of the instances, but a twentieth of the requests; none before it is routed so.
  const auto one = static_cast<std::size_t>(seconds(paused[0].at));
  const auto two = static_cast<std::size_t>(seconds(paused[1].at));
  BOOST_TEST(sent(record, "shop@v2", 0, one) == 0U);
  BOOST_TEST(share(one + 5, one + 595) == 0.05, boost::test_tools::tolerance(0.01));
  BOOST_TEST(share(two + 5, two + 595) == 0.40, boost::test_tools::tolerance(0.01));
}

// ---- migrations ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_migration_runs_before_the_first_new_instance_and_breaks_older_releases) {
  const Rehearsal lab(
      deploy("cf-diego", "{}", "max_in_flight: 5, migration: {duration: 2min, breaks: 40%}"));

  const Record record = lab.run();

  BOOST_TEST(first(record, "deployment.migrated") == 180);
  BOOST_TEST(first(record, "instance.started") == 180);
  BOOST_TEST(failures(record, "users", 0, 180) == 0U);
  const double done = first(record, "deployment.done");
  const auto end = static_cast<std::size_t>(done) + 1;
  // All of it fails by the code's error, as long as the old release answers.
  const auto broken = failures(record, "users", FailureReason::error, 180, 190);
  BOOST_TEST(broken > 20 * 10 * 0.25);
  BOOST_TEST(broken < 20 * 10 * 0.55);
  BOOST_TEST(failures(record, "users", end, 1799) == 0U);
  BOOST_TEST(failures(record, "shop@v2", 0, 1799) == 0U);
}

BOOST_AUTO_TEST_CASE(rolling_back_the_code_does_not_roll_back_the_schema) {
  const Rehearsal lab(deploy("cf-diego", "{start_failure: 100%}",
                             "progress_deadline: 3min, rollback: true, "
                             "migration: {duration: 1min, breaks: 100%}"));

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.rolled_back").size() == 1U);
  BOOST_TEST(value(record, "ready", "shop", 1799) == 10);
  BOOST_TEST(failures(record, "users", FailureReason::error, 1000, 1799) ==
             sent(record, "users", 1000, 1799));
}

BOOST_AUTO_TEST_CASE(a_migration_breaks_the_endpoints_it_names_and_no_newer_release) {
  const Rehearsal lab(R"(
run: {duration: 20min}
platform: {profile: cf-diego}
apps:
  shop:
    instances: 4
    start_time: 10s
    service_time: {deterministic: 5ms}
    releases: {v1: {}, v2: {}, v3: {}}
    endpoints: {browse: {}, pay: {}}
load: {users: {to: shop, rate: 20/s, mix: {browse: 50%, pay: 50%}}}
deployments:
  second: {at: 1min, app: shop, release: v2, max_in_flight: 4, migration: {duration: 30s, breaks: 100%, endpoints: [pay]}}
  third: {at: 10min, app: shop, release: v3, max_in_flight: 4}
)");

  const Record record = lab.run();

  BOOST_TEST(failures(record, "users.browse", 0, 1199) == 0U);
  BOOST_TEST(failures(record, "users.pay", 0, 90) == 0U);
  BOOST_TEST(failures(record, "users.pay", 90, 100) > 50U);
  BOOST_TEST(failures(record, "users.pay", 130, 1199) == 0U);
}

BOOST_AUTO_TEST_CASE(a_newer_deployment_does_not_stop_a_migration_under_way) {
  const Rehearsal lab(R"(
run: {duration: 10min}
platform: {profile: cf-diego}
apps:
  shop: {instances: 2, start_time: 10s, service_time: 5ms, releases: {v1: {}, v2: {}, v3: {}}}
load: {users: {to: shop, rate: 20/s}}
deployments:
  second: {at: 1min, app: shop, release: v2, migration: {duration: 2min, breaks: 100%}}
  back: {at: 2min, app: shop, release: v1}
)");

  const Record record = lab.run();

  BOOST_TEST(events(record, "deployment.superseded", "second").size() == 1U);
  BOOST_TEST(first(record, "deployment.migrated", "second") == 180);
  BOOST_TEST(failures(record, "users", 0, 180) == 0U);
  BOOST_TEST(failures(record, "users", 181, 599) == sent(record, "users", 181, 599));
}

// ---- figures of a release --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(figures_of_releases_add_up_to_those_of_the_app_on_every_path) {
  const Rehearsal lab(deploy("cf-diego", "{}", "max_in_flight: 3"));
  Rehearsal unmeasured(deploy("cf-diego", "{}", "max_in_flight: 3"));
  unmeasured.scenario.expectations.entries.clear();

  const Record record = lab.run(), plain = unmeasured.run();

  const std::uint64_t one = record.find_series("shop@v1")->total.answered;
  const std::uint64_t two = record.find_series("shop@v2")->total.answered;
  BOOST_TEST(one + two == record.find_series("shop")->total.answered);
  BOOST_TEST(plain.find_series("shop@v1") == nullptr);
  // Measuring changes nothing of what happens.
  BOOST_TEST(plain.find_series("users")->total.answered ==
             record.find_series("users")->total.answered);
  BOOST_TEST(plain.find_series("users")->latency_sum_seconds ==
             record.find_series("users")->latency_sum_seconds);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
