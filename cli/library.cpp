/// \file library.cpp
/// Finds the scenario library from the place of the command.
#include "library.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "leapday/words.hpp"

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

std::string fix_for_missing(const std::string& file) {
  std::error_code error;
  if (fs::symlink_status(file, error).type() != fs::file_type::not_found) return {};
  const fs::path path(file);
  if (fs::exists(file + ".yaml", error)) return "did you mean " + file + ".yaml?";
  std::vector<std::string> known;
  if (!path.has_parent_path()) {
    for (const LibraryScenario& scenario : library_scenarios()) known.push_back(scenario.name);
  }
  constexpr std::size_t kMost = 1000;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".json") continue;
    known.push_back((path.parent_path() / entry.path().filename()).string());
    if (known.size() >= kMost) break;
  }
  std::sort(known.begin(), known.end());
  const std::string near = nearest(file, known);
  if (!near.empty()) return "did you mean " + near + "?";
  return "check the path, or take a name from `leapday list scenarios`";
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

}  // namespace leapday::cli
