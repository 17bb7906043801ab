/// \file measure.hpp
/// What the peers' programs share: random numbers, the record of latencies, the stopwatch and the
/// line that run.py reads.
/// Why: with the same draws and the same histogram for each C++ engine, what is left to compare is
/// the engine. The draws are quicker than those that SimGrid and ns-3 bring.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "leapday/histogram.hpp"

namespace peers {

/// xoshiro256++ by Blackman and Vigna, seeded by splitmix64 as they advise.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15U;
      std::uint64_t z = seed;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }
  double exponential(double mean) {
    return -mean * std::log((static_cast<double>(next() >> 11) + 0.5) * 0x1p-53);
  }

 private:
  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }
  std::uint64_t state_[4];
};

/// Processor time of this process, in nanoseconds.
inline double processor_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// How long customers or requests took, in seconds; buckets only where the model asks for them.
class Latencies {
 public:
  explicit Latencies(bool histogram)
      : buckets_(histogram ? leapday::HistogramLayout::kBuckets : 0) {}
  void add(double seconds) {
    ++count_;
    sum_ += seconds;
    if (!buckets_.empty())
      ++buckets_[leapday::HistogramLayout::bucket(static_cast<std::int64_t>(seconds * 1e9))];
  }
  std::uint64_t count() const { return count_; }
  double mean() const { return sum_ / static_cast<double>(count_); }
  /// The middle of the bucket that holds the 99th percentile; 0 without buckets.
  double p99() const {
    std::uint64_t below = 0;
    for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
      below += buckets_[i];
      if (static_cast<double>(below) >= 0.99 * static_cast<double>(count_))
        return static_cast<double>(leapday::HistogramLayout::middle(i)) / 1e9;
    }
    return 0;
  }

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

/// The shape of models A and C: Poisson arrivals go round robin over first-in-first-out servers
/// with exponential service. Seconds.
struct Shape {
  std::uint32_t servers;
  double interval;
  double service;
  bool histogram;
};
constexpr Shape kModelA{1, 1 / 0.9, 1, false};
constexpr Shape kModelC{50, 0.01 / (0.7 * 50), 0.01, true};
/// Model B: the mean delay of each pending event, in seconds.
constexpr double kHoldMean = 1;

/// `PROGRAM a|b|c UNITS SEED [PENDING]`: a run is a tenth of UNITS to warm up and UNITS measured,
/// by the simulated time that they take on average.
struct Options {
  Options(int argc, char** argv) {
    if (argc < 4) {
      std::fprintf(stderr, "usage: %s a|b|c UNITS SEED [PENDING]\n", argv[0]);
      std::exit(2);
    }
    model = argv[1][0];
    units = std::strtod(argv[2], nullptr);
    seed = std::strtoull(argv[3], nullptr, 10);
    if (argc > 4) pending = static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10));
  }
  const Shape& shape() const { return model == 'a' ? kModelA : kModelC; }
  /// Simulated seconds that the measured part lasts.
  double measured() const {
    return units * (model == 'b' ? kHoldMean / pending : shape().interval);
  }
  double warm_up() const { return measured() / 10; }
  char model;
  double units;
  std::uint64_t seed;
  std::uint32_t pending = 1;
};

/// Runs a model to the end of its warm-up and of its measured part by `advance(until)`; nanoseconds
/// for each of the `units()` that the measured part added.
template <class Advance, class Units>
double time_per_unit(const Options& options, Advance advance, Units units) {
  advance(options.warm_up());
  const std::uint64_t before = units();
  const double began = processor_ns();
  advance(options.warm_up() + options.measured());
  return (processor_ns() - began) / static_cast<double>(units() - before);
}

/// Ends the program at once: taking a million events or actors down takes longer than their run.
[[noreturn]] inline void leave() {
  std::fflush(stdout);
  std::_Exit(0);
}

[[noreturn]] inline void report(double ns, const Latencies& latencies) {
  std::printf("{\"ns\": %.3f, \"units\": %llu, \"mean\": %.9f, \"p99\": %.9f}\n", ns,
              static_cast<unsigned long long>(latencies.count()), latencies.mean(),
              latencies.p99());
  leave();
}

/// Model B's figure to check is how often pending events came up in the simulated time.
[[noreturn]] inline void report(double ns, std::uint64_t holds, const Options& options) {
  const double expected = (options.warm_up() + options.measured()) * options.pending / kHoldMean;
  std::printf("{\"ns\": %.3f, \"units\": %llu, \"expected\": %.3f}\n", ns,
              static_cast<unsigned long long>(holds), expected);
  leave();
}

}  // namespace peers
