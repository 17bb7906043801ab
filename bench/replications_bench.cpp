/// \file replications_bench.cpp
/// Many seeds of one scenario with one worker and with two, by the wall clock.
/// Why: independent runs are what hunts and sweeps are made of; two cores must do twice as many.
/// The ratio is what counts: `--benchmark_repetitions=9
/// --benchmark_enable_random_interleaving=true`.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "leapday/load.hpp"
#include "leapday/rehearse.hpp"

namespace leapday {
namespace {

constexpr std::uint64_t kSeeds = 32;

/// A scenario of the library, short enough that so many take seconds.
void replications(benchmark::State& state) {
  const Registry registry = builtin_registry();
  auto loaded = load(LEAPDAY_SOURCE_DIR "/scenarios/library/retry-storm-budget.yaml", registry);
  if (!loaded) return state.SkipWithError(to_string(loaded.problems().front()).c_str());
  const auto file = std::make_shared<const ScenarioFile>(std::move(loaded).value());
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

}  // namespace
}  // namespace leapday
