/// \file replay.cpp
/// `leapday replay RUNDIR`: repeat a run directory's rehearsal and compare.
/// Why: a verdict counts only if anybody can repeat it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "leapday/run_directory.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct Arguments {
  std::string directory;
  RunArguments run;
};

int replay(const Arguments& arguments, const Context& context) {
  const auto manifest = read_manifest(arguments.directory);
  if (!manifest) {
    print_problems(manifest.problems());
    return kInternal;
  }
  LoadOptions options{.environment = manifest->environment, .set = manifest->set};
  auto loaded = load(replay_path(arguments.directory, *manifest), context.registry, options);
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
    print_error(arguments.directory + ": error: the replay does not match\n");
    return kInternal;
  }
  print(fmt::format("{}: the replay matches ({} run{}, verdict {}, trace hash {:016x})\n",
                    arguments.directory, manifest->runs.size(),
                    manifest->runs.size() == 1 ? "" : "s", to_string(manifest->outcome),
                    trace_hash(*attempt.rehearsal)));
  return kPass;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand(
      "replay", "Repeat the rehearsal of a run directory; exits 0 when it matches, 4 when not");
  auto arguments = std::make_shared<Arguments>();
  sub->add_option("RUNDIR", arguments->directory, "Written by `leapday run --out`")
      ->required()
      ->type_name("")
      ->check(CLI::ExistingDirectory);
  arguments->run.add_jobs_to(*sub);
  sub->footer(
      "Example:\n"
      "  leapday run leap-day-2012 --out build/demo; leapday replay build/demo");
  sub->callback([arguments, &context] { context.exit_code = replay(*arguments, context); });
}

}  // namespace leapday::cli
