/// \file judge.hpp
/// From records to verdicts.
#pragma once

#include <span>

#include "leapday/record.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

/// Judges every expectation of the scenario. `twin` is the un-faulted run with the same seed;
/// expectations that refer to it are inconclusive without one.
Verdict judge(const Scenario& scenario, const Registry& registry, const Record& record,
              const Record* twin);
/// True when an expectation refers to the twin, so that one must be run. (A baseline is the same
/// run before its first fault or deployment.)
bool needs_twin(const Scenario& scenario);
/// Folds the outcomes of many seeds of one cell against `run.require`.
CellVerdict fold(const Scenario& scenario, std::span<const Outcome> outcomes);

}  // namespace leapday
