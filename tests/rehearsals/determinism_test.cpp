/// \file determinism_test.cpp
/// Same scenario and seed, same bytes: whatever the worker count, the stepping, or what else runs
/// in the process. Why: a verdict that cannot be repeated convinces nobody.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "leapday/leapday.hpp"

namespace {

using namespace leapday;

constexpr std::string_view kShop = R"(
leapday: 1
name: Two zones, one of them hit
run: {duration: 3min, warmup: 10s, matrix: {seed: 1..4}}
platform: {profile: cf-diego}
topology:
  zones:
    z1: {hosts: 2, cores: 4, memory: 8GiB}
    z2: {hosts: 2, cores: 4, memory: 8GiB}
  network: {same_zone: 200us, same_region: 1ms, clients: 5ms}
routers: {count: 2, zones: [z1, z2]}
apps:
  shop:
    instances: 6
    memory: 1GiB
    concurrency: 2
    start_time: 10s
    service_time: {lognormal: {median: 20ms, p99: 100ms}}
    releases: {v1: {}, v2: {like: v1, service_time_factor: 1.2}}
    release: v1
    calls: [{to: db, probability: 50%}]
dependencies:
  db: {kind: database, connections: 10, service_time: {exponential: {mean: 5ms}}}
load:
  users: {to: shop, rate: 80/s, timeout: 1s, retry: {max_retries: 2, backoff: 50ms, jitter: full}}
deployments:
  rollout: {at: 30s, app: shop, release: v2, max_in_flight: 2}
faults:
  dies: {at: rollout.begin + 20s, kind: host.crash, target: 1 of hosts in z1, for: 1min}
  slow: {at: 100s, kind: dependency.slow, target: db, add: 100ms, for: 20s}
expect:
  served: success(users) >= 50%
)";

std::shared_ptr<const ScenarioFile> read(std::string_view text, const Registry& registry) {
  Result<ScenarioFile> loaded = load_text(text, "test.yaml", "", registry);
  for (const Problem& problem : loaded.problems()) BOOST_TEST_MESSAGE(to_string(problem));
  BOOST_REQUIRE(loaded);
  return std::make_shared<const ScenarioFile>(*std::move(loaded));
}

std::uint64_t whole_run_hash(const Scenario& scenario, const Registry& registry,
                             std::uint64_t seed) {
  Run run(scenario, registry, {.seed = seed});
  run.run_until(run.end());
  return run.finish().trace_hash;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_result_does_not_depend_on_the_number_of_workers) {
  const Registry registry = builtin_registry();
  const auto file = read(kShop, registry);

  const Rehearsal one = rehearse(file, registry, {.jobs = 1});
  const Rehearsal two = rehearse(file, registry, {.jobs = 2});

  BOOST_REQUIRE(one.runs.size() == 4);
  BOOST_REQUIRE(two.runs.size() == 4);
  for (std::size_t i = 0; i < one.runs.size(); ++i) {
    BOOST_TEST(one.runs[i].trace_hash == two.runs[i].trace_hash);
    BOOST_TEST(one.runs[i].requests.answered == two.runs[i].requests.answered);
  }
  BOOST_TEST(registry.formats.find("json")->make()->write(one, {}) ==
             registry.formats.find("json")->make()->write(two, {}));
}

BOOST_AUTO_TEST_CASE(different_seeds_are_different_runs) {
  const Registry registry = builtin_registry();
  const Rehearsal rehearsal = rehearse(read(kShop, registry), registry, {});

  std::set<std::uint64_t> hashes;
  for (const RunSummary& run : rehearsal.runs) hashes.insert(run.trace_hash);

  BOOST_TEST(hashes.size() == rehearsal.runs.size());
}

BOOST_AUTO_TEST_CASE(two_interleaved_simulations_do_not_touch) {
  const Registry registry = builtin_registry();
  const auto file = read(kShop, registry);
  const Scenario& scenario = file->cells[0];
  const std::uint64_t alone_1 = whole_run_hash(scenario, registry, 1);
  const std::uint64_t alone_2 = whole_run_hash(scenario, registry, 2);

  Run first(scenario, registry, {.seed = 1});
  Run second(scenario, registry, {.seed = 2});
  for (int second_of_time = 1; second_of_time <= 180; ++second_of_time) {
    first.run_until(SimTime{std::chrono::seconds{second_of_time}});
    second.run_until(SimTime{std::chrono::seconds{second_of_time}});
  }

  BOOST_TEST(first.finish().trace_hash == alone_1);
  BOOST_TEST(second.finish().trace_hash == alone_2);
}

