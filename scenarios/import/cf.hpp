/// \file cf.hpp
/// Whole Cloud Foundry manifests to a scenario, for `leapday import cf`.
/// Why: the same reading as `manifest:` does, but with the scenario around it.
#pragma once

#include "scenarios/import/context.hpp"

namespace leapday::import {

/// The documents must stand as the CLI sees them: inherited and filled in.
ImportedScenario import_cf(const ImportInput& input, Context& context);

}  // namespace leapday::import
