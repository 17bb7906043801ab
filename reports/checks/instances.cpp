/// \file instances.cpp
/// ready and instances: how many instances of an app serve, and how many there are.
/// Why: a release or a lost zone shows first in who is left to answer.
#include "reports/checks/state.hpp"

namespace leapday {

void register_instances(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "ready", "instances of the app that are ready to serve", "app"));
  registry.add_metric(std::make_unique<checks::StepState>(
      "instances", "instances of the app that exist, ready or not", "app"));
}

}  // namespace leapday
