/// \file rollout_rolling.hpp
/// The steps by which instances of one release take the place of others', a few at a time.
/// Why: a canary comes and goes, and what is left after it is replaced, by the same steps.
#pragma once

#include <cstdint>

#include "sim/model/rollout.hpp"

namespace leapday::model {

/// How many of the new ones there shall be, and how many of the old ones shall be left.
struct RollingAim {
  std::int64_t fresh = 0;
  std::int64_t old = 0;
};

/// The limits of a deployment, from its own words or else its platform's.
struct RollingLimits {
  bool surge = false;  ///< Kubernetes's arithmetic in place of Cloud Foundry's.
  std::int64_t in_flight = 1;
  std::int64_t max_surge = 0, max_unavailable = 0;
};
RollingLimits rolling_limits(Deployments& deployments, const Roll& roll);

/// The first step towards the aim.
void begin_rolling(Deployments& deployments, Roll& roll, const RollingAim& aim);
/// As far as it goes now; true when the aim is reached.
bool roll_towards(Deployments& deployments, Roll& roll, const RollingAim& aim);

}  // namespace leapday::model
