/// \file rollout_bound.hpp
/// How long an imported rollout is given until the verdict calls it stuck.
/// Why: a rehearsal of a rollout that never looks at its end passes whatever becomes of it.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/import/sketch.hpp"

namespace leapday::import {

/// What decides how long a rollout takes when all goes well.
struct RolloutPace {
  std::int64_t instances = 1;
  std::int64_t at_once = 1;  ///< Instances that are replaced at the same time.
  double each = 0;           ///< Seconds from the start of one to the end of the one it replaces.
  double deadline = 0;       ///< Seconds in which the platform wants progress; 0 for ever.
};

/// When an imported rollout begins.
constexpr double kRolloutAt = 300;

/// Twice as long as it takes by `pace`, the platform's deadline at least, in whole minutes, and a
/// day at most. In seconds.
double rollout_bound(const RolloutPace& pace);
/// Length of a run that sees rollouts to such an end and five minutes beyond; "15min" at least.
std::string run_length(double longest_bound);
/// Expects of a deployment that it is completed within its bound.
void expect_completed(Sketch& sketch, Line& expectations, const std::string& app,
                      const std::string& deployment, double bound);
/// Seconds that a line of a duration states; `otherwise` without one.
double seconds_in(const Line* lines, std::string_view key, double otherwise);

}  // namespace leapday::import
