/// \file plan.cpp
/// `leapday plan FILE`: what a run would do, without running it.
/// Why: before a rehearsal is trusted, people ask what it hits, when, and what it takes for
/// granted.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "leapday/run.hpp"
#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct PlanCommandLine {
  std::string file;
  LoadArguments load;
  RunArguments run;
  std::size_t cell = 1;
};

/// "a, b, c and 4 more": targets of a zone can be many.
std::string shortened(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

std::string steps_text(const Plan& planned) {
  std::vector<std::vector<std::string>> rows{{"AT", "WHAT", "NAME", "TARGETS", "BLAST RADIUS"}};
  for (const PlannedStep& step : planned.steps) {
    rows.push_back({step.certain ? duration_text(step.at.time_since_epoch()) : step.when, step.what,
                    step.name, shortened(step.targets), shortened(step.blast_radius)});
  }
  return rows.size() > 1 ? "\nWhat happens\n" + table(rows) : std::string();
}

std::string placements_text(const Plan& planned) {
  constexpr std::size_t kShown = 20;
  std::map<std::string, std::vector<std::string>> by_host;
  std::vector<std::string> hosts;  // in the order in which they got their first instance
  for (const auto& [instance, host] : planned.placements) {
    std::vector<std::string>& instances = by_host[host];
    if (instances.empty()) hosts.push_back(host);
    instances.push_back(instance);
  }
  if (hosts.empty()) return {};
  std::vector<std::vector<std::string>> rows{{"HOST", "INSTANCES AT T=0"}};
  for (const std::string& host : hosts) {
    if (rows.size() <= kShown) rows.push_back({host, shortened(by_host[host])});
  }
  std::string text = "\nPlacement\n" + table(rows);
  if (hosts.size() > kShown) text += fmt::format("and {} more hosts\n", hosts.size() - kShown);
  return text;
}

std::string expectations_text(const Scenario& scenario) {
  std::vector<std::vector<std::string>> rows{{"EXPECTATION", "WHAT MUST HOLD"}};
  for (const auto& entry : scenario.expectations) rows.push_back({entry.name, entry.value.text});
  if (rows.size() > 1) return "\nExpectations\n" + table(rows);
  return "\nNo expectations: the verdict will be inconclusive.\n";
}

/// What nobody stated: assumed values one by one, defaults as a count.
std::string assumptions_text(const Scenario& scenario) {
  std::vector<std::vector<std::string>> rows{{"ASSUMED", "VALUE", "WHERE"}};
  std::size_t defaulted = 0;
  for (const Provenance& value : scenario.provenance) {
    if (value.origin == Origin::defaulted) ++defaulted;
    if (value.origin != Origin::assumed) continue;
    rows.push_back({value.path, value.value, fmt::format("{}:{}", value.at.file, value.at.line)});
  }
  std::string text = rows.size() > 1 ? "\nAssumptions\n" + table(rows) : std::string();
  if (defaulted > 0) text += fmt::format("\n{} values are defaults.\n", defaulted);
  for (const std::string& warning : scenario.warnings) text += "note: " + warning + "\n";
  return text;
}

int print_plan(const PlanCommandLine& arguments, const Context& context) {
  const auto file = load_file(arguments.file, arguments.load, context);
  if (!file) return kUsage;
  if (arguments.cell < 1 || arguments.cell > file->cells.size()) {
    const std::size_t cells = file->cells.size();
    complain(fmt::format("plan: --cell {}: the matrix has {} cell{}", arguments.cell, cells,
                         cells == 1 ? "" : "s"),
             cells == 1 ? "leave --cell out" : fmt::format("use --cell 1 to --cell {}", cells));
    return kUsage;
  }
  const Scenario& scenario = file->cells[arguments.cell - 1];
  const std::uint64_t seed = arguments.run.seed.value_or(file->seeds.front());
  std::string text = fmt::format("{}\n{} after {} of warm-up, platform {}, seed {}\n",
                                 scenario.name, duration_text(scenario.run.duration),
                                 duration_text(scenario.run.warmup), scenario.platform.name, seed);
  if (file->cells.size() > 1) {
    text += fmt::format("Cell {} of {}: {}\n", arguments.cell, file->cells.size(), scenario.cell);
  }
  const Plan planned =
      leapday::plan(scenario, context.registry, {.seed = seed, .without_faults = false});
  print(text + steps_text(planned) + placements_text(planned) + expectations_text(scenario) +
        assumptions_text(scenario));
  return kPass;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand(
      "plan", "Show times, targets, blast radius and assumptions without running");
  auto arguments = std::make_shared<PlanCommandLine>();
  sub->add_option("FILE", arguments->file, "A scenario file, or a name from the library")
      ->required()
      ->type_name("");
  arguments->load.add_to(*sub);
  arguments->run.add_seed_to(*sub);
  sub->add_option("--cell", arguments->cell, "Which cell of the matrix, from 1")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000))
      ->type_name("N");
  sub->footer(
      "Example:\n"
      "  leapday plan shop.yaml --seed 7");
  sub->callback([arguments, &context] { context.exit_code = print_plan(*arguments, context); });
}

}  // namespace leapday::cli
