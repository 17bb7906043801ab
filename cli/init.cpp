/// \file init.cpp
/// `leapday init [FILE]`: a commented scenario that runs at once.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "command.hpp"
#include "leapday/load.hpp"
#include "output.hpp"

namespace leapday::cli {
namespace {

struct Arguments {
  std::string file = "scenario.yaml";
  bool force = false;
};

int init(const Arguments& arguments) {
  if (arguments.file == "-") {
    print(starter_scenario());
    return kPass;
  }
  std::error_code error;
  if (!arguments.force && std::filesystem::exists(arguments.file, error)) {
    print_error(
        arguments.file +
        ": error: there is a file already\n  fix: name another, or overwrite with --force\n");
    return kUsage;
  }
  std::ofstream stream(arguments.file, std::ios::binary | std::ios::trunc);
  stream << starter_scenario();
  stream.close();
  if (!stream) {
    print_error(arguments.file + ": error: cannot be written\n");
    return kInternal;
  }
  print("Wrote " + arguments.file + ". Next: leapday run " + arguments.file + "\n");
  return kPass;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("init", "Write a commented scenario that runs at once");
  auto arguments = std::make_shared<Arguments>();
  sub->add_option("FILE", arguments->file, "Where to; - for stdout")
      ->capture_default_str()
      ->type_name("");
  sub->add_flag("--force", arguments->force, "Overwrite a file that is there");
  sub->footer(
      "Example:\n"
      "  leapday init shop.yaml");
  sub->callback([arguments, &context] { context.exit_code = init(*arguments); });
}

}  // namespace leapday::cli
