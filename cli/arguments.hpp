/// \file arguments.hpp
/// Options that several subcommands share, declared once.
/// Why: `--set` must mean the same to run, plan and validate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/load.hpp"
#include "output.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace leapday::cli {

/// --env and --set.
struct LoadArguments {
  std::string environment;
  std::vector<std::string> set;  ///< "peak=900/s", checked while parsing.

  void add_to(CLI::App& app);
  LoadOptions options() const;
};

/// --seed, --reps, --jobs, --twin, --progress and --color.
struct RunArguments {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> reps;
  int jobs = 0;  ///< 0: one for each core.
  bool twin = false;
  When progress = When::automatic;
  When colour = When::automatic;

  void add_seed_to(CLI::App& app);
  /// --jobs and --progress, which never change a result.
  void add_jobs_to(CLI::App& app);
  void add_to(CLI::App& app);
};

void add_when(CLI::App& app, const std::string& option, When& target, const std::string& help);
/// Adds "FILE..." (scenario files, or names from the library).
void add_files(CLI::App& app, std::vector<std::string>& files);

}  // namespace leapday::cli
