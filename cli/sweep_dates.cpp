/// \file sweep_dates.cpp
/// `leapday sweep-dates FILE`: the same rehearsal at every dangerous date.
/// Why: nobody plans a release for a leap day; it falls on one, or its roll-back does.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "interrupt.hpp"
#include "leapday/sweep.hpp"
#include "leapday/words.hpp"
#include "library.hpp"
#include "rehearsal.hpp"

namespace leapday::cli {
namespace {

struct SweepCommandLine {
  std::string file;
  std::string from, until;
  std::vector<std::string> dates, zones, placements;
  std::string tzdata = "/usr/share/zoneinfo";
  bool list = false;
  LoadArguments load;
  RunArguments run;
  std::string format = "terminal";
};

/// "a,b" and "a b" name two.
std::vector<std::string> words_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    std::size_t from = 0;
    while (from <= argument.size()) {
      const std::size_t comma = std::min(argument.find(',', from), argument.size());
      if (comma > from) words.push_back(argument.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return words;
}

std::optional<WallTime> date_of(const std::string& option, const std::string& text) {
  const auto date = parse_date(text);
  if (!date) {
    complain(fmt::format("sweep-dates: {} {}: there is no such date", option, printable(text)),
             "write 2028-02-29 or 2028-02-29T12:00:00Z");
  }
  return date;
}

/// From the begin of the scenario's year for five years, which hold every day of a leap cycle.
std::optional<DateOptions> period(const SweepCommandLine& arguments, const Scenario& scenario) {
  DateOptions options;
  const std::string start = date_text(scenario.run.start);
  const std::string year = start.substr(0, start.find('-', 1));
  const auto from = date_of("--from", arguments.from.empty() ? year + "-01-01" : arguments.from);
  if (!from) return std::nullopt;
  const int last = std::stoi(date_text(*from).substr(0, 4)) + 5;
  const auto until =
      date_of("--to", arguments.until.empty() ? fmt::format("{:04}-01-01", std::min(last, 9999))
                                              : arguments.until);
  if (!until) return std::nullopt;
  options.from = *from;
  options.until = *until;
  options.eras = arguments.from.empty() && arguments.until.empty();
  if (*until < *from) {
    complain("sweep-dates: --to lies before --from", "name a later date");
    return std::nullopt;
  }
  if (until->seconds - from->seconds > std::int64_t{401} * 365 * 86'400) {
    complain("sweep-dates: the period is longer than 400 years",
             "the calendar repeats after 400 years: choose less");
    return std::nullopt;
  }
  return options;
}

bool read_zones(const SweepCommandLine& arguments, DateOptions& options) {
  for (const std::string& name : words_of(arguments.zones)) {
    std::ifstream file(arguments.tzdata + "/" + name, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty()) {
      complain(fmt::format("sweep-dates: --zone {}: there is no such file in {}", printable(name),
                           arguments.tzdata),
               "write it as tzdata does, Europe/Berlin, or name another folder with --tzdata");
      return false;
    }
    options.zones.push_back({name, std::move(bytes)});
  }
  return true;
}

/// Everything that is to be tried; nothing after a problem that was reported.
std::optional<std::vector<DangerousDate>> dates_to_try(const SweepCommandLine& arguments,
                                                       const ScenarioFile& file) {
  auto options = period(arguments, file.cells.front());
  if (!options || !read_zones(arguments, *options)) return std::nullopt;
  for (DateZone& zone : zones_of(file.cells.front())) options->zones.push_back(std::move(zone));
  auto found = dangerous_dates(*options);
  if (!found) {
    for (const Problem& problem : found.problems()) {
      complain("sweep-dates: --zone " + problem.path + " " + problem.message, problem.fix);
    }
    return std::nullopt;
  }
  std::vector<DangerousDate> dates = std::move(found).value();
  for (DangerousDate& date : dates_of(file.cells.front())) dates.push_back(std::move(date));
  for (const std::string& text : words_of(arguments.dates)) {
    const auto at = date_of("--dates", text);
    if (!at) return std::nullopt;
    dates.push_back({.at = *at, .kind = DateKind::asked, .what = "asked for", .leap = {}});
  }
  std::stable_sort(dates.begin(), dates.end(),
                   [](const DangerousDate& a, const DangerousDate& b) { return a.at < b.at; });
  return dates;
}

std::string list_text(const std::vector<DangerousDate>& dates) {
  std::vector<std::vector<std::string>> rows{{"DATE", "KIND", "WHAT"}};
  for (const DangerousDate& date : dates) {
    rows.push_back({date_text(date.at), std::string(to_string(date.kind)), printable(date.what)});
  }
  return table(rows);
}

std::string names_of(const SweptDate& date, std::uint64_t seeds) {
  std::vector<std::string> names;
  for (const BrokenExpectation& broken : date.broken) {
    std::string name = broken.cell.empty() ? broken.name : broken.name + " (" + broken.cell + ")";
    if (seeds > 1) name += fmt::format(" ({} of {} seeds)", broken.seeds, seeds);
    names.push_back(std::move(name));
  }
  return listed(names, "and", 4);
}

/// What the run's begin is, where it is not the date itself.
std::string placed_text(const SweptDate& date) {
  if (date.placement == DatePlacement::start) return "start";
  return fmt::format("{}, begins {}", to_string(date.placement), date_text(date.start));
}

std::string broken_text(const DateSweep& sweep) {
  std::vector<std::vector<std::string>> rows{{"DATE", "WHAT", "PLACED", "BREAKS", "BEGINS WITH"}};
  for (const SweptDate& date : sweep.dates) {
    if (date.broken.empty()) continue;
    const BrokenExpectation& first = date.broken.front();
    rows.push_back({date_text(date.date.at), printable(date.date.what), placed_text(date),
                    names_of(date, sweep.seeds),
                    printable(first.cause.empty() ? first.reason : first.cause)});
  }
  return rows.size() > 1 ? "\n" + table(rows) : std::string();
}

std::string cover_text(const DateSweep& sweep) {
  if (sweep.cover.empty()) return {};
  std::string text =
      fmt::format("\n{} date{} that show{} everything that breaks{}:\n", sweep.cover.size(),
                  sweep.cover.size() == 1 ? "" : "s", sweep.cover.size() == 1 ? "s" : "",
                  sweep.smallest ? ", as few as there can be" : "");
  for (const std::size_t index : sweep.cover) {
    const SweptDate& date = sweep.dates[index];
    text += fmt::format(
        "  {} ({}), at the {} of the run\n", date_text(date.date.at), printable(date.date.what),
        date.placement == DatePlacement::plan ? "first step" : to_string(date.placement));
    for (const BrokenExpectation& broken : date.broken) {
      text += fmt::format("    {}: {}\n", printable(broken.name), printable(broken.reason));
    }
  }
  return text;
}

struct Totals {
  std::size_t done = 0, broken = 0, identical = 0;
};
Totals totals_of(const DateSweep& sweep) {
  Totals totals;
  for (const SweptDate& date : sweep.dates) {
    totals.done += date.done ? 1 : 0;
    totals.broken += date.broken.empty() ? 0 : 1;
    totals.identical += date.done && date.identical ? 1 : 0;
  }
  return totals;
}

std::string text_of(const ScenarioFile& file, const DateSweep& sweep, bool colour) {
  const Scenario& scenario = file.cells.front();
  const Totals totals = totals_of(sweep);
  std::string text = fmt::format("{}\nplanned for {}: {}\n", printable(scenario.name),
                                 date_text(scenario.run.start), coloured(sweep.planned, colour));
  text += broken_text(sweep) + cover_text(sweep);
  text += fmt::format(
      "\n{} of {} placements on dangerous dates break it; {} are the same as the "
      "plan to the byte\n",
      totals.broken, totals.done, totals.identical);
  if (!sweep.cancelled && totals.done > 0 && totals.identical == totals.done) {
    text += "note: none of them made a difference: nothing here looks at what they change\n";
  }
  if (totals.done < sweep.dates.size()) {
    text += fmt::format("note: interrupted, {} placements were not tried\n",
                        sweep.dates.size() - totals.done);
  }
  return text;
}

std::string json_of(const ScenarioFile& file, const DateSweep& sweep) {
  using Json = nlohmann::ordered_json;
  Json dates = Json::array(), cover = Json::array();
  for (const SweptDate& date : sweep.dates) {
    Json broken = Json::array();
    for (const BrokenExpectation& one : date.broken) {
      broken.push_back({{"cell", one.cell},
                        {"expectation", one.name},
                        {"seeds", one.seeds},
                        {"reason", one.reason},
                        {"cause", one.cause}});
    }
    dates.push_back({{"date", date_text(date.date.at)},
                     {"kind", to_string(date.date.kind)},
                     {"what", date.date.what},
                     {"placement", to_string(date.placement)},
                     {"start", date_text(date.start)},
                     {"done", date.done},
                     {"identical", date.done && date.identical},
                     {"broken", std::move(broken)}});
  }
  for (const std::size_t index : sweep.cover) cover.push_back(index);
  const Json all{
      {"scenario", file.cells.front().name},
      {"planned",
       {{"start", date_text(file.cells.front().run.start)}, {"verdict", to_string(sweep.planned)}}},
      {"seeds", sweep.seeds},
      {"interrupted", sweep.cancelled},
      {"dates", std::move(dates)},
      {"cover", std::move(cover)},
      {"cover_is_smallest", sweep.smallest}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool read_placements(const SweepCommandLine& arguments, std::vector<DatePlacement>& placements) {
  const std::vector<std::string> words = words_of(arguments.placements);
  if (words.empty()) return true;
  placements.clear();
  for (const std::string& word : words) {
    bool known = false;
    for (const DatePlacement one :
         {DatePlacement::start, DatePlacement::plan, DatePlacement::middle}) {
      if (word != to_string(one)) continue;
      placements.push_back(one);
      known = true;
    }
    if (known) continue;
    complain("sweep-dates: --place " + printable(word) + " is no moment of a run",
             suggestion(word, {"start", "plan", "middle"}));
    return false;
  }
  return true;
}

int sweep_file(const SweepCommandLine& arguments, const Context& context) {
  SweepOptions options;
  if (!read_placements(arguments, options.placements)) return kUsage;
  const auto file = load_file(arguments.file, arguments.load, context);
  if (!file) return kUsage;
  const auto dates = dates_to_try(arguments, *file);
  if (!dates) return kUsage;
  if (arguments.list) {
    print(list_text(*dates));
    return kPass;
  }
  options.jobs = arguments.run.jobs > 0
                     ? arguments.run.jobs
                     : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  options.seed = arguments.run.seed;
  options.reps = arguments.run.reps;
  options.cancel = &interrupted();
  DateSweep sweep;
  {
    ProgressBar bar(stem(file->file), arguments.run.progress);
    options.progress = [&bar](double share) { bar.update(share); };
    sweep = sweep_dates(*file, context.registry, *dates, options);
  }
  print(arguments.format == "json"
            ? json_of(*file, sweep)
            : text_of(*file, sweep, format_options(arguments.run.colour).colour));
  if (sweep.cancelled) return kInterrupted;
  if (totals_of(sweep).broken > 0) return kFail;
  return sweep.planned == Outcome::pass ? kPass : kInconclusive;
}

void add_options(CLI::App& sub, SweepCommandLine& arguments) {
  sub.add_option("FILE", arguments.file, "A scenario file, or a name from the library")
      ->required()
      ->type_name("");
  sub.add_option("--from", arguments.from,
                 "First date (default: the begin of the year that it is planned for)")
      ->type_name("DATE");
  sub.add_option("--to", arguments.until, "Last date (default: five years later)")
      ->type_name("DATE");
  const auto list = [&](const char* name, std::vector<std::string>& target, const char* help,
                        const char* type) {
    sub.add_option(name, target, help)->type_name(type)->expected(1)->take_all();
  };
  list("--dates", arguments.dates, "More dates, with commas between", "DATES");
  list("--zone", arguments.zones, "Time zones whose changes are tried, such as Europe/Berlin",
       "NAMES");
  list("--place", arguments.placements,
       "What falls on the date: start, plan (the first step) or middle; all when absent", "WORDS");
  sub.add_option("--tzdata", arguments.tzdata, "Folder with time zone files")
      ->capture_default_str()
      ->type_name("DIR");
  sub.add_flag("--list", arguments.list, "Print the dates and run nothing");
  arguments.load.add_to(sub);
  arguments.run.add_seed_to(sub);
  sub.add_option("--reps", arguments.run.reps, "Run this many seeds: seed, seed + 1, ...")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000));
  arguments.run.add_jobs_to(sub);
  add_when(sub, "--color", arguments.run.colour, "Colour on stdout (NO_COLOR is respected)");
  sub.add_option("--format", arguments.format, "What to print on stdout: terminal or json")
      ->capture_default_str()
      ->check(one_of({"terminal", "json"}, "format"))
      ->type_name("NAME");
}

}  // namespace

void add_sweep_dates(CLI::App& app, Context& context) {
  CLI::App* sub = app.add_subcommand(
      "sweep-dates", "Rehearse at leap days, leap seconds, year ends: which dates break it");
  auto arguments = std::make_shared<SweepCommandLine>();
  add_options(*sub, *arguments);
  sub->footer(
      "Tried are leap days, days 366, year ends, ISO week 53, leap seconds (of the past, and "
      "those\n"
      "that might come), counters that end (2036, 2038, 2106, GPS), certificates of the scenario,\n"
      "and changes of the zones named. The exit code is 0 when no date breaks what holds as\n"
      "planned, 1 when one does, 3 when it does not hold as planned either.\n\n"
      "Examples:\n"
      "  leapday sweep-dates rolling-release-host-dies\n"
      "  leapday sweep-dates shop.yaml --from 2026-01-01 --to 2030-01-01 --zone Europe/Berlin\n"
      "  leapday sweep-dates shop.yaml --dates 2028-02-29T12:00:00Z --place plan --format json");
  sub->callback([arguments, &context] { context.exit_code = sweep_file(*arguments, context); });
}

}  // namespace leapday::cli
