/// \file embedded.hpp
/// The data files compiled into the library (see scenarios/embed.cmake).
/// Why: the installed command needs no data directory.
#pragma once

#include <span>
#include <string_view>

namespace leapday::loading {

struct EmbeddedFile {
  std::string_view name;  ///< Below scenarios/: "platforms/cf-diego.json".
  std::string_view text;
};

/// Sorted by name.
std::span<const EmbeddedFile> embedded_files();

}  // namespace leapday::loading
