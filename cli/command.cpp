/// \file command.cpp
/// Puts the subcommands together and maps every way to end to an exit code.
#include "command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <sstream>

#include "interrupt.hpp"
#include "leapday/version.hpp"
#include "output.hpp"

namespace leapday::cli {
namespace {

constexpr const char* kAbout =
    "Rehearse a platform's worst day before it happens: simulate a deployment from a scenario "
    "file and say whether it held.";
constexpr const char* kFooter =
    "Exit codes: 0 pass, 1 fail, 2 usage or scenario wrong, 3 inconclusive, 4 internal or I/O\n"
    "error or replay mismatch, 130 interrupted. Of several files the worst.\n"
    "\n"
    "Example:\n"
    "  leapday init shop.yaml && leapday run shop.yaml";

/// CLI11's own codes (105, 106, ...) mean nothing to a user: help is success, the rest is usage.
int report_parse(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = app.exit(error, out, err);
  print(out.str());
  print_error(err.str());
  return code == 0 ? kPass : kUsage;
}

}  // namespace

int exit_code(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return kPass;
    case Outcome::fail:
      return kFail;
    case Outcome::inconclusive:
      return kInconclusive;
  }
  return kInternal;
}

int worse(int a, int b) {
  constexpr std::array kOrder{kPass, kInconclusive, kFail, kUsage, kInternal, kInterrupted};
  const auto rank = [&](int code) { return std::find(kOrder.begin(), kOrder.end(), code); };
  return rank(a) < rank(b) ? b : a;
}

int run_command(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error to handle, not a death
  catch_interrupts();
  try {
    CLI::App app{kAbout, "leapday"};
    Context context;
    context.root = &app;
    app.set_version_flag("--version", std::string("leapday ") + kVersion);
    app.footer(kFooter);
    app.require_subcommand(1);
#define SUBCOMMAND(name) add_##name(app, context);
#include "subcommands.inc"
#undef SUBCOMMAND
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return report_parse(app, error);
    }
    return context.exit_code;
  } catch (const std::exception& error) {
    print_error(std::string("leapday: ") + error.what() + "\n");
    return kInternal;
  }
}

}  // namespace leapday::cli
