/// \file traffic_bench.cpp
/// Simulated requests per second through the whole request path, with recording on.
/// Why: the promise is a million a second on one core for one router, three FIFO instances and
/// exponential service; and model C from a scenario file is what other engines are held against.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "bench/tiny.hpp"
#include "leapday/load.hpp"
#include "leapday/run.hpp"

namespace leapday {
namespace {

Scenario three_instances(const std::string& policy, std::int64_t instances) {
  Scenario scenario;
  scenario.run.duration = 24h;
  App& app = scenario.apps["shop"];
  app.instances = instances;
  app.service_time = Distribution::exponential(10ms);
  app.routing.policy = policy;
  Load& load = scenario.loads["users"];
  load.to = "shop";
  load.rate = Rate{70.0 * static_cast<double>(instances)};
  return scenario;
}

void measure(benchmark::State& state, const Scenario& scenario, Duration step,
             bool fast_path = true) {
  const Registry registry = builtin_registry();
  Run run(scenario, registry, {.seed = 1, .fast_path = fast_path});
  SimTime until = kSimStart + 10 * step;
  run.run_until(until);
  const std::uint64_t before = run.events_processed();
  for (auto _ : state) {
    until += step;
    run.run_until(until);
  }
  const std::uint64_t events = run.events_processed() - before;
  // Each request is an arrival and a completion; timers of the platform are few.
  state.SetItemsProcessed(static_cast<std::int64_t>(events / 2));
}

void fifo_requests(benchmark::State& state) {
  measure(state, three_instances("round_robin", state.range(0)), 100s);
}
BENCHMARK(fifo_requests)->Arg(3)->Arg(50);

/// Model C as a user states it, recording on; held against queueing theory here, as bench/peers
/// holds other engines.
void model_c_scenario(benchmark::State& state) {
  const Registry registry = builtin_registry();
  const auto file = load(LEAPDAY_SOURCE_DIR "/bench/scenarios/model_c.yaml", registry);
  if (!file) return state.SkipWithError(to_string(file.problems().front()).c_str());
  Run run(file->cells.front(), registry, {.seed = 1});
  SimTime until = kSimStart + 1000s;
  run.run_until(until);
  for (auto _ : state) run.run_until(until += 100s);
  if (run.finished()) return state.SkipWithError("the scenario is too short");
  run.cancel();
  const Record record = run.finish();
  const Series& users = *record.find_series("users");
  const auto measured = static_cast<double>(state.iterations()) * 100 * 3500;
  const auto units = static_cast<double>(users.total.answered);
  state.SetItemsProcessed(static_cast<std::int64_t>(measured));
  state.counters["per_unit"] =
      benchmark::Counter(measured, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["units"] = units;
  state.counters["mean"] = users.latency_sum_seconds / units;
  state.counters["p99"] = static_cast<double>(users.latency_total.quantile(0.99).count()) / 1e9;
}
BENCHMARK(model_c_scenario)->Unit(benchmark::kMillisecond);

std::uint64_t tiny_model_c_scenario() {
  const Registry registry = builtin_registry();
  const auto file = load(LEAPDAY_SOURCE_DIR "/bench/scenarios/model_c.yaml", registry);
  if (!file) return 0;
  Run run(file->cells.front(), registry, {.seed = 1});
  run.run_until(kSimStart + 5s);
  run.cancel();
  return run.finish().trace_hash;
}
const bench::AddTiny kTiny{"model_c_scenario", &tiny_model_c_scenario};

void fifo_requests_slow_path(benchmark::State& state) {
  measure(state, three_instances("round_robin", state.range(0)), 100s, false);
}
BENCHMARK(fifo_requests_slow_path)->Arg(3)->Arg(50);

void two_choices(benchmark::State& state) {
  measure(state, three_instances("power_of_d", state.range(0)), 100s);
}
BENCHMARK(two_choices)->Arg(100);

void with_timeouts(benchmark::State& state) {
  Scenario scenario = three_instances("round_robin", 3);
  scenario.loads["users"].policy.timeout = 30s;
  scenario.apps["shop"].routing.request_timeout = 900s;
  measure(state, scenario, 100s);
}
BENCHMARK(with_timeouts);

void sharing_a_core(benchmark::State& state) {
  Scenario scenario = three_instances("round_robin", 3);
  scenario.topology.zones["z"].cores = 3;
  scenario.apps["shop"].discipline = Discipline::processor_sharing;
  scenario.apps["shop"].concurrency = 0;
  measure(state, scenario, 100s);
}
BENCHMARK(sharing_a_core);

}  // namespace
}  // namespace leapday
