/// \file runs.cpp
/// runs and missed_runs of a job with a schedule.
/// Why: twice is as wrong as not at all, and neither is an error that anybody sees.
#include "reports/checks/state.hpp"

namespace leapday {

void register_runs(Registry& registry) {
  registry.add_metric(std::make_unique<checks::StepState>(
      "runs", "runs that a job's schedule has begun so far", "app"));
  registry.add_metric(std::make_unique<checks::StepState>(
      "missed_runs", "runs of a job that were due and left out, so far", "app"));
}

}  // namespace leapday
