/// \file restart_backoff.hpp
/// Delays that grow by a factor, up to a cap. Why: four of the five restart policies share it.
#pragma once

#include "leapday/platform.hpp"

namespace leapday {

/// restart_backoff * restart_backoff_factor ^ step, at most restart_backoff_cap.
inline Duration grown_backoff(const PlatformConstants& constants, std::int64_t step) {
  const Duration cap = constants.restart_backoff_cap;
  double delay = static_cast<double>(constants.restart_backoff.count());
  const double most = cap > Duration{0} ? static_cast<double>(cap.count())
                                        : static_cast<double>(kSimEnd.time_since_epoch().count());
  for (std::int64_t i = 0; i < step && delay < most; ++i) delay *= constants.restart_backoff_factor;
  if (delay >= most) return Duration{static_cast<std::int64_t>(most)};
  return Duration{static_cast<std::int64_t>(delay + 0.5)};
}

}  // namespace leapday
