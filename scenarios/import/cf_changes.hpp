/// \file cf_changes.hpp
/// Two versions of Cloud Foundry manifests, application by application.
/// Why: what a push changes is the question; the rest of a manifest is where it is asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/import/coverage.hpp"
#include "scenarios/import/sketch.hpp"

namespace leapday::import {

/// One application of a manifest.
struct CfApplication {
  std::string name;          ///< As the manifest has it.
  Document merged;           ///< With the manifest's defaults under it.
  Line lines;                ///< Of apps.NAME.
  std::optional<Line> next;  ///< releases.next, when the import compares and it is pushed anew.
};

/// Sets `next` where an application differs in `after`, and notes every difference in `changes`.
void compare_cf(std::vector<CfApplication>& before, const std::vector<CfApplication>& after,
                std::vector<ImportFinding>& changes);

}  // namespace leapday::import
