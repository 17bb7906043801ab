/// \file clocks_bench.cpp
/// One reading of a host's clock, and one look-up of a time zone.
/// Why: both stand on the way of every decision that a component takes by a clock: under 10 ns for
/// the clock, under 20 ns for the zone.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>
#include <string>
#include <variant>

#include "leapday/random.hpp"
#include "sim/clocks/host_clock.hpp"
#include "sim/clocks/zone.hpp"

namespace leapday::clocks {
namespace {

constexpr WallTime kStart{1'709'208'000, 0};  // 2024-02-29 12:00:00

/// Straight: drift and a smear. Bent: `smoothtime` as well.
void clock_reading(benchmark::State& state, ClockWander wander) {
  HostClock clock(kSimStart, kStart);
  clock.drift(kSimStart, ClockRate::ppb(20'000));
  clock.slew(kSimStart, ClockRate::ratio(-1, 86'401), wander);
  SimTime now = kSimStart;
  for (auto _ : state) {
    now += 1234567ns;
    benchmark::DoNotOptimize(clock.realtime(now));
  }
}
BENCHMARK_CAPTURE(clock_reading, straight, ClockWander{});
BENCHMARK_CAPTURE(clock_reading, bent, ClockWander::reaching(ClockRate::ppb(32'000), 31'250s));

/// Instants at random in 300 years, by the rule that New York has today.
void zone_look_up(benchmark::State& state) {
  const auto read = Zone::from_rule("EST5EDT,M3.2.0,M11.1.0");
  const Zone& zone = std::get<Zone>(read);
  Random random = Random::keyed(1);
  std::vector<std::int64_t> instants(4096);
  for (auto& at : instants)
    at = static_cast<std::int64_t>(random.below(9'467'107'200)) - 2'208'988'800;
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(zone.at(instants[i++ & 4095]));
}
BENCHMARK(zone_look_up);

}  // namespace
}  // namespace leapday::clocks
