/// \file regressions_test.cpp
/// One rehearsal for each fault that a user found in the whole: it stays mended.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <memory>
#include <string>

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
