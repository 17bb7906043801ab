/// \file objective.hpp
/// Good and bad requests as an objective defines them.
/// Why: burn_rate, budget_used and good must count the same requests.
#pragma once

#include "reports/checks/window.hpp"

namespace leapday::checks {

/// An objective's requests over the query's window.
struct Goodness {
  const Objective* objective = nullptr;
  double bad_share = 0;
  std::uint64_t settled = 0;
  double seconds = 0;  ///< That the window covers.
};

/// The share of bad requests that the objective allows: 1/1000 for a target of 99.9 %.
inline double allowed_bad(const Objective& objective) {
  const Ratio& target = objective.target;
  return static_cast<double>(target.den - target.num) / static_cast<double>(target.den);
}

/// Counts; gives back false with `result` filled in when it cannot be told.
bool count_good(const MetricQuery& query, Goodness& goodness, Measurement& result);

}  // namespace leapday::checks
