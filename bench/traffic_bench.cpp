/// \file traffic_bench.cpp
/// Simulated requests per second through the whole request path, with recording on.
/// Why: the promise is a million a second on one core for one router, three FIFO instances and
/// exponential service.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

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
