/// \file import_files.hpp
/// The files that the tests of the importers read.
/// Why: several tests import the same shop.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace leapday::testing {

inline const std::filesystem::path kImports =
    std::filesystem::path(LEAPDAY_SOURCE_DIR) / "tests/scenarios/imports";

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace leapday::testing
