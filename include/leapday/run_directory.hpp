/// \file run_directory.hpp
/// A finished rehearsal on disk: reports, the scenario it came from, and a manifest to replay it
/// by. Why: a verdict counts only if anybody can repeat it; and an interrupted command must leave
/// either a whole directory or none.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "leapday/format.hpp"
#include "leapday/problem.hpp"
#include "leapday/registry.hpp"
#include "leapday/rehearse.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

/// A file that the scenario was read from, and its copy in the run directory.
struct ManifestFile {
  std::string path;    ///< As it was found when the rehearsal ran.
  std::string copy;    ///< Relative to the run directory: "scenario/base/shop.yaml".
  std::string digest;  ///< Of its bytes: 64-bit FNV-1a, 16 hex digits.
};

/// One cell of the matrix.
struct ManifestCell {
  std::string name;    ///< Empty without a matrix.
  std::string digest;  ///< Scenario::digest.
};

/// One run: its trace hash is what a replay must reproduce.
struct ManifestRun {
  std::size_t cell = 0;  ///< Index into cells.
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  Outcome outcome = Outcome::inconclusive;
};

/// What manifest.json says. It holds no clock time, so that the same rehearsal gives the same
/// bytes.
struct Manifest {
  int version = 1;                  ///< Of the manifest's form.
  std::string leapday;              ///< Version that wrote it.
  std::string created_by;           ///< "leapday run"
  std::string scenario;             ///< The scenario's name.
  std::string scenario_file;        ///< Path as given to the command.
  std::vector<ManifestFile> files;  ///< The scenario's own file first; empty when it had none.
  std::string environment;          ///< --env
  std::vector<std::pair<std::string, std::string>> set;  ///< --set
  bool twin = false;                                     ///< The un-faulted twin was run too.
  Outcome outcome = Outcome::inconclusive;
  std::vector<ManifestCell> cells;
  std::vector<std::uint64_t> seeds;  ///< Every cell was run with each of these.
  std::vector<ManifestRun> runs;     ///< Cells in order, seeds in order.
  std::size_t shown = 0;             ///< Index into runs of the one the reports show in full.
};

struct RunDirectoryOptions {
  std::string environment;                               ///< As given to load().
  std::vector<std::pair<std::string, std::string>> set;  ///< As given to load().
  std::string created_by = "leapday";
  FormatOptions format;
  const std::atomic<bool>* cancel =
      nullptr;  ///< Set: nothing is left behind, a problem comes back.
};

/// Why a directory cannot be written.
struct RunDirectoryObstacle {
  Problem problem;
  /// True when the name belongs to something else; false when the file system does not let us.
  bool taken = false;
};

/// What would keep write_run_directory() from writing `directory`, asked before a long rehearsal:
/// something else has the name, or the place cannot be written to. Leaves nothing behind.
std::optional<RunDirectoryObstacle> run_directory_obstacle(const std::string& directory);

/// Writes `directory` whole or not at all: everything goes into a temporary sibling, reaches the
/// disk, and takes the name in one rename. An earlier run directory of that name is replaced; any
/// other file or non-empty directory is refused. Gives back the directory's path.
Result<std::string> write_run_directory(const std::string& directory, const Rehearsal& rehearsal,
                                        const Registry& registry,
                                        const RunDirectoryOptions& options = {});

Result<Manifest> read_manifest(const std::string& directory);

/// The scenario file to replay from: the copy in the run directory when there is one, else the
/// original path. Its resolved digest must match the manifest's: see replay_differences().
std::string replay_path(const std::string& directory, const Manifest& manifest);

/// What differs between the manifest and a rehearsal that was meant to repeat it, one problem each:
/// scenario digests, seeds, trace hashes, outcomes. Empty when the replay matches.
std::vector<Problem> replay_differences(const Manifest& manifest, const Rehearsal& replay);

/// The command that repeats the run shown: "leapday run shop.yaml --env staging --seed 7".
std::string replay_command(const Rehearsal& rehearsal, const RunDirectoryOptions& options);

}  // namespace leapday
