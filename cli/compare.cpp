/// \file compare.cpp
/// `leapday compare FILE --platform ...`: the same rehearsal on several platforms, as one table.
/// Why: "would it have held on the other one" is asked before every migration.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "leapday/words.hpp"
#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct CompareCommandLine {
  std::vector<std::string> files;
  std::vector<std::string> platforms;
  LoadArguments load;
  RunArguments run;
  std::string format = "terminal";
};

/// One platform's answer to one file: the means of its runs, and the worst of their peaks.
struct Row {
  std::string platform;
  Outcome outcome = Outcome::inconclusive;
  std::size_t runs = 0, recovered = 0, disturbed = 0;
  double requests = 0, failed = 0, instance_hours = 0;
  std::optional<double> cost;
  Duration recovery{};  ///< The longest of those that recovered.
  std::int64_t peak_instances = 0;
};

Row row_of(const std::string& platform, const Rehearsal& rehearsal) {
  Row row{.platform = platform, .outcome = rehearsal.outcome, .runs = rehearsal.runs.size()};
  const double share = row.runs == 0 ? 0 : 1.0 / static_cast<double>(row.runs);
  for (const RunSummary& run : rehearsal.runs) {
    const Figures& figures = run.figures;
    row.requests += share * static_cast<double>(figures.requests);
    row.failed += share * static_cast<double>(figures.failed);
    row.instance_hours += share * figures.instance_hours;
    row.peak_instances = std::max(row.peak_instances, figures.peak_instances);
    if (figures.cost) row.cost = row.cost.value_or(0) + share * *figures.cost;
    row.disturbed += figures.disturbed ? 1 : 0;
    if (!figures.recovery) continue;
    ++row.recovered;
    row.recovery = std::max(row.recovery, *figures.recovery);
  }
  return row;
}

std::string recovery_text(const Row& row) {
  if (row.disturbed == 0) return "nothing happened";
  if (row.recovered < row.disturbed) {
    return row.runs == 1 ? "not recovered"
                         : fmt::format("not in {} of {}", row.disturbed - row.recovered, row.runs);
  }
  return row.recovery == Duration{0} ? "no outage" : duration_text(row.recovery);
}

std::string errors_text(const Row& row) {
  const double percent = row.requests > 0 ? 100 * row.failed / row.requests : 0;
  return fmt::format("{:.0f} ({:.3g} %)", row.failed, percent);
}

/// Rolls are stated in the words of one platform and kept on all: without them each would roll as
/// it does by default.
std::vector<std::string> notes_of(const ScenarioFile& file) {
  std::vector<std::string> notes;
  for (const auto& deployment : file.cells.front().deployments) {
    const Deployment& d = deployment.value;
    std::vector<std::string> keys;
    if (d.max_in_flight) keys.emplace_back("max_in_flight");
    if (d.max_surge) keys.emplace_back("max_surge");
    if (d.max_unavailable) keys.emplace_back("max_unavailable");
    if (keys.empty()) continue;
    notes.push_back(
        fmt::format("deployments.{} states {}, which holds on every platform here; "
                    "leave it out to compare how each rolls by default",
                    deployment.name, listed(keys, "and")));
  }
  return notes;
}

std::string text_of(const ScenarioFile& file, const std::vector<Row>& rows, bool colour) {
  const bool priced =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.cost.has_value(); });
  std::vector<std::vector<std::string>> cells{{"PLATFORM", "VERDICT", "ERRORS SEEN",
                                               "RECOVERED AFTER", "PEAK INSTANCES",
                                               "INSTANCE-HOURS"}};
  const std::string& currency = file.cells.front().topology.currency;
  if (priced) cells.front().push_back(currency.empty() ? "COST" : "COST, " + currency);
  for (const Row& row : rows) {
    cells.push_back({row.platform, coloured(row.outcome, colour), errors_text(row),
                     recovery_text(row), fmt::format("{}", row.peak_instances),
                     fmt::format("{:.2f}", row.instance_hours)});
    if (priced) cells.back().push_back(fmt::format("{:.2f}", row.cost.value_or(0)));
  }
  std::string text = fmt::format("{}\n{}", file.cells.front().name, table(cells));
  for (const std::string& note : notes_of(file)) text += "note: " + note + "\n";
  return text;
}

