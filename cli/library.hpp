/// \file library.hpp
/// Where the scenarios that ship with Leapday lie.
/// Why: `leapday run leap-day-2012` should work from any folder, built or installed.
#pragma once

#include <string>
#include <vector>

namespace leapday::cli {

struct LibraryScenario {
  std::string name;  ///< "leap-day-2012", "incidents/x": its path without the extension.
  std::string file;
};

/// The library's scenarios by name; empty when the library is not found. Looked for in
/// $LEAPDAY_LIBRARY, then beside and above the command's own place.
std::vector<LibraryScenario> library_scenarios();

/// `name` itself when there is such a file or nothing better; the library's file of that name
/// otherwise.
std::string resolve_scenario(const std::string& name);

/// How to mend the name of a scenario file that does not exist: the nearest name of the library or
/// of that folder. Empty when there is something of that name.
std::string fix_for_missing(const std::string& file);

/// "leap-day-2012" of "scenarios/library/leap-day-2012.yaml".
std::string stem(const std::string& path);

}  // namespace leapday::cli
