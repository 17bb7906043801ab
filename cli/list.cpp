/// \file list.cpp
/// `leapday list [WHAT]`: everything there is to use in a scenario, from the registry.
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "arguments.hpp"
#include "command.hpp"
#include "leapday/load.hpp"
#include "leapday/words.hpp"
#include "library.hpp"
#include "output.hpp"

namespace leapday::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

template <class Catalogue>
void add_items(Rows& rows, const Catalogue& catalogue) {
  for (const auto& item : catalogue.items()) rows.push_back({item.name, item.help});
}

Rows faults(const Registry& registry) {
  Rows rows;
  add_items(rows, registry.faults);
  return rows;
}

Rows policies(const Registry& registry) {
  Rows rows;
  for (const auto& item : registry.routing.items()) {
    rows.push_back({item.name, "routing", item.help});
  }
  for (const auto& item : registry.placement.items()) {
    rows.push_back({item.name, "placement", item.help});
  }
  for (const auto& item : registry.restart.items()) {
    rows.push_back({item.name, "restart", item.help});
  }
  for (const auto& item : registry.scaling.items()) {
    rows.push_back({item.name, "scaling", item.help});
  }
  return rows;
}

Rows checks(const Registry& registry) {
  Rows rows;
  for (const auto& metric : registry.metrics()) {
    const std::string name(metric->name());
    const std::string written = name == "p" ? "p50, p99, p99.9" : name;
    rows.push_back({written, std::string(metric->help()), "of " + std::string(metric->subjects())});
  }
  return rows;
}

Rows formats(const Registry& registry) {
  Rows rows;
  for (const auto& item : registry.formats.items()) {
    rows.push_back({item.name, std::string(item.make()->file_name()), item.help});
  }
  return rows;
}

Rows profiles(const Registry&) {
  Rows rows;
  for (const std::string& name : profile_names()) {
    const auto profile = load_profile(name);
    rows.push_back({name, profile ? profile->title : "cannot be read"});
  }
  return rows;
}

Rows scenarios(const Registry& registry) {
  Rows rows;
  for (const LibraryScenario& scenario : library_scenarios()) {
    const auto loaded = load(scenario.file, registry);
    const std::string title = loaded ? loaded->cells.front().name : "has problems";
    rows.push_back({scenario.name, title, scenario.file});
  }
  return rows;
}

struct Section {
  const char* name;
  const char* title;
  Rows (*rows)(const Registry&);
};
constexpr Section kSections[] = {
    {"faults", "Fault kinds (faults.*.kind)", faults},
    {"policies", "Policies", policies},
    {"checks", "Checks: metrics for expectations, triggers and gates", checks},
    {"profiles", "Platform profiles (platform.profile)", profiles},
    {"scenarios", "Scenarios of the library", scenarios},
    {"formats", "Output formats (run --format)", formats},
};

void list(const std::string& what, const Registry& registry) {
  std::string text;
  for (const Section& section : kSections) {
    if (!what.empty() && what != section.name) continue;
    if (what.empty()) text += (text.empty() ? "" : "\n") + std::string(section.title) + "\n";
    Rows rows = section.rows(registry);
    if (what.empty()) {
      for (auto& row : rows) row.front().insert(0, "  ");
    }
    text += table(rows);
  }
  print(text);
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand("list", "List what a scenario can use");
  auto what = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Section& section : kSections) names.emplace_back(section.name);
  sub->add_option("WHAT", *what, "One of " + listed(names, "or") + "; everything when left out")
      ->type_name("")
      ->check(one_of(names, "kind of thing"));
  sub->footer(
      "Example:\n"
      "  leapday list faults");
  sub->callback([what, &context] { list(*what, context.registry); });
}

}  // namespace leapday::cli
