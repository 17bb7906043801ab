/// \file run_manifest.hpp
/// manifest.json as the writer of run directories sees it.
/// Why: how a directory comes to be and what its manifest says change for different reasons.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/run_directory.hpp"

namespace leapday {

inline constexpr std::string_view kManifestFile = "manifest.json";

/// What the rehearsal says of itself; the files copied are for the writer to add.
Manifest make_manifest(const Rehearsal& rehearsal, const RunDirectoryOptions& options);
std::string manifest_text(const Manifest& manifest);
/// True when the directory holds a manifest of Leapday's, of whatever version.
bool is_run_directory(const std::filesystem::path& path);

/// A regular file's bytes, or nothing.
std::optional<std::string> read_bytes(const std::filesystem::path& path);
std::vector<Problem> one_problem(const std::filesystem::path& file, std::string message,
                                 std::string fix = {});

}  // namespace leapday
