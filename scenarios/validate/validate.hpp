/// \file validate.hpp
/// Checks what single values cannot: names, references, sums, times, and what makes no sense.
/// Why: after it, the run and the reports may assume that everything named exists.
#pragma once

#include "leapday/document.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Also adds the zone that a scenario without a topology runs in.
void validate(Scenario& scenario, const Document& sections, const Registry& registry,
              Problems& problems);

}  // namespace leapday::loading
