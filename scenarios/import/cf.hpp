/// \file cf.hpp
/// Whole Cloud Foundry manifests to a scenario, for `leapday import cf`.
/// Why: the same reading as `manifest:` does, but with the scenario around it.
#pragma once

#include <vector>

#include "scenarios/import/context.hpp"

namespace leapday::import {

ImportedScenario import_cf(const std::vector<Document>& documents, Context& context);

}  // namespace leapday::import
