/// \file regressions_test.cpp
/// One rehearsal for each fault that a user found in the whole: it stays mended.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/leapday.hpp"

namespace {

using namespace leapday;

Rehearsal rehearse_text(std::string_view text) {
  static const Registry registry = builtin_registry();
  Result<ScenarioFile> loaded = load_text(text, "test.yaml", "", registry);
  for (const Problem& problem : loaded.problems()) BOOST_TEST_MESSAGE(to_string(problem));
  BOOST_REQUIRE(loaded);
  return rehearse(std::make_shared<const ScenarioFile>(*std::move(loaded)), registry, {});
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_deployment_that_rolled_back_has_ended) {
  const Rehearsal rehearsal = rehearse_text(R"(
leapday: 1
name: A release that never starts, then a fault after its rollback
run: {duration: 30min}
apps:
  shop:
    instances: 2
    start_time: 5s
    service_time: 10ms
    releases: {v1: {}, v2: {start_failure: 100%}}
    release: v1
load:
  users: {to: shop, rate: 5/s}
deployments:
  bad: {at: 2min, app: shop, release: v2, progress_deadline: 3min, rollback: true}
faults:
  later: {at: bad.end + 1min, kind: instance.crash, target: 1 of instances of shop}
expect:
  undone: eventually rolled_back(bad) within 10min after bad.begin
  happens: eventually ready(shop) >= 2 within 5min after later.begin
)");

  const Span* span = rehearsal.record.find_span("bad");
  const Span* later = rehearsal.record.find_span("later");
  BOOST_REQUIRE(span != nullptr);
  BOOST_REQUIRE(later != nullptr);
  BOOST_TEST(!span->open);
  BOOST_TEST((later->begin - span->end == 1min));
  BOOST_TEST((rehearsal.outcome == Outcome::pass));
}

BOOST_AUTO_TEST_CASE(a_loss_system_has_a_steady_state_under_any_load) {
  // Erlang B: ten servers, no queue, 12 Erlang. What is let in is served at once: mean 100 ms.
  const Rehearsal rehearsal = rehearse_text(R"(
leapday: 1
name: M/M/10/10 at 12 Erlang
run: {duration: 2000s}
apps:
  calls:
    concurrency: 10
    queue_limit: 0
    service_time: {exponential: {mean: 100ms}}
    routing: {attempts: 1}
load:
  callers: {to: calls, rate: 120/s}
expect:
  as-served: mean(calls) < 110ms
)");

  BOOST_TEST((rehearsal.outcome == Outcome::pass));
  const Series* calls = rehearsal.record.find_series("calls");
  BOOST_REQUIRE(calls != nullptr);
  const double lost =
      static_cast<double>(calls->total.failed_total()) / static_cast<double>(calls->total.injected);
  BOOST_TEST(std::abs(lost - 0.3019) < 0.01);
}

BOOST_AUTO_TEST_CASE(an_instance_too_large_for_every_host_is_named_when_loading) {
  const Rehearsal rehearsal = rehearse_text(R"(
leapday: 1
name: Too large for any host
run: {duration: 10s}
topology:
  zones: {z1: {hosts: 4, memory: 32GiB}}
apps:
  big: {memory: 64GiB, service_time: 10ms}
load:
  users: {to: big, rate: 5/s}
expect:
  served: success(users) >= 99%
)");

  BOOST_TEST((rehearsal.outcome == Outcome::fail));
  bool named = false;
  for (const std::string& warning : rehearsal.scenario().warnings) {
    named = named || warning.find("instance of big") != std::string::npos;
  }
  BOOST_TEST(named);
}

BOOST_AUTO_TEST_CASE(requests_that_a_slow_link_held_back_wait_like_all_others) {
  // 120 requests come 2 s late, in the 1.5 s in which 120 others come: 160/s for one server of
  // 125/s.
  const Registry registry = builtin_registry();
  Result<ScenarioFile> file = load_text(R"(
leapday: 1
name: A link that was slow
run: {duration: 20s}
apps: {a: {service_time: 8ms}}
load: {l: {to: a, rate: 80/s, arrivals: deterministic}}
faults: {slow: {at: 10s, kind: link.latency, add: 2s, target: routers -> a, for: 1500ms}}
expect: {one-server: max_cpu(a) <= 1}
)",
                                        "test.yaml", "", registry);
  BOOST_REQUIRE(file);

