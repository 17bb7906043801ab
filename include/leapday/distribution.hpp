/// \file distribution.hpp
/// A probability law for durations, as a scenario states it.
/// Why: one description feeds the sampler, the reports and the theory tests.
#pragma once

#include <string>
#include <vector>

#include "leapday/time.hpp"

namespace leapday {

/// A law of a non-negative duration. Parameters are in seconds; the meaning of a and b per kind is
/// given beside it. Samples are rounded to the nearest nanosecond in one place (sim/engine).
struct Distribution {
  enum class Kind {
    deterministic,  ///< a: value
    exponential,    ///< a: mean
    uniform,        ///< a: low, b: high
    lognormal,      ///< a: mu of the log of seconds, b: sigma
    gamma,          ///< a: shape, b: scale in seconds
    pareto,         ///< a: scale (minimum) in seconds, b: shape alpha
    weibull,        ///< a: shape, b: scale in seconds
    empirical,      ///< values: sorted samples in seconds; drawn by linear interpolation
    mixture,        ///< parts with weights that need not sum to 1
  };
  struct Part;

  Kind kind = Kind::deterministic;
  double a = 0;
  double b = 0;
  std::vector<double> values;
  std::vector<Part> parts;
  std::string file;  ///< Where an empirical law was read from.

  static Distribution deterministic(Duration value);
  static Distribution exponential(Duration mean);
  /// Mean in seconds; infinite for a Pareto law with shape <= 1.
  double mean() const;
  /// "lognormal(median 12ms, p99 80ms)"-like text for reports.
  std::string describe() const;
};

struct Distribution::Part {
  double weight = 1;
  Distribution law;
};

}  // namespace leapday
