/// \file wanted.cpp
/// wanted: how many instances an autoscaler asked for.
/// Why: between what a policy wants and what runs lie starts and rooms that it cannot hasten.
#include "reports/checks/state.hpp"

namespace leapday {

void register_wanted(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "wanted", "instances that the app's autoscaler wants", "app"));
}

}  // namespace leapday
