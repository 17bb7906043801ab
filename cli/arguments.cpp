/// \file arguments.cpp
/// Shared options and how they are checked.
#include "arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>

#include "leapday/words.hpp"

namespace leapday::cli {
namespace {

/// Empty when `text` is "name=value", else what is wrong with it.
std::string check_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return "\"" + text + "\" gives no variable a value" + std::string(kFix) +
         "write name=value, such as peak=900/s";
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
  LoadOptions options{.environment = environment, .set = {}, .platform = platform};
  for (const std::string& text : set) {
    const std::size_t equals = text.find('=');
    options.set.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return options;
}

void RunArguments::add_seed_to(CLI::App& app) {
  app.add_option("--seed", seed, "Use this seed in place of the file's")
      ->type_name("N")
      ->check(whole_number(0, 9'000'000'000'000'000));
}

void RunArguments::add_jobs_to(CLI::App& app) {
  app.add_option("--jobs", jobs, "Runs at once (default: one for each core); never changes results")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  add_when(app, "--progress", progress, "Progress bar on stderr");
}

void RunArguments::add_to(CLI::App& app) {
  add_seed_to(app);
  app.add_option("--reps", reps, "Run this many seeds: seed, seed + 1, ...")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  add_jobs_to(app);
  app.add_flag("--twin", twin, "Also run the un-faulted twin and report the difference");
  add_when(app, "--color", colour, "Colour on stdout (NO_COLOR is respected)");
}

void add_when(CLI::App& app, const std::string& option, When& target, const std::string& help) {
  const std::map<std::string, When> names{
      {"auto", When::automatic}, {"always", When::always}, {"never", When::never}};
  std::vector<std::string> words;
  for (const auto& [word, when] : names) words.push_back(word);
  app.add_option_function<std::string>(
         option, [&target, names](const std::string& word) { target = names.at(word); },
         help + ": auto (on a terminal), always or never")
      ->type_name("WHEN")
      ->check(one_of(words, "value of " + option));
}

std::function<std::string(const std::string&)> one_of(std::vector<std::string> names,
                                                      std::string what) {
  return [names = std::move(names), what = std::move(what)](const std::string& word) {
    if (std::find(names.begin(), names.end(), word) != names.end()) return std::string();
    return "\"" + word + "\" is no " + what + std::string(kFix) + suggestion(word, names);
  };
}

std::function<std::string(const std::string&)> whole_number(std::uint64_t low, std::uint64_t high) {
  return [low, high](const std::string& word) {
    std::uint64_t value = 0;
    const char* last = word.data() + word.size();
    const auto [end, error] = std::from_chars(word.data(), last, value);
    if (error == std::errc() && end == last && value >= low && value <= high) return std::string();
    return "\"" + word + "\" is no whole number from " + std::to_string(low) + " to " +
           std::to_string(high) + std::string(kFix) + "give one, such as " +
           std::to_string(low + 7);
  };
}

void add_out(CLI::App& app, std::string& out, const std::string& help) {
  app.add_option("--out", out, help)
      ->check([](const std::string& folder) {
        return folder.empty() ? "\"\" names no folder" + std::string(kFix) +
                                    "name one, such as --out build/run"
                              : std::string();
      })
      ->type_name("DIR");
}

void add_files(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("FILE", files, "Scenario files, or names from `leapday list scenarios`")
      ->required()
      ->type_name("");
}

}  // namespace leapday::cli
