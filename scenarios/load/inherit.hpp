/// \file inherit.hpp
/// `inherit:` of Cloud Foundry manifests, with the files it names.
/// Why: a manifest reads other files by the same rules as a scenario, whoever names the manifest.
#pragma once

#include <string>
#include <vector>

#include "leapday/document.hpp"
#include "scenarios/load/files.hpp"
#include "scenarios/load/problems.hpp"

namespace leapday::loading {

/// Lays the manifest over what it inherits from. Paths are relative to the file that names them and
/// stay below the folder of `files`. Gives back the paths of what was read.
std::vector<std::string> inherit(Document& manifest, Files& files, Problems& problems);

}  // namespace leapday::loading
