/// \file manifests.hpp
/// Lays imported manifests and Kubernetes objects under the apps and releases that name them.
/// Why: imported values pass through the same decoder and checks as stated ones.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Fills in what `sections` does not state itself; `imported` gets the manifests' paths.
void import_manifests(Document& sections, Files& files, std::set<std::string>& imported,
                      std::vector<std::string>& warnings, Problems& problems);

}  // namespace leapday::loading