BOOST_AUTO_TEST_CASE(stepping_finely_or_at_once_is_the_same_run) {
  const Registry registry = builtin_registry();
  const auto file = read(kShop, registry);
  const std::uint64_t at_once = whole_run_hash(file->cells[0], registry, 7);

  Run run(file->cells[0], registry, {.seed = 7});
  while (!run.finished()) run.run_until(run.now() + 137ms);

  BOOST_TEST(run.finish().trace_hash == at_once);
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_still_balances_its_books) {
  const Registry registry = builtin_registry();
  const auto file = read(kShop, registry);

  Run run(file->cells[0], registry, {.seed = 1});
  run.run_until(SimTime{55s});
  run.cancel();
  const Record record = run.finish();

  BOOST_TEST(record.cut_short == "cancelled");
  BOOST_TEST(record.requests.injected > 0U);
  BOOST_TEST(record.requests.balanced());
  BOOST_TEST(record.attempts.balanced());
  BOOST_TEST(record.calls.balanced());
}

BOOST_AUTO_TEST_CASE(a_twin_is_the_same_run_until_the_first_fault) {
  const Registry registry = builtin_registry();
  const auto file = read(kShop, registry);
  const Scenario& scenario = file->cells[0];

  Run with(scenario, registry, {.seed = 3});
  Run without(scenario, registry, {.seed = 3, .without_faults = true});
  with.run_until(with.end());
  without.run_until(without.end());
  const Record faulted = with.finish();
  const Record twin = without.finish();

  BOOST_TEST(faulted.trace_hash != twin.trace_hash);
  const Series* a = faulted.find_series("users");
  const Series* b = twin.find_series("users");
  BOOST_REQUIRE(a != nullptr);
  BOOST_REQUIRE(b != nullptr);
  const Span* fault = faulted.find_span("dies");
  BOOST_REQUIRE(fault != nullptr);
  const auto quiet = static_cast<std::size_t>(fault->begin.time_since_epoch() / 1s) - 2;
  for (std::size_t second = 0; second < quiet; ++second) {
    BOOST_TEST(a->by_send[second].sent == b->by_send[second].sent);
    BOOST_TEST(a->by_send[second].answered == b->by_send[second].answered);
    BOOST_TEST((a->latency[second] == b->latency[second]));
  }
  BOOST_TEST(twin.find_span("dies") == nullptr);
}

BOOST_AUTO_TEST_CASE(shuffled_ties_are_another_run_that_repeats) {
  std::string text(kShop);
  text.replace(text.find("duration: 3min"), 14, "duration: 3min, ties: shuffled");
  const Registry registry = builtin_registry();
  const auto file = read(text, registry);

  const std::uint64_t once = whole_run_hash(file->cells[0], registry, 5);
  const std::uint64_t again = whole_run_hash(file->cells[0], registry, 5);

  BOOST_TEST(once == again);
}

BOOST_AUTO_TEST_CASE(the_library_ends_alike_with_and_without_the_fast_path) {
  const Registry registry = builtin_registry();
  std::size_t scenarios = 0;
  for (const auto& [name, text] : library_scenarios()) {
    BOOST_TEST_CONTEXT(name) {
      const std::string path = std::string(LEAPDAY_SOURCE_DIR) + "/scenarios/library/" + name;
      const Result<ScenarioFile> file = load(path + ".yaml", registry);
      BOOST_REQUIRE(file);
      std::vector<Record> records;
      for (const bool fast : {true, false}) {
        Run run(file->cells[0], registry, {.seed = file->seeds[0], .fast_path = fast});
        run.run_until(run.end());
        records.push_back(run.finish());
      }
      BOOST_TEST(records[0].trace_hash == records[1].trace_hash);
      BOOST_TEST(records[0].requests.answered == records[1].requests.answered);
      BOOST_TEST(records[0].events.size() == records[1].events.size());
      BOOST_TEST(records[0].traces.names == records[1].traces.names);
      BOOST_TEST((records[0].traces.requests == records[1].traces.requests));
      BOOST_TEST(!records[0].traces.requests.empty());
      ++scenarios;
    }
  }
  BOOST_TEST(scenarios >= 8U);
}
