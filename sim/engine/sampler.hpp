/// \file sampler.hpp
/// Draws from the laws that scenarios state.
/// Why: own algorithms on own functions give the same bits everywhere; a law is turned into its
/// constants once, not per draw.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/random.hpp"
#include "leapday/time.hpp"
#include "sim/engine/ziggurat.hpp"

namespace leapday::engine {

/// Rounds to the nearest nanosecond; negative numbers and NaN give 0, and what is longer than any
/// run gives the longest run. The only place where a floating-point number becomes a time
/// (docs/adr/0008 says why the nearest).
constexpr Duration from_nanoseconds(double nanoseconds) {
  const double above = nanoseconds + 0.5;
  // One test for both ends: its sign is 0 and its exponent that of a number from 1 to below 2^60.
  const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(above) >> 52) - 1023;
  if (exponent < 60) [[likely]]
    return Duration{static_cast<std::int64_t>(above)};
  return above >= 1 ? kSimEnd.time_since_epoch() : Duration{0};
}

constexpr Duration to_duration(double seconds) { return from_nanoseconds(seconds * 1e9); }

/// One law, scaled by a factor.
class Sampler {
 public:
  /// Always zero.
  Sampler() : Sampler(Distribution{}) {}
  explicit Sampler(const Distribution& law, double factor = 1);

  Duration sample(Random& random) const {
    if (kind_ == Distribution::Kind::deterministic) return fixed_;
    if (kind_ == Distribution::Kind::exponential)
      return to_duration(a_ * sample_exponential(random));
    return to_duration(seconds(random));
  }
  /// The same from Random::brief(mixed).
  Duration sample_brief(std::uint64_t mixed) const {
    if (kind_ == Distribution::Kind::exponential)
      return to_duration(a_ * sample_exponential_brief(mixed));
    if (kind_ == Distribution::Kind::deterministic) return fixed_;
    Random random = Random::brief(mixed);
    return to_duration(seconds(random));
  }
  /// True when every draw is the same and takes nothing from the stream.
  bool deterministic() const { return kind_ == Distribution::Kind::deterministic; }
  /// Of the scaled law; infinite for a Pareto law with shape <= 1.
  double mean_seconds() const { return mean_; }

 private:
  double seconds(Random& random) const;
  double gamma(Random& random) const;
  double quantile_of_samples(Random& random) const;
  const Sampler& part(Random& random) const;
  double mean_of_law() const;

  Distribution::Kind kind_;
  double a_ = 0;  ///< As in Distribution; scales are multiplied by the factor already.
  double b_ = 0;
  double c_ = 0;  ///< Derived from a and b, per kind.
  double mean_ = 0;
  Duration fixed_{};
  std::vector<double> values_;      ///< Of an empirical law, scaled.
  std::vector<double> cumulative_;  ///< Of a mixture: weights summed up.
  std::vector<Sampler> parts_;
};

}  // namespace leapday::engine
