/// \file normal.hpp
/// Wilson's score interval for a share of trials.
/// Why: with few seeds the plain share says more than it knows; Wilson's interval is honest near
/// 0 % and 100 %, where rehearsals live.
#pragma once

#include <cstdint>

namespace leapday {

/// The z with P(|Z| <= z) = confidence for a standard normal Z; confidence in (0, 1).
double two_sided_z(double confidence);

struct Interval {
  double low = 0;
  double high = 1;
};
/// Of `hits` in `trials`; [0, 1] when there were none.
Interval wilson(std::uint64_t hits, std::uint64_t trials, double z);

}  // namespace leapday
