/// \file import.cpp
/// `leapday import KIND FILE...`: a scenario from the files that a team deploys with.
/// Why: the first scenario of a system should not be typed from its manifests.
#include "leapday/import.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "arguments.hpp"
#include "command.hpp"
#include "import_summary.hpp"
#include "leapday/load.hpp"
#include "output.hpp"

namespace leapday::cli {
namespace {

struct ImportCommandLine {
  std::string kind;
  std::vector<std::string> files;
  std::vector<std::string> newer;
  std::vector<std::string> variables;
  std::string out = "-";
  bool force = false;
  bool quiet = false;
  bool summary = false;
};

int refuse(const std::string& file, const std::string& message, const std::string& fix, int code) {
  print_problems(std::vector<Problem>{{{file, 0, 0}, {}, message, fix}});
  return code;
}

/// Writes beside the file and renames, so that nobody finds half of it.
bool write_whole(const std::string& file, const std::string& text) {
  const std::string beside = fmt::format("{}.{}.part", file, ::getpid());
  std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
  stream << text;
  stream.close();
  std::error_code error;
  if (stream) std::filesystem::rename(beside, file, error);
  if (stream && !error) return true;
  std::filesystem::remove(beside, error);
  return false;
}

Result<ImportedScenario> import_sources(const ImportCommandLine& arguments) {
  const auto sources = read_import_sources(arguments.files);
  if (!sources) return sources.problems();
  const auto variables = read_import_sources(arguments.variables);
  if (!variables) return variables.problems();
  if (arguments.newer.empty()) return import_scenario(arguments.kind, *sources, *variables);
  const auto newer = read_import_sources(arguments.newer);
  if (!newer) return newer.problems();
  return import_difference(arguments.kind, *sources, *newer, *variables);
}

int summarize(const ImportCommandLine& arguments, const Context& context) {
  const auto sources = read_import_sources(arguments.files);
  const auto variables = read_import_sources(arguments.variables);
  if (!sources || !variables) {
    print_problems(!sources ? sources.problems() : variables.problems());
    return kUsage;
  }
  const ImportSummary summary(arguments.kind, *sources, *variables, context.registry);
  print(summary.table());
  return summary.failed() ? kUsage : kPass;
}

int import_files(const ImportCommandLine& arguments, const Context& context) {
  std::error_code error;
  if (!arguments.variables.empty() && !import_takes_variables(arguments.kind)) {
    return refuse(arguments.variables.front(),
                  arguments.kind + " files have no ((placeholders)) that it could fill",
                  "leave out --vars-file; what templates leave open is for their own tool", kUsage);
  }
  if (arguments.summary) return summarize(arguments, context);
  const bool to_file = arguments.out != "-";
  if (to_file && std::filesystem::is_directory(arguments.out, error)) {
    return refuse(arguments.out, "is a directory", "name a file in it", kUsage);
  }
  if (to_file && !arguments.force && std::filesystem::exists(arguments.out, error)) {
    return refuse(arguments.out, "there is a file already",
                  "name another, or overwrite with --force", kUsage);
  }
  const auto imported = import_sources(arguments);
  if (!imported) {
    print_problems(imported.problems());
    return kUsage;
  }
  if (!arguments.quiet) print_error(coverage_report(*imported));
  if (imported->text.empty()) {
    return refuse(arguments.files.front(), "holds nothing that can be rehearsed",
                  arguments.kind == "cf" ? "name a manifest with applications"
                                         : "name the file of a Deployment, StatefulSet, DaemonSet, "
                                           "ReplicaSet, Pod, Job or CronJob too",
                  kUsage);
  }
  const auto valid = load_text(imported->text, arguments.out, "", context.registry);
  if (!valid) {
    print_problems(at_sources(*imported, valid.problems(), arguments.files.front()));
    return refuse(arguments.files.front(), "gives no valid scenario, for the reasons above",
                  "leave out or change what they name", kUsage);
  }
  if (!to_file) {
    print(imported->text);
    return kPass;
  }
  if (!write_whole(arguments.out, imported->text)) {
    return refuse(arguments.out, "cannot be written", "name a file in a folder you may write to",
                  kInternal);
  }
  print("Wrote " + arguments.out + ". Next: leapday run " + arguments.out + "\n");
  return kPass;
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand(
      "import", "Make a scenario of Kubernetes objects or Cloud Foundry manifests");
  auto arguments = std::make_shared<ImportCommandLine>();
  sub->add_option("KIND", arguments->kind, "kubernetes or cf")
      ->required()
      ->type_name("")
      ->check(one_of(import_kinds(), "kind of import"));
  sub->add_option("FILE", arguments->files,
                  "Files, folders (their *.yaml, *.yml and *.json), or - for stdin")
      ->required()
      ->type_name("");
  sub->add_option("-o,--output", arguments->out, "Where the scenario goes; - for stdout")
      ->capture_default_str()
      ->type_name("FILE");
  sub->add_option("--to", arguments->newer,
                  "Newer versions of the files: what differs is rolled out")
      ->type_name("FILE...")
      ->excludes(sub->add_flag("--summary", arguments->summary,
                               "Import each file alone and print a table, no scenario"));
  sub->add_option("--vars-file", arguments->variables,
                  "Values for ((placeholders)) of cf manifests; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  sub->add_flag("--force", arguments->force, "Overwrite a file that is there");
  sub->add_flag("-q,--quiet", arguments->quiet, "No coverage report on stderr");
  sub->footer(
      "Examples:\n"
      "  leapday import kubernetes deploy/ -o shop.yaml\n"
      "  helm template chart | leapday import kubernetes - -o shop.yaml\n"
      "  leapday import kubernetes old/ --to new/ -o upgrade.yaml\n"
      "  leapday import cf manifest.yml -o shop.yaml\n"
      "  leapday import cf manifests/ --summary");
  sub->callback([arguments, &context] { context.exit_code = import_files(*arguments, context); });
}

}  // namespace leapday::cli
