/// \file fleet_bench.cpp
/// A large platform: the start of a fleet, placement, and a rolling deployment in it.
/// Why: what an event costs must not grow with the topology, and a fleet that takes a minute to
/// start is rehearsed once, not a thousand times.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

#include "bench/tiny.hpp"
#include "leapday/run.hpp"

namespace leapday {
namespace {

struct Shape {
  std::int64_t zones = 4;
  std::int64_t hosts = 10'000;
  std::int64_t apps = 1'000;
  std::int64_t instances = 100;  ///< Of each app.
  std::int64_t routers = 50;
};
constexpr Shape kFleet{};
constexpr Shape kTiny{.hosts = 400, .apps = 50, .instances = 20, .routers = 5};

Scenario fleet(const Shape& shape, const std::string& placement = "spread") {
  Scenario scenario;
  scenario.run.duration = 1h;
  for (std::int64_t z = 0; z < shape.zones; ++z) {
    Zone& zone = scenario.topology.zones["z" + std::to_string(z)];
    zone.hosts = shape.hosts / shape.zones;
    zone.cores = 16;
    zone.memory = Bytes{std::int64_t{64} << 30};
    zone.disk = Bytes{std::int64_t{1} << 40};
  }
  for (std::int64_t a = 0; a < shape.apps; ++a) {
    App& app = scenario.apps["app-" + std::to_string(a)];
    app.instances = shape.instances;
    app.memory = Bytes{std::int64_t{1} << (28 + a % 3)};
    app.service_time = Distribution::exponential(10ms);
  }
  scenario.routers.count = shape.routers;
  scenario.platform.algorithms.placement = placement;
  return scenario;
}

/// Resident memory of this process.
double resident_megabytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// The first app gets a second release, and a deployment of it when the run starts.
Scenario with_rollout(Scenario scenario) {
  App& app = scenario.apps["app-0"];
  app.start_time = Distribution::exponential(2s);
  app.releases["v1"];
  app.releases["v2"].like = "v1";
  app.release = "v1";
  Deployment& deployment = scenario.deployments["rollout"];
  deployment.at.what = Instant{};
  deployment.app = "app-0";
  deployment.release = "v2";
  deployment.max_in_flight = 25;
  return scenario;
}

void run_until(Run& run, const char* what, std::uint64_t more_events) {
  const std::uint64_t before = run.events_processed();
  while (!run.finished()) run.run_until(run.now() + 10s);
  if (run.events_processed() < before + more_events) throw std::runtime_error(what);
}

void fleet_start(benchmark::State& state) {
  const Scenario scenario = fleet(kFleet);
  const Registry registry = builtin_registry();
  double resident = 0;
  for (auto _ : state) {
    Run run(scenario, registry, {.seed = 1});
    run.run_until(kSimStart + 1ms);
    resident = resident_megabytes();
  }
  state.counters["resident_MB"] = resident;
}
BENCHMARK(fleet_start)->Unit(benchmark::kMillisecond);

/// Of 100,000 instances; what it takes to make them run at once is in it.
void place(benchmark::State& state, const std::string& policy) {
  Shape shape = kFleet;
  shape.routers = 1;
  const Scenario scenario = fleet(shape, policy);
  const Registry registry = builtin_registry();
  for (auto _ : state) Run(scenario, registry, {.seed = 1});
  state.SetItemsProcessed(state.iterations() * shape.apps * shape.instances);
}
BENCHMARK_CAPTURE(place, spread, "spread")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(place, diego_auction, "diego_auction")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(place, least_allocated, "least_allocated")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(place, first_fit, "first_fit")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(place, bin_pack, "bin_pack")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(place, random, "random")->Unit(benchmark::kMillisecond);

/// Of one app of 1,000 instances, in a fleet of so many other apps.
void rolling_deployment(benchmark::State& state) {
  Shape shape = kFleet;
  shape.apps = state.range(0);
  Scenario scenario = with_rollout(fleet(shape));
  scenario.apps["app-0"].instances = 1'000;
  const Registry registry = builtin_registry();
  std::uint64_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    {
      Run run(scenario, registry, {.seed = 1});
      state.ResumeTiming();
      run_until(run, "the deployment did not come to its end", 2'000);
      state.PauseTiming();
      events = run.events_processed();
    }
    state.ResumeTiming();
  }
  state.counters["events"] = static_cast<double>(events);
}
BENCHMARK(rolling_deployment)->Arg(1)->Arg(1'000)->Unit(benchmark::kMillisecond);

std::uint64_t hash_of_placements(const Plan& planned) {
  std::uint64_t hash = 0;
  for (const auto& [instance, host] : planned.placements) {
    hash = hash_combine(hash, hash_combine(hash_name(instance), hash_name(host)));
  }
  return hash;
}

std::uint64_t tiny_start() {
  const Scenario scenario = fleet(kTiny);
  return hash_of_placements(plan(scenario, builtin_registry(), {.seed = 1}));
}
std::uint64_t tiny_place() {
  std::uint64_t hash = 0;
  for (const char* policy : {"diego_auction", "least_allocated", "first_fit", "bin_pack"}) {
    Shape shape = kTiny;
    shape.routers = 1;
    const Scenario scenario = fleet(shape, policy);
    hash += hash_of_placements(plan(scenario, builtin_registry(), {.seed = 1}));
  }
  return hash;
}
std::uint64_t tiny_rollout() {
  Scenario scenario = with_rollout(fleet(kTiny));
  scenario.apps["app-0"].instances = 100;
  scenario.run.duration = 2min;
  Run run(scenario, builtin_registry(), {.seed = 1});
  run_until(run, "the deployment did not come to its end", 200);
  return run.finish().trace_hash;
}

using bench::AddTiny;
const AddTiny kTinies[] = {
    {"fleet_start", &tiny_start}, {"fleet_place", &tiny_place}, {"fleet_rollout", &tiny_rollout}};

}  // namespace
}  // namespace leapday
