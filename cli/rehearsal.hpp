/// \file rehearsal.hpp
/// One scenario file from its path to a finished rehearsal, as run, verify and replay do it.
/// Why: progress, interrupts and problems are handled once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "command.hpp"
#include "leapday/rehearse.hpp"

namespace leapday::cli {

/// A finished rehearsal, or the exit code that says why there is none (already reported).
struct Attempt {
  std::optional<Rehearsal> rehearsal;
  int exit_code = kPass;
};

/// Loads the file; problems go to stderr and leave nothing.
std::optional<ScenarioFile> load_file(const std::string& path, const LoadArguments& load,
                                      const Context& context);
/// Rehearses under a progress bar; an interrupt is reported and leaves no rehearsal.
Attempt rehearse_file(ScenarioFile file, const RunArguments& arguments, const Context& context);
/// Writes the run directory; gives back kPass, kInternal or kInterrupted (already reported).
int write_directory(const std::string& directory, const Rehearsal& rehearsal,
                    const LoadArguments& load, const Context& context);

/// DIR for one file, DIR/<name> for each of several; with its folders where names alone would
/// clash.
std::string directory_for(const std::string& out, const std::string& file,
                          const std::vector<std::string>& files);
/// Whether --out can be written for every file, asked before anything runs: kPass, kUsage when
/// something else has a name or two files have the same, kInternal when the file system refuses
/// (already reported).
int check_out(const std::string& out, const std::vector<std::string>& files);
/// The text of one of the registry's formats.
std::string formatted(const Rehearsal& rehearsal, const std::string& format,
                      const FormatOptions& options, const Context& context);
/// Where the report for people lies in a run directory: "build/demo/report.html".
std::string report_path(const std::string& directory, const Context& context);
/// One hash for the whole rehearsal: the run's own when there is one, else all of them combined.
std::uint64_t trace_hash(const Rehearsal& rehearsal);

}  // namespace leapday::cli