std::string json_of(const ScenarioFile& file, const std::vector<Row>& rows) {
  nlohmann::ordered_json platforms = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    const bool recovered = row.disturbed > 0 && row.recovered == row.disturbed;
    nlohmann::ordered_json one{{"platform", row.platform},
                               {"verdict", to_string(row.outcome)},
                               {"runs", row.runs},
                               {"requests", row.requests},
                               {"failed", row.failed},
                               {"recovery_seconds", nullptr},
                               {"peak_instances", row.peak_instances},
                               {"instance_hours", row.instance_hours},
                               {"cost", nullptr}};
    if (recovered) one["recovery_seconds"] = std::chrono::duration<double>(row.recovery).count();
    if (row.cost) one["cost"] = *row.cost;
    platforms.push_back(std::move(one));
  }
  const nlohmann::ordered_json all{{"scenario", file.cells.front().name},
                                   {"platforms", std::move(platforms)},
                                   {"notes", notes_of(file)}};
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int compare_file(const std::string& path, const CompareCommandLine& arguments,
                 const Context& context) {
  std::vector<Row> rows;
  std::optional<ScenarioFile> shown;
  int code = kPass;
  for (const std::string& platform : arguments.platforms) {
    LoadArguments load = arguments.load;
    load.platform = platform;
    auto loaded = load_file(path, load, context);
    if (!loaded) return kUsage;
    if (!shown) shown = *loaded;
    const Attempt attempt = rehearse_file(std::move(*loaded), arguments.run, context);
    if (!attempt.rehearsal) return attempt.exit_code;
    rows.push_back(row_of(platform, *attempt.rehearsal));
  }
  if (!shown) return code;
  print(arguments.format == "json"
            ? json_of(*shown, rows)
            : text_of(*shown, rows, format_options(arguments.run.colour).colour));
  return code;
}

/// "a,b" and "a b" name two.
std::vector<std::string> split(const std::vector<std::string>& words) {
  std::vector<std::string> names;
  for (const std::string& word : words) {
    std::size_t from = 0;
    while (from <= word.size()) {
      const std::size_t comma = std::min(word.find(',', from), word.size());
      if (comma > from) names.push_back(word.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return names;
}

int compare_all(CompareCommandLine arguments, const Context& context) {
  const std::vector<std::string> known = profile_names();
  arguments.platforms = split(arguments.platforms);
  if (arguments.platforms.empty()) arguments.platforms = known;
  for (const std::string& name : arguments.platforms) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    complain("compare: no platform profile is named " + name, "use " + listed(known, "or"));
    return kUsage;
  }
  int code = kPass;
  for (std::size_t i = 0; i < arguments.files.size(); ++i) {
    if (i > 0 && arguments.format == "terminal") print("\n");
    code = worse(code, compare_file(arguments.files[i], arguments, context));
    if (code == kInterrupted) break;
  }
  return code;
}

}  // namespace

void add_compare(CLI::App& app, Context& context) {
  CLI::App* sub =
      app.add_subcommand("compare", "Rehearse the same scenario on several platforms: one table");
  auto arguments = std::make_shared<CompareCommandLine>();
  add_files(*sub, arguments->files);
  sub->add_option("--platform", arguments->platforms,
                  "Platforms to compare, with commas between; all when absent")
      ->type_name("NAMES")
      ->expected(1)
      ->take_all();
  arguments->load.add_to(*sub);
  arguments->run.add_to(*sub);
  sub->add_option("--format", arguments->format, "What to print on stdout: terminal or json")
      ->capture_default_str()
      ->check(one_of({"terminal", "json"}, "format"))
      ->type_name("NAME");
  sub->footer(
      "What the file sets under platform.set and platform.algorithms belongs to the platform that\n"
      "it names, and is left out on the others. Several seeds: errors and instance-hours are "
      "means,\n"
      "recovery and peak the worst. The exit code is 0 when everything ran, whatever the "
      "verdicts.\n\n"
      "Examples:\n"
      "  leapday compare rolling-release-host-dies\n"
      "  leapday compare shop.yaml --platform cf-diego,kubernetes --reps 20");
  sub->callback([arguments, &context] { context.exit_code = compare_all(*arguments, context); });
}

}  // namespace leapday::cli
