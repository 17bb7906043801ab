/// \file rollout_bound.cpp
/// The arithmetic of a rollout that goes well. Why: see rollout_bound.hpp.
#include "scenarios/import/rollout_bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "scenarios/import/context.hpp"

namespace leapday::import {
namespace {

constexpr double kMinute = 60;
constexpr double kLongest = 24 * 60 * kMinute;

std::string minutes(double seconds) {
  return fmt::format("{}min", static_cast<std::int64_t>(std::ceil(seconds / kMinute)));
}

}  // namespace

double rollout_bound(const RolloutPace& pace) {
  const double steps = std::ceil(static_cast<double>(pace.instances) /
                                 static_cast<double>(std::max<std::int64_t>(pace.at_once, 1)));
  const double longest = std::max({2 * steps * pace.each, pace.deadline, kMinute});
  return std::min(std::ceil(longest / kMinute) * kMinute, kLongest);
}

std::string run_length(double longest_bound) {
  constexpr double kAfterwards = 300;
  constexpr double kLeast = 900;
  if (longest_bound <= 0) return minutes(kLeast);
  return minutes(std::max(kRolloutAt + longest_bound + kAfterwards, kLeast));
}

void expect_completed(Sketch& sketch, Line& expectations, const std::string& app,
                      const std::string& deployment, double bound) {
  sketch.assume(expectations, "expect", sketch.name(app + "-completed"),
                fmt::format("eventually completed({0}) within {1} after {0}.begin", deployment,
                            minutes(bound)),
                "twice what a rollout that goes well takes, or the platform's deadline", false);
}

double seconds_in(const Line* lines, std::string_view key, double otherwise) {
  const Line* line = lines != nullptr ? lines->find(key) : nullptr;
  return line != nullptr ? go_duration(line->value).value_or(otherwise) : otherwise;
}

}  // namespace leapday::import