  std::vector<Record> records;
  for (const bool fast : {true, false}) {
    Run run(file->cells[0], registry, {.fast_path = fast});
    run.run_until(run.end());
    records.push_back(run.finish());
  }

  BOOST_TEST(records[0].trace_hash == records[1].trace_hash);
  const GaugeSeries* cores = records[0].find_gauge("cpu", "a");
  BOOST_REQUIRE(cores != nullptr);
  BOOST_TEST(*std::max_element(cores->max.begin(), cores->max.end()) == 1.0F);
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_slow_or_fails_is_so_to_whoever_publishes) {
  const Rehearsal rehearsal = rehearse_text(R"(
leapday: 1
name: A queue in trouble
run: {duration: 100s}
apps:
  web: {concurrency: 0, service_time: 5ms, calls: [{publish: jobs}]}
  worker: {kind: worker, consumes: jobs, service_time: 10ms}
dependencies: {jobs: {kind: queue, service_time: 2ms}}
load: {users: {to: web, rate: 10/s, arrivals: deterministic}}
faults:
  fails: {at: 20s, kind: dependency.error, rate: 100%, target: jobs, for: 20s}
  drags: {at: 60s, kind: dependency.slow, add: 100ms, target: jobs, for: 20s}
expect: {served: success(users) >= 80%}
)");

  BOOST_TEST((rehearsal.outcome == Outcome::pass));
  const Series* users = rehearsal.record.find_series("users");
  const Series* worker = rehearsal.record.find_series("worker");
  BOOST_REQUIRE(users != nullptr);
  BOOST_REQUIRE(worker != nullptr);
  BOOST_TEST(users->total.failed_total() == 200U);
  BOOST_TEST(worker->total.answered == 800U);
  BOOST_TEST((users->latency[0].exact.max == 7'000'000));
  BOOST_TEST((users->latency[70].exact.max == 107'000'000));
}

BOOST_AUTO_TEST_CASE(what_comes_later_does_not_decide_whether_a_load_is_stable) {
  const auto run = [](std::string_view app, std::string_view rest) {
    return rehearse_text("leapday: 1\nname: Stability\nrun: {duration: 1h}\n" + std::string(app) +
                         std::string(rest));
  };
  const Rehearsal slower_release = run(R"(
apps: {a: {instances: 4, service_time: 20ms, release: v1, releases: {v1: {}, v2: {service_time_factor: 4}}}}
load: {l: {to: a, rate: 60/s, stop: 3540s}}
)",
                                       R"(
deployments: {late: {at: 3550s, app: a, release: v2}}
expect: {fast: mean(l) < 1s}
)");
  BOOST_TEST((slower_release.outcome == Outcome::pass));
  const Rehearsal faster_release = run(R"(
apps: {a: {service_time: 100ms, release: v1, releases: {v1: {}, v2: {service_time_factor: 0.01}}}}
load: {l: {to: a, rate: 12/s}}
)",
                                       R"(
deployments: {late: {at: 3500s, app: a, release: v2}}
expect: {some: mean(l) < 1h}
)");
  BOOST_TEST((faster_release.outcome == Outcome::inconclusive));
  const Rehearsal outage = run(R"(
apps: {a: {service_time: 12ms}}
load: {l: {to: a, rate: 50/s, arrivals: deterministic}}
)",
                               R"(
faults: {down: {at: 100s, kind: host.crash, target: 1 of hosts, for: 30min}}
expect: {fast: max(l) <= 12ms}
)");
  BOOST_TEST((outage.outcome == Outcome::pass), outage.reason());
}
