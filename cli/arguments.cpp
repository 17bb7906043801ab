/// \file arguments.cpp
/// Shared options and how they are checked.
#include "arguments.hpp"

#include <CLI/CLI.hpp>
#include <map>

namespace leapday::cli {
namespace {

/// Empty when `text` is "name=value", else what is wrong with it.
std::string check_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return "expected name=value, such as peak=900/s, not \"" + text + "\"";
}

}  // namespace

void LoadArguments::add_to(CLI::App& app) {
  app.add_option("--env", environment, "Apply this one of the file's environments")
      ->type_name("NAME");
  app.add_option("--set", set, "Give a variable of the file another value; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->check(check_assignment);
}

LoadOptions LoadArguments::options() const {
  LoadOptions options{.environment = environment, .set = {}};
  for (const std::string& text : set) {
    const std::size_t equals = text.find('=');
    options.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return options;
}

void RunArguments::add_seed_to(CLI::App& app) {
  app.add_option("--seed", seed, "Use this seed in place of the file's")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{9'000'000'000'000'000}));
}

void RunArguments::add_jobs_to(CLI::App& app) {
  app.add_option("--jobs", jobs, "Runs at once (default: one for each core); never changes results")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  add_when(app, "--progress", progress, "Progress bar on stderr");
}

void RunArguments::add_to(CLI::App& app) {
  add_seed_to(app);
  app.add_option("--reps", reps, "Run this many seeds: seed, seed + 1, ...")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}));
  add_jobs_to(app);
  app.add_flag("--twin", twin, "Also run the un-faulted twin and report the difference");
  add_when(app, "--color", colour, "Colour on stdout (NO_COLOR is respected)");
}

void add_when(CLI::App& app, const std::string& option, When& target, const std::string& help) {
  const std::map<std::string, When> names{
      {"auto", When::automatic}, {"always", When::always}, {"never", When::never}};
  app.add_option(option, target, help + ": auto (on a terminal), always or never")
      ->type_name("WHEN")
      ->transform(CLI::CheckedTransformer(names).description(""));
}

void add_files(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("FILE", files, "Scenario files, or names from `leapday list scenarios`")
      ->required()
      ->type_name("");
}

}  // namespace leapday::cli
