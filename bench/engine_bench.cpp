/// \file engine_bench.cpp
/// What the parts of the engine cost: dispatch, draws, recording.
/// Why: requests per second is the product's reach; each figure is nanoseconds per unit on one
/// core.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "sim/engine/sampler.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/engine/streams.hpp"
#include "sim/model/recorder.hpp"

namespace leapday::engine {
namespace {

constexpr SimTime at(Duration since_start) { return kSimStart + since_start; }

/// Runs a model for batches of simulated time; one unit is one event that its handler counts.
template <class Model>
void run_model(benchmark::State& state, Model& model, Duration batch) {
  model.scheduler.run_until(model.scheduler.now() + 2 * batch);
  const std::uint64_t before = model.units;
  for (auto _ : state) model.scheduler.run_until(model.scheduler.now() + batch);
  const auto units = static_cast<double>(model.units - before);
  state.SetItemsProcessed(static_cast<std::int64_t>(model.units - before));
  state.counters["per_unit"] =
      benchmark::Counter(units, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Model B through the scheduler: dispatch and clock included.
struct Hold {
  explicit Hold(std::uint32_t pending) {
    for (std::uint32_t i = 0; i < pending; ++i) again(this, i, 0);
  }
  static void again(void* self, std::uint32_t target, std::uint32_t) {
    auto& hold = *static_cast<Hold*>(self);
    ++hold.units;
    hold.scheduler.schedule(
        hold.scheduler.now() + to_duration(0.01 * sample_exponential(hold.random)),
        Priority::completion, hold.handler, target);
  }
  Scheduler scheduler{kSimStart};
  HandlerId handler = scheduler.add_handler(&Hold::again, this);
  Random random = make_stream(1, "hold");
  std::uint64_t units = 0;
};

void scheduler_hold(benchmark::State& state) {
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  Hold hold(pending);
  // About 200,000 events a batch.
  run_model(state, hold, Duration{2'000'000'000'000 / pending});
  // How many came up, and how many should have by the time it is now.
  const double seconds = static_cast<double>(hold.scheduler.now().time_since_epoch().count()) / 1e9;
  state.counters["units"] = static_cast<double>(hold.units - pending);
  state.counters["expected"] = seconds / 0.01 * pending;
}
BENCHMARK(scheduler_hold)
    ->Arg(1)
    ->Arg(50)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

Distribution law(Distribution::Kind kind, double a, double b) {
  Distribution d;
  d.kind = kind;
  d.a = a;
  d.b = b;
  return d;
}

void draw(benchmark::State& state, const Distribution& distribution) {
  const Sampler sampler(distribution);
  Random random = make_stream(1, "draw");
  Duration sum{};
  for (auto _ : state) sum += sampler.sample(random);
  benchmark::DoNotOptimize(sum);
}
using Kind = Distribution::Kind;
BENCHMARK_CAPTURE(draw, exponential, law(Kind::exponential, 0.01, 0));
BENCHMARK_CAPTURE(draw, uniform, law(Kind::uniform, 0.01, 0.02));
BENCHMARK_CAPTURE(draw, lognormal, law(Kind::lognormal, -4.5, 0.8));
BENCHMARK_CAPTURE(draw, gamma, law(Kind::gamma, 2.5, 0.004));
BENCHMARK_CAPTURE(draw, pareto, law(Kind::pareto, 0.01, 2.5));
BENCHMARK_CAPTURE(draw, weibull, law(Kind::weibull, 0.7, 0.01));

/// A draw that belongs to one request: a fresh stream keyed by it and by what the draw is for.
void keyed_draw(benchmark::State& state) {
  std::uint64_t key = 0;
  double sum = 0;
  for (auto _ : state) {
    sum += sample_exponential_brief(hash_combine(++key, 1));
  }
  benchmark::DoNotOptimize(sum);
}
BENCHMARK(keyed_draw);

/// One request as the recorder sees it: load, app and instance, sent and answered.
void record_request(benchmark::State& state) {
  Scenario scenario;
  scenario.run.duration = 3600s;
  model::Recorder recorder(scenario, 1);
  const std::uint32_t load = recorder.add_series("shoppers", Series::Kind::load, false);
  const std::uint32_t app = recorder.add_series("shop", Series::Kind::app, state.range(0) != 0);
  const std::uint32_t instances[] = {recorder.add_series("shop/0", Series::Kind::instance, false),
                                     recorder.add_series("shop/1", Series::Kind::instance, false),
                                     recorder.add_series("shop/2", Series::Kind::instance, false)};
  Random random = make_stream(1, "latency");
  std::uint32_t turn = 0;
  SimTime now = kSimStart;
  for (auto _ : state) {
    now += 2us;
    if (now >= at(3600s)) now = kSimStart;  // long before the end: only a guard
    const SimTime sent = now - to_duration(0.007 * sample_exponential(random));
    turn = turn == 2 ? 0 : turn + 1;
    for (const std::uint32_t series : {load, app, instances[turn]}) {
      recorder.sent(series, now);
      recorder.answered(series, sent, now);
    }
  }
  benchmark::DoNotOptimize(recorder.live().trace_hash);
}
BENCHMARK(record_request)->ArgName("live")->Arg(0)->Arg(1);

void record_gauge(benchmark::State& state) {
  Scenario scenario;
  scenario.run.duration = 3600s;
  model::Recorder recorder(scenario, 1);
  const std::uint32_t open = recorder.add_gauge("open", "shop");
  SimTime now = kSimStart;
  double value = 0;
  for (auto _ : state) {
    now += 2us;
    value = value < 10 ? value + 1 : 0;
    recorder.gauge(open, now, value);
  }
  benchmark::DoNotOptimize(recorder.live().trace_hash);
}
BENCHMARK(record_gauge);

}  // namespace
}  // namespace leapday::engine
