/// \file normal.cpp
/// The normal quantile by Newton's method, and Wilson's bounds.
#include "reports/normal.hpp"

#include <algorithm>
#include <cmath>

namespace leapday {

double one_sided_z(double confidence) {
  const double wanted = std::clamp(2 * (1 - confidence), 1e-15, 1.0);
  // Solves erfc(z / sqrt 2) = 2 (1 - confidence). The function is convex and falling for z > 0, so
  // that Newton's method from 0 climbs to the root without overshooting.
  double z = 0;
  for (int i = 0; i < 200; ++i) {
    const double error = std::erfc(z / std::sqrt(2.0)) - wanted;
    const double slope = std::sqrt(2 / 3.14159265358979323846) * std::exp(-z * z / 2);
    const double step = error / slope;
    z += step;
    if (std::fabs(step) < 1e-14) break;
  }
  return z;
}

Interval wilson(std::uint64_t hits, std::uint64_t trials, double z) {
  if (trials == 0) return {};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(hits) / n;
  const double z2 = z * z;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {hits == 0 ? 0 : std::max(0.0, centre - half),
          hits == trials ? 1 : std::min(1.0, centre + half)};
}

}  // namespace leapday
