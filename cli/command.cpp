/// \file command.cpp
/// Puts the subcommands together and maps every way to end to an exit code.
#include "command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <sstream>

#include "arguments.hpp"
#include "interrupt.hpp"
#include "leapday/version.hpp"
#include "leapday/words.hpp"
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

/// What the user can mean by a word that is no subcommand.
std::string fix_for_word(const CLI::App& app, const std::string& word) {
  if (word.ends_with(".yaml") || word.ends_with(".yml") || word.ends_with(".json")) {
    return "did you mean `leapday run " + word + "`?";
  }
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return suggestion(word, names);
}

/// The option that was meant by one that does not exist.
std::string fix_for_option(const CLI::App& app, const std::string& help, std::string option) {
  option = option.substr(0, option.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* known : app.get_options()) {
    for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::string near = nearest(option, names);
  return near.empty() ? help : "did you mean " + near + "?";
}

/// One line that says what is wrong with the arguments and one that says how to mend it.
void report_usage(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& sub = chosen.empty() ? app : *chosen.front();
  const std::string command = chosen.empty() ? "leapday" : "leapday " + sub.get_name();
  const std::string prefix = chosen.empty() ? "" : sub.get_name() + ": ";
  const std::string help = "see `" + command + " --help`";
  for (const std::string& word : sub.remaining()) {
    if (word.starts_with('-')) {
      return complain(prefix + "there is no option " + word, fix_for_option(sub, help, word));
    }
    if (chosen.empty()) {
      return complain("there is no subcommand \"" + word + "\"", fix_for_word(app, word));
    }
  }
  if (chosen.empty()) {
    return complain("no subcommand was named",
                    "see `leapday --help`, or begin with `leapday init`");
  }
  if (const auto words = sub.remaining(); !words.empty()) {
    return complain(prefix + "\"" + words.front() + "\" is one argument too many", help);
  }
  const std::string what = error.what();
  const std::size_t fix = what.find(kFix);
  if (fix == what.npos) return complain(prefix + what, help);
  complain(prefix + what.substr(0, fix), what.substr(fix + kFix.size()));
}

/// CLI11's own codes (105, 106, ...) mean nothing to a user: help is success, the rest is usage.
int report_parse(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream out;
  std::ostringstream err;
  if (app.exit(error, out, err) == 0) {
    print(out.str());
    return kPass;
  }
  report_usage(app, error);
  return kUsage;
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
    print_error("leapday: " + printable(error.what()) + "\n");
    return kInternal;
  }
}

}  // namespace leapday::cli
