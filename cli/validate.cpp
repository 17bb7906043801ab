/// \file validate.cpp
/// `leapday validate FILE...`: every problem of every file, without running anything.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct ValidateCommandLine {
  std::vector<std::string> files;
  LoadArguments load;
  bool quiet = false;
};

int validate_all(const ValidateCommandLine& arguments, const Context& context) {
  int code = kPass;
  for (const std::string& file : arguments.files) {
    const auto loaded = load_file(file, arguments.load, context);
    if (!loaded) {
      code = kUsage;
      continue;
    }
    if (arguments.quiet) continue;
    const std::size_t runs = loaded->cells.size() * loaded->seeds.size();
    print(fmt::format("{}: valid ({} run{}, {} expectation{})\n", resolve_scenario(file), runs,
                      runs == 1 ? "" : "s", loaded->cells.front().expectations.size(),
                      loaded->cells.front().expectations.size() == 1 ? "" : "s"));
    if (loaded->cells.front().expectations.empty()) {
      print("  note: without expectations the verdict of a run is inconclusive: add expect\n");
    }
    for (const std::string& warning : loaded->cells.front().warnings) {
      print("  note: " + warning + "\n");
    }
  }
  return code;
}

}  // namespace

void add_validate(CLI::App& app, Context& context) {
  CLI::App* validate =
      app.add_subcommand("validate", "Check scenario files and list every problem with its fix");
  auto arguments = std::make_shared<ValidateCommandLine>();
  add_files(*validate, arguments->files);
  arguments->load.add_to(*validate);
  validate->add_flag("-q,--quiet", arguments->quiet, "Print problems only");
  validate->footer(
      "Example:\n"
      "  leapday validate shop.yaml --env staging");
  validate->callback(
      [arguments, &context] { context.exit_code = validate_all(*arguments, context); });
}

}  // namespace leapday::cli
