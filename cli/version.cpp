/// \file version.cpp
/// `leapday version`.
#include "leapday/version.hpp"

#include <CLI/CLI.hpp>

#include "command.hpp"
#include "output.hpp"

namespace leapday::cli {

void add_version(CLI::App& app, Context&) {
  CLI::App* sub = app.add_subcommand("version", "Print the version");
  sub->footer(
      "Example:\n"
      "  leapday version");
  sub->callback([] { print(std::string("leapday ") + kVersion + "\n"); });
}

}  // namespace leapday::cli
