/// \file normal.hpp
/// Wilson's score bounds for a share of trials (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927).
/// Why: with few seeds the plain share says more than it knows; Wilson's bounds are honest near
/// 0 % and 100 %, where rehearsals live.
#pragma once

#include <cstdint>

namespace leapday {

/// The z with P(Z <= z) = confidence for a standard normal Z; confidence in [0.5, 1), 0 below.
double one_sided_z(double confidence);

struct Interval {
  double low = 0;
  double high = 1;
};
/// Of `hits` in `trials`; [0, 1] when there were none. Each end alone is a bound that holds with
/// the confidence of z; both at once make the two-sided interval of less.
Interval wilson(std::uint64_t hits, std::uint64_t trials, double z);

}  // namespace leapday
