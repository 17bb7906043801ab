/// \file throttle.hpp
/// Client-side adaptive throttling (Google's Site Reliability Engineering, chapter 21).
/// Why: a back end that rejects still pays for rejecting; clients that know it is overloaded keep
/// what reaches it at K times what it accepts.
#pragma once

#include "leapday/random.hpp"
#include "leapday/scenario.hpp"
#include "sim/model/rolling_counts.hpp"

namespace leapday::model {

class AdaptiveThrottle {
 public:
  explicit AdaptiveThrottle(const Throttle& spec) : k_(spec.k), counts_(spec.window) {}

  /// Counts a request; false when it is to be rejected here and now.
  bool admit(SimTime now, Random& random) {
    const auto [requests, accepts] = counts_.sum(now);
    counts_.add(now, 1, 0);
    const double surplus = static_cast<double>(requests) - k_ * static_cast<double>(accepts);
    return surplus <= 0 || random.uniform() * static_cast<double>(requests + 1) >= surplus;
  }
  /// The back end answered an admitted request well.
  void accepted(SimTime now) { counts_.add(now, 0, 1); }

 private:
  double k_;
  RollingCounts counts_;  ///< Requests and accepts.
};

}  // namespace leapday::model
