/// \file local_time.hpp
/// Time zone files that a scenario names.
/// Why: read once when loading, so that a run depends on no system's tzdata.
#pragma once

#include "leapday/document.hpp"
#include "leapday/scenario.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Fills the bytes of every LocalTimeRules that names a file, and checks all of them.
void read_local_time(Scenario& scenario, const Document& sections, Files& files,
                     Problems& problems);

}  // namespace leapday::loading
