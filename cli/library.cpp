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

std::vector<std::string> library_files() {
  std::vector<std::string> files;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  for (const auto& entry : fs::directory_iterator(library_folder(), error)) {
    if (entry.path().extension() != ".yaml") continue;
    const fs::path near = entry.path().lexically_proximate(here);
    files.push_back(near.native().starts_with("../..") ? entry.path().string() : near.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string resolve_scenario(const std::string& name) {
  std::error_code error;
  if (fs::exists(name, error)) return name;
  for (const std::string& file : library_files()) {
    if (stem(file) == name) return file;
  }
  return name;
}

std::string stem(const std::string& path) { return fs::path(path).stem().string(); }

}  // namespace leapday::cli
