/// \file retry.hpp
/// How long to wait before a retry, and whether there may be one.
/// Why: back-off, jitter and budgets decide whether retries cure an outage or prolong it.
#pragma once

#include <cstdint>

#include "leapday/random.hpp"
#include "leapday/scenario.hpp"
#include "sim/model/rolling_counts.hpp"

namespace leapday::model {

/// The wait before retry number `retry` (from 1): backoff * factor^(retry - 1), capped, then
/// randomised: full jitter draws from [0, wait), equal jitter keeps half of it.
inline Duration backoff(const Retry& spec, std::int64_t retry, Random& random) {
  auto wait = static_cast<double>(spec.backoff.count());
  const auto cap = static_cast<double>(spec.max_backoff.count());
  for (std::int64_t i = 1; i < retry && wait < cap; ++i) wait *= spec.factor;
  if (wait > cap) wait = cap;
  const auto whole = engine::from_nanoseconds(wait).count();
  if (whole <= 0 || spec.jitter == Jitter::none) return Duration{whole};
  const auto draw = [&random](std::int64_t below) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(below)));
  };
  if (spec.jitter == Jitter::full) return Duration{draw(whole)};
  return Duration{whole - whole / 2 + (whole / 2 > 0 ? draw(whole / 2) : 0)};
}

/// Finagle's scheme: over the last ten seconds, retries may be this share of first tries plus so
/// many a second. Counts in units of 1/den, so that shares are exact.
class RetryBudget {
 public:
  explicit RetryBudget(const Retry& spec) : spec_(&spec), counts_(kWindow) {}

  void first_try(SimTime now) {
    if (spec_->budget) counts_.add(now, spec_->budget->num, 0);
  }
  /// Takes one retry out of the budget, when there is one.
  bool take(SimTime now) {
    if (!spec_->budget) return true;
    const std::int64_t cost = spec_->budget->den;
    const auto [earned, spent] = counts_.sum(now);
    const std::int64_t minimum = spec_->budget_min_per_second * 10 * cost;
    if (earned + minimum - spent < cost) return false;
    counts_.add(now, 0, cost);
    return true;
  }

 private:
  static constexpr Duration kWindow{std::chrono::seconds{10}};
  const Retry* spec_;
  RollingCounts counts_;  ///< Earned and spent.
};

}  // namespace leapday::model
