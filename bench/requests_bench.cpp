/// \file requests_bench.cpp
/// Requests that take the general path, from a scenario's text to their outcomes, recording on: one
/// that meets every guard there is, and one that makes ten calls across ten apps.
/// Why: the fast path serves apps that nothing happens to; what a rehearsal is about happens here.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bench/tiny.hpp"
#include "leapday/leapday.hpp"

namespace leapday {
namespace {

/// Processor sharing, power of two choices, time-outs of client and router, retries with a budget,
/// a breaker, ejection, and two zones with latency; one answer in a thousand is an error.
constexpr std::string_view kGuarded = R"(
leapday: 1
name: Every guard a request can have
run: {duration: 24h}
platform: {profile: cf-diego}
topology:
  zones:
    z1: &zone {hosts: 4, cores: 4, memory: 8GiB}
    z2: *zone
  network: {same_zone: 200us, same_region: 1ms, clients: 5ms}
routers: {count: 2, zones: [z1, z2]}
apps:
  shop:
    instances: 16
    discipline: processor_sharing
    concurrency: 0
    threads: 2
    service_time: {exponential: {mean: 10ms}}
    error_rate: 0.1%
    routing: {policy: power_of_d, request_timeout: 10s, attempts: 2, ejection: {kind: consecutive, max_fails: 5}}
load:
  users:
    to: shop
    rate: 2000/s
    timeout: 2s
    retry: {max_retries: 2, backoff: 50ms, jitter: full, budget: 10%}
    breaker: {failure_rate: 50%}
)";

/// A request at the gateway makes ten calls, two of them to the same app.
constexpr std::string_view kGraph = R"(
leapday: 1
name: Ten services
run: {duration: 24h}
platform: {profile: cf-diego}
topology: {zones: {z: {hosts: 40, cores: 8}}}
apps:
  gateway:
    instances: 4
    concurrency: 64
    service_time: {exponential: {mean: 1ms}}
    calls: [{parallel: [{to: orders}, {to: catalogue}, {to: accounts}]}]
  orders: &service
    instances: 4
    concurrency: 32
    service_time: {exponential: {mean: 4ms}}
    calls: [{to: stock}, {to: payments}]
  catalogue:
    <<: *service
    calls: [{to: search, fan_out: 2}, {to: prices}]
  accounts:
    <<: *service
    calls: [{parallel: [{to: sessions}, {to: profiles}]}]
  stock: &leaf {instances: 4, concurrency: 16, service_time: {exponential: {mean: 5ms}}}
  payments: *leaf
  search: *leaf
  prices: *leaf
  sessions: *leaf
  profiles: *leaf
load:
  users: {to: gateway, rate: 2000/s}
)";

ScenarioFile read(std::string_view text, const Registry& registry) {
  Result<ScenarioFile> loaded = load_text(text, "bench.yaml", "", registry);
  if (!loaded) throw std::runtime_error(to_string(loaded.problems().front()));
  return *std::move(loaded);
}

/// Steps a run through simulated time; items are requests of loads, or downstream calls.
void measure(benchmark::State& state, std::string_view text, std::int64_t items_per_second) {
  const Registry registry = builtin_registry();
  const ScenarioFile file = read(text, registry);
  Run run(file.cells[0], registry, {.seed = 1});
  run.run_until(kSimStart + 30s);
  const SimTime begin = run.now();
  for (auto _ : state) run.run_until(run.now() + 10s);
  const double seconds = static_cast<double>((run.now() - begin).count()) * 1e-9;
  state.SetItemsProcessed(
      static_cast<std::int64_t>(seconds * static_cast<double>(items_per_second)));
}

void guarded_requests(benchmark::State& state) { measure(state, kGuarded, 2000); }
void call_graph(benchmark::State& state) { measure(state, kGraph, 2000 * 10); }
BENCHMARK(guarded_requests)->Unit(benchmark::kMillisecond);
BENCHMARK(call_graph)->Unit(benchmark::kMillisecond);

/// The first seconds as one number.
std::uint64_t tiny_run(std::string_view text, Duration length) {
  const Registry registry = builtin_registry();
  const ScenarioFile file = read(text, registry);
  Run run(file.cells[0], registry, {.seed = 1});
  run.run_until(kSimStart + length);
  return run.finish().trace_hash;
}
std::uint64_t tiny_guarded() { return tiny_run(kGuarded, 5s); }
std::uint64_t tiny_graph() { return tiny_run(kGraph, 3s); }

using bench::AddTiny;
const AddTiny kTinies[] = {
    {"guarded_requests", &tiny_guarded},
    {"call_graph", &tiny_graph},
};

}  // namespace
}  // namespace leapday
