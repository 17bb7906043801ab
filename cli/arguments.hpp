/// \file arguments.hpp
/// Options that several subcommands share, declared once.
/// Why: `--set` must mean the same to run, plan and validate.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
  std::string platform;  ///< In place of the file's, for compare; not an option of its own.
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

/// Marks the fix within a message of a check, for report_parse().
inline constexpr std::string_view kFix = "\n  fix: ";
/// A check for CLI11: the word is one of `names`, else the message suggests the nearest. `what` is
/// what they are: "format".
std::function<std::string(const std::string&)> one_of(std::vector<std::string> names,
                                                      std::string what);
/// A check for CLI11: a whole number in [low, high].
std::function<std::string(const std::string&)> whole_number(std::uint64_t low, std::uint64_t high);
/// --out DIR of run and verify.
void add_out(CLI::App& app, std::string& out, const std::string& help);

void add_when(CLI::App& app, const std::string& option, When& target, const std::string& help);
/// Adds "FILE..." (scenario files, or names from the library).
void add_files(CLI::App& app, std::vector<std::string>& files);

}  // namespace leapday::cli
