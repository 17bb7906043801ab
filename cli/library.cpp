/// \file library.cpp
/// Finds the scenario library from the place of the command.
#include "library.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace leapday::cli {
namespace {

namespace fs = std::filesystem;

/// The library's folder, or an empty path.
fs::path library_folder() {
  if (const char* told = std::getenv("LEAPDAY_LIBRARY"); told != nullptr && *told != '\0') {
    return told;
  }
  std::error_code error;
  fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (; !folder.empty(); folder = folder.parent_path()) {
    for (const char* place : {"share/leapday/scenarios/library", "scenarios/library"}) {
      if (fs::is_directory(folder / place, error)) return folder / place;
    }
    if (folder == folder.root_path()) break;
  }
  return {};
}

}  // namespace

std::vector<LibraryScenario> library_scenarios() {
  std::vector<LibraryScenario> found;
  std::error_code error;
  const fs::path folder = library_folder();
  const fs::path here = fs::current_path(error);
  for (const auto& entry : fs::recursive_directory_iterator(folder, error)) {
    if (entry.path().extension() != ".yaml") continue;
    const fs::path near = entry.path().lexically_proximate(here);
    fs::path name = entry.path().lexically_relative(folder);
    found.push_back(
        {.name = name.replace_extension().string(),
         .file = near.native().starts_with("../..") ? entry.path().string() : near.string()});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

std::string resolve_scenario(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error)) return name;
  for (const LibraryScenario& scenario : library_scenarios()) {
    if (scenario.name == name) return scenario.file;
  }
  return name;
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

}  // namespace leapday::cli
