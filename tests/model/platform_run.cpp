/// \file platform_run.cpp
/// What every run promises: the same again, untouched by another, and a shared prefix.
/// Why: a verdict is worth nothing if a second look gives another.
#include "tests/model/platform_lab.hpp"

namespace leapday::model {
namespace {

const char* kBusy = R"(
run: {duration: 5min, warmup: 20s}
platform: {profile: cf-diego}
topology: {zones: {a: {hosts: 3}, b: {hosts: 3}}, network: {same_zone: 200us, same_region: 1ms}}
routers: {count: 2, zones: [a, b]}
apps:
  shop:
    instances: 6
    start_time: {exponential: {mean: 8s}}
    service_time: {exponential: {mean: 20ms}}
    releases: {v1: {}, v2: {}}
load: {users: {to: shop, rate: 60/s, timeout: 1s, retry: {max_retries: 1, backoff: 50ms, jitter: full}}}
deployments: {rollout: {at: 1min, app: shop, release: v2, max_in_flight: 2}}
faults:
  dies: {at: 2min, kind: host.crash, target: 1 of hosts in a, for: 1min}
  cut: {at: 150s, kind: link.latency, target: a <-> b, add: 30ms, for: 30s}
)";

bool same(const std::vector<SecondCounts>& a, const std::vector<SecondCounts>& b,
          std::size_t until) {
  for (std::size_t s = 0; s < until; ++s) {
    if (a[s].sent != b[s].sent || a[s].answered != b[s].answered || a[s].failed != b[s].failed) {
      return false;
    }
  }
  return true;
}

BOOST_AUTO_TEST_SUITE(platform_run)

BOOST_AUTO_TEST_CASE(the_same_seed_is_the_same_run_and_another_is_not) {
  const Rehearsal lab(kBusy);

  const Record a = lab.run(3), b = lab.run(3), c = lab.run(4);

  BOOST_TEST(a.trace_hash == b.trace_hash);
  BOOST_TEST(a.events.size() == b.events.size());
  BOOST_TEST(a.trace_hash != c.trace_hash);
  BOOST_TEST(a.requests.balanced());
  BOOST_TEST(a.requests.answered > 10'000U);
}

BOOST_AUTO_TEST_CASE(two_runs_interleaved_in_one_process_do_not_touch) {
  const Rehearsal lab(kBusy);
  const std::uint64_t alone3 = lab.run(3).trace_hash, alone4 = lab.run(4).trace_hash;
  Run three(lab.scenario, lab.registry, {.seed = 3});
  Run four(lab.scenario, lab.registry, {.seed = 4});

  for (SimTime at = kSimStart - 20s; at <= three.end(); at += 700ms) {
    three.run_until(at);
    four.run_until(at);
  }
  three.run_until(three.end());
  four.run_until(four.end());

  BOOST_TEST(three.finish().trace_hash == alone3);
  BOOST_TEST(four.finish().trace_hash == alone4);
}

BOOST_AUTO_TEST_CASE(shuffled_ties_are_another_order_and_reproducible) {
  Rehearsal lab(kBusy);
  lab.scenario.run.ties = TieOrder::shuffled;

  const Record a = lab.run(3), b = lab.run(3);

  BOOST_TEST(a.trace_hash == b.trace_hash);
  BOOST_TEST(a.requests.balanced());
}

BOOST_AUTO_TEST_CASE(the_twin_is_equal_until_the_first_fault) {
  const Rehearsal lab(kBusy);

  const Record faulted = lab.run(5), twin = lab.run(5, true);

  BOOST_TEST(same(faulted.find_series("users")->by_send, twin.find_series("users")->by_send, 118));
  BOOST_TEST(!same(faulted.find_series("users")->by_send, twin.find_series("users")->by_send, 300));
  BOOST_TEST(events(twin, "fault.begin").empty());
  BOOST_TEST(twin.find_span("dies") == nullptr);
  for (const RecordedEvent& event : twin.events) {
    if (event.at >= at_second(120)) break;
    bool found = false;
    for (const RecordedEvent& other : faulted.events) {
      found = found ||
              (other.at == event.at && other.kind == event.kind && other.subject == event.subject);
    }
    BOOST_TEST(found, event.kind << " of " << event.subject);
  }
}

BOOST_AUTO_TEST_CASE(a_branch_shares_the_prefix_and_differs_after_it) {
  const Rehearsal lab(kBusy);
  const auto branch = [&](std::uint64_t salt) {
    Run run(lab.scenario, lab.registry, {.seed = 3});
    run.reseed_at(at_second(100), salt);
    run.run_until(run.end());
    return run.finish();
  };

  const Record plain = lab.run(3), one = branch(1), again = branch(1), two = branch(2);

  BOOST_TEST(one.trace_hash == again.trace_hash);
  BOOST_TEST(one.trace_hash != two.trace_hash);
  BOOST_TEST(one.trace_hash != plain.trace_hash);
  const auto& users = plain.find_series("users")->by_send;
  BOOST_TEST(same(users, one.find_series("users")->by_send, 98));
  BOOST_TEST(same(users, two.find_series("users")->by_send, 98));
  BOOST_TEST(!same(users, one.find_series("users")->by_send, 300));
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_still_gives_a_balanced_record) {
  const Rehearsal lab(kBusy);
  Run run(lab.scenario, lab.registry, {.seed = 1});
  run.run_until(at_second(60));

  run.cancel();
  const Record record = run.finish();

  BOOST_TEST(record.cut_short == "cancelled");
  BOOST_TEST(seconds(record.ended) == 60);
  BOOST_TEST(record.requests.balanced());
}

BOOST_AUTO_TEST_CASE(a_run_that_reaches_its_limit_says_so) {
  Rehearsal lab(kBusy);
  lab.scenario.run.max_events = 5000;
  Run run(lab.scenario, lab.registry, {.seed = 1});

  run.run_until(run.end());

  BOOST_TEST(run.finished());
  const Record record = run.finish();
  BOOST_TEST(record.cut_short == "max_events");
  BOOST_TEST(record.requests.balanced());
}

BOOST_AUTO_TEST_CASE(a_scenario_without_topology_just_runs) {
  const Rehearsal lab(R"(
run: {duration: 30s, warmup: 5s}
platform: {profile: cf-diego}
apps: {shop: {instances: 3, service_time: {exponential: {mean: 10ms}}}}
load: {users: {to: shop, rate: 100/s}}
)");

  const Record record = lab.run();

  BOOST_TEST(record.requests.failed_total() == 0U);
  BOOST_TEST(record.find_series("users")->total.answered > 2500U);
  BOOST_TEST(value(record, "ready", "shop", 0) == 3);
}

BOOST_AUTO_TEST_CASE(phases_are_spans_and_anchors) {
  const Rehearsal lab(R"(
run: {duration: 3min}
platform: {profile: cf-diego}
apps: {shop: {service_time: 5ms, instances: 2}}
load:
  users:
    to: shop
    phases: [{name: calm, rate: 5/s, for: 1min}, {name: rush, rate: 50/s}]
faults: {kill: {at: rush.begin + 10s, kind: instance.crash, target: oldest of instances of shop}}
)");

  const Record record = lab.run();

  BOOST_TEST(seconds(record.find_span("calm")->end) == 60);
  BOOST_TEST(record.find_span("rush")->open);
  BOOST_TEST(first(record, "fault.begin", "kill") == 70);
}

BOOST_AUTO_TEST_CASE(a_plan_names_what_the_run_will_hit) {
  const Rehearsal lab(kBusy);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Plan planned = plan(lab.scenario, lab.registry, {.seed = seed});
    const Record record = lab.run(seed);

    BOOST_REQUIRE(planned.steps.size() == 3U);
    BOOST_TEST(planned.steps[0].name == "rollout");
    const PlannedStep& dies = planned.steps[1];
    BOOST_TEST(dies.certain);
    BOOST_TEST(seconds(dies.at) == 120);
    BOOST_REQUIRE(dies.targets.size() == 1U);
    BOOST_TEST(events(record, "host.crashed", dies.targets[0]).size() == 1U);
    BOOST_TEST(!dies.blast_radius.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_run_of_more_than_a_year_keeps_megabytes_and_judges_what_it_can) {
  // One instance crashes after a hundred days, one a day before the end.
  const Rehearsal lab(R"(
run: {duration: 400d}
platform: {profile: kubernetes}
apps: {shop: {service_time: {deterministic: 5ms}, instances: 2}}
load: {users: {to: shop, rate: 6/h, arrivals: deterministic, timeout: 1s}}
faults:
  early: {at: 100d, kind: instance.crash, target: 1 of instances of shop}
  late: {at: 399d5min, kind: instance.crash, target: 1 of instances of shop}
expect:
  served: success(users) >= 99.9%
  exact: max(users) < 1s
  routable: never unroutable(shop)
  reset: never failed(shop) > 100 over 1h
  hourly: always success(users) >= 90% over 1h
  lately: always success(users) >= 90% over 1h after 399d
  recovered: eventually success(users) >= 100% over 1h within 1d after late.begin
  long-ago: eventually success(users) >= 100% over 1h within 1d after early.begin
)");

  const Record record = lab.run();
  const Verdict verdict = judge(lab.scenario, lab.registry, record, nullptr);

  BOOST_TEST((record.step == 8192s));
  std::size_t bytes = 0;
  for (const Series& series : record.series) {
    BOOST_TEST(series.by_send.size() <= 7200U);
    BOOST_TEST(series.latency.size() <= 7200U);
  }
  for (const GaugeSeries& gauge : record.gauges) BOOST_TEST(gauge.mean.size() <= 7200U);
  for (const Series& series : record.seconds) {
    BOOST_TEST(series.by_send.size() <= 262'144U);
    bytes += series.by_send.size() * sizeof(SecondCounts) +
             (series.latency.size() + series.settle_latency.size()) * sizeof(SparseHistogram);
  }
  BOOST_TEST(record.seconds.size() == 2U);
  BOOST_TEST(bytes < 80'000'000U);
  const std::vector<std::pair<std::string, leapday::Outcome>> expected{
      {"served", leapday::Outcome::pass},         {"exact", leapday::Outcome::pass},
      {"routable", leapday::Outcome::pass},       {"reset", leapday::Outcome::pass},
      {"hourly", leapday::Outcome::inconclusive}, {"lately", leapday::Outcome::pass},
      {"recovered", leapday::Outcome::pass},      {"long-ago", leapday::Outcome::inconclusive}};
  BOOST_REQUIRE(verdict.expectations.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ExpectationVerdict& one = verdict.expectations[i];
    BOOST_TEST_CONTEXT(one.name << ": " << one.reason) {
      BOOST_TEST(one.name == expected[i].first);
      BOOST_TEST((one.outcome == expected[i].second));
    }
  }
  BOOST_TEST(verdict.expectations[4].reason.starts_with("of users rows of 8192 s are kept here"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace leapday::model
