/// \file replications_bench.cpp
/// Many seeds of one scenario with one worker and with two, by the wall clock.
/// Why: independent runs are what hunts and sweeps are made of; two cores must do twice as many.
/// The ratio is what counts: `--benchmark_repetitions=9
/// --benchmark_enable_random_interleaving=true`.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "bench/tiny.hpp"
#include "leapday/load.hpp"
#include "leapday/rehearse.hpp"

namespace leapday {
namespace {

constexpr std::uint64_t kSeeds = 32;

std::shared_ptr<const ScenarioFile> read(const char* path, const Registry& registry) {
  auto loaded = load(path, registry);
  return loaded ? std::make_shared<const ScenarioFile>(std::move(loaded).value()) : nullptr;
}

void replications(benchmark::State& state) {
  const Registry registry = builtin_registry();
  const auto file = read(LEAPDAY_SOURCE_DIR "/scenarios/library/retry-storm-budget.yaml", registry);
  if (!file) return state.SkipWithError("the scenario cannot be loaded");
  RehearseOptions options{.seed = 1, .reps = kSeeds};
  options.jobs = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(rehearse(file, registry, options));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kSeeds));
}
BENCHMARK(replications)
    ->ArgName("jobs")
    ->Arg(1)
    ->Arg(2)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

std::uint64_t tiny_replications() {
  const Registry registry = builtin_registry();
  const auto file = read(LEAPDAY_SOURCE_DIR "/tests/cli/data/small.yaml", registry);
  if (!file) return 0;
  std::uint64_t hash = 0;
  for (const RunSummary& run : rehearse(file, registry, {.jobs = 2, .seed = 1, .reps = 4}).runs)
    hash = hash * 0x9e3779b97f4a7c15U + run.trace_hash;
  return hash;
}
const bench::AddTiny kTiny{"replications", &tiny_replications};

}  // namespace
}  // namespace leapday
