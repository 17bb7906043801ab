/// \file figures.hpp
/// One run in five figures: what users lost, how long it took, and what was used meanwhile.
/// Why: platforms and policies are compared by what they cost, not by whether each passed.
#pragma once

#include <cstdint>
#include <optional>

#include "leapday/record.hpp"
#include "leapday/scenario.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// Of users' requests sent from t=0 on, and of the same time.
struct Figures {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  /// From the first fault or deployment to the end of the last ten seconds in which fewer than
  /// 99.9 % of users' requests succeeded; zero when there were none, nothing when nothing was done
  /// to the platform or the last full ten seconds still were such.
  std::optional<Duration> recovery;
  bool disturbed = false;           ///< A fault or a deployment began.
  std::int64_t peak_instances = 0;  ///< Of all apps together: placed or waiting, not stopping.
  double instance_hours = 0;
  std::optional<double> cost;  ///< In the scenario's currency, where somebody charges.

  double failed_share() const {
    return requests == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(requests);
  }
};

Figures figures(const Scenario& scenario, const Record& record);

}  // namespace leapday
