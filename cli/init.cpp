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

struct InitCommandLine {
  std::string file = "scenario.yaml";
  bool force = false;
};

int init(const InitCommandLine& arguments) {
  if (arguments.file == "-") {
    print(starter_scenario());
    return kPass;
  }
  std::error_code error;
  if (!arguments.force && std::filesystem::exists(arguments.file, error)) {
    const bool folder = std::filesystem::is_directory(arguments.file, error);
    print_problems(std::vector<Problem>{
        {.at = {.file = arguments.file},
         .path = {},
         .message = folder ? "is a directory" : "there is a file already",
         .fix = folder ? "name a file in it" : "name another, or overwrite with --force"}});
    return kUsage;
  }
  std::ofstream stream(arguments.file, std::ios::binary | std::ios::trunc);
  stream << starter_scenario();
  stream.close();
  if (!stream) {
    print_problems(std::vector<Problem>{{.at = {.file = arguments.file},
                                         .path = {},
                                         .message = "cannot be written",
                                         .fix = "name a file in a folder that you may write to"}});
    return kInternal;
  }
  print("Wrote " + arguments.file + ". Next: leapday run " + arguments.file + "\n");
  return kPass;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("init", "Write a commented scenario that runs at once");
  auto arguments = std::make_shared<InitCommandLine>();
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
