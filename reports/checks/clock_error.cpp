/// \file clock_error.cpp
/// How wrong the clocks of a zone are.
/// Why: a wrong clock shows in what believes it, and often nothing does until somebody logs in.
#include "reports/checks/state.hpp"

namespace leapday {

void register_clock_error(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "clock_error",
      "by how much the clock of a zone's host that is the most wrong differed from true time when "
      "one of them was last set, drifted otherwise or was corrected",
      "zone", Quantity::Kind::duration));
}

}  // namespace leapday
