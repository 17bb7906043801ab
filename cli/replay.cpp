/// \file replay.cpp
/// `leapday replay RUNDIR`: repeat a run directory's rehearsal and compare.
/// Why: a verdict counts only if anybody can repeat it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "leapday/run_directory.hpp"
#include "leapday/version.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct ReplayCommandLine {
  std::string directory;
  RunArguments run;
};

/// What is wrong with the name of a run directory, if anything: a fix is the same for all.
int refuse(const std::string& directory, const std::string& what, int code) {
  complain("replay: " + directory + ": " + what, "name a directory that `leapday run --out` wrote");
  return code;
}

/// Why a replay of an intact directory can differ.
std::string fix_for_mismatch(const Manifest& manifest) {
  if (manifest.leapday != kVersion) {
    return fmt::format("it was written by Leapday {}, this is {}: replay it with that version",
                       manifest.leapday, kVersion);
  }
  return "rehearse again with --out; something in the directory was changed, or report a bug";
}

int replay(const ReplayCommandLine& arguments, const Context& context) {
  std::error_code error;
  const std::string& directory = arguments.directory;
  const auto status = std::filesystem::status(directory, error);
  if (!std::filesystem::exists(status))
    return refuse(directory, "there is no such directory", kUsage);
  if (!std::filesystem::is_directory(status))
    return refuse(directory, "is not a directory", kUsage);
  const auto manifest = read_manifest(directory);
  if (!manifest) {
    return refuse(directory, "manifest.json " + manifest.problems().front().message, kUsage);
  }
  LoadOptions options{.environment = manifest->environment, .set = manifest->set};
  auto loaded = load(replay_path(directory, *manifest), context.registry, options);
  if (!loaded) {
    print_problems(loaded.problems());
    return kUsage;
  }
  loaded.value().seeds = manifest->seeds;
  RunArguments run = arguments.run;
  run.twin = manifest->twin;
  const Attempt attempt = rehearse_file(std::move(loaded).value(), run, context);
  if (!attempt.rehearsal) return attempt.exit_code;
  const std::vector<Problem> differing = replay_differences(*manifest, *attempt.rehearsal);
  if (!differing.empty()) {
    print_problems(differing);
    complain("replay: " + directory + ": the replay does not match", fix_for_mismatch(*manifest));
    return kInternal;
  }
  print(fmt::format("{}: the replay matches ({} run{}, verdict {}, trace hash {:016x})\n",
                    directory, manifest->runs.size(), manifest->runs.size() == 1 ? "" : "s",
                    to_string(manifest->outcome), trace_hash(*attempt.rehearsal)));
  return kPass;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand(
      "replay", "Repeat the rehearsal of a run directory; exits 0 when it matches, 4 when not");
  auto arguments = std::make_shared<ReplayCommandLine>();
  sub->add_option("RUNDIR", arguments->directory, "Written by `leapday run --out`")
      ->required()
      ->type_name("");
  arguments->run.add_jobs_to(*sub);
  sub->footer(
      "Example:\n"
      "  leapday run leap-day-2012 --out build/demo; leapday replay build/demo");
  sub->callback([arguments, &context] { context.exit_code = replay(*arguments, context); });
}

}  // namespace leapday::cli
