/// \file junit.cpp
/// JUnit XML: one test case per expectation and cell, so that a CI server shows rehearsals as
/// tests. Why: a team looks at its CI server, not at a new tool. Inconclusive is `skipped`, never
/// passed.
#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "leapday/judge.hpp"
#include "leapday/registry.hpp"
#include "reports/formats/summary.hpp"
#include "reports/formats/text.hpp"

namespace leapday {
namespace {

void set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(text::clean(value).c_str());
}

/// What one expectation came to over the seeds of a cell.
struct Case {
  std::string name;
  const ExpectationVerdict* example = nullptr;  ///< Of the first run with the worst outcome.
  const RunSummary* run = nullptr;              ///< That run.
  Outcome outcome = Outcome::pass;
  std::string message;
};

int severity(Outcome outcome) {
  return outcome == Outcome::fail ? 2 : outcome == Outcome::inconclusive ? 1 : 0;
}

std::vector<const RunSummary*> runs_of(const Rehearsal& rehearsal, std::size_t cell) {
  std::vector<const RunSummary*> runs;
  for (const RunSummary& run : rehearsal.runs) {
    if (run.cell == cell) runs.push_back(&run);
  }
  return runs;
}

const ExpectationVerdict* find(const RunSummary& run, std::string_view name) {
  for (const ExpectationVerdict& e : run.verdict.expectations) {
    if (e.name == name) return &e;
  }
  return nullptr;
}

/// Folds an expectation over the cell's seeds as the cell's verdict is folded.
Case fold_case(const Scenario& scenario, const std::vector<const RunSummary*>& runs,
               const std::string& name) {
  Case one;
  one.name = name;
  std::vector<Outcome> outcomes;
  for (const RunSummary* run : runs) {
    const ExpectationVerdict* e = find(*run, name);
    outcomes.push_back(e == nullptr ? Outcome::pass : e->outcome);
    if (e == nullptr) continue;
    if (one.example == nullptr || severity(e->outcome) > severity(one.example->outcome)) {
      one.example = e;
      one.run = run;
    }
  }
  if (runs.size() == 1) {
    one.outcome = outcomes[0];
    one.message = one.example == nullptr ? "" : one.example->reason;
    return one;
  }
  const CellVerdict folded = fold(scenario, outcomes);
  one.outcome = folded.outcome;
  one.message = folded.reason;
  if (one.example != nullptr && one.example->outcome != Outcome::pass) {
    one.message += fmt::format("; seed {}: {}", one.run->seed, one.example->reason);
  }
  return one;
}

/// Every name that any run judged, conservation included, in the order of the scenario.
std::vector<std::string> names_of(const std::vector<const RunSummary*>& runs) {
  std::vector<std::string> names;
  for (const RunSummary* run : runs) {
    for (const ExpectationVerdict& e : run->verdict.expectations) {
      if (std::find(names.begin(), names.end(), e.name) == names.end()) names.push_back(e.name);
    }
  }
  return names;
}

std::string details(const Rehearsal& rehearsal, const Case& one) {
  const ExpectationVerdict& e = *one.example;
  const Record& record = rehearsal.record;
  std::string out = e.text + "\n" + e.reason + "\n";
  const auto value = [&](const std::optional<double>& v) {
    return v ? text::quantity(*v, e.unit) : std::string("-");
  };
  const std::optional<double> worst = e.worst ? std::optional(e.worst->value) : std::nullopt;
  out +=
      fmt::format("worst {}, bound {}, margin {}\n", value(worst), value(e.bound), value(e.margin));
  if (e.first_violation) {
    out += fmt::format("first violation at {} ({})\n", text::instant(e.first_violation->from),
                       text::wall(record.start, e.first_violation->from));
  }
  // Events are kept of the run that is shown in full.
  const bool shown = one.run == &rehearsal.runs[rehearsal.shown];
  for (const EventId id : shown ? e.chain : std::vector<EventId>{}) {
    const RecordedEvent& event = record.events[id.index];
    out += fmt::format("{} {} {} {}\n", text::instant(event.at), event.kind, event.subject,
                       event.detail);
  }
  return out;
}

/// XML has no place for control characters but these.
std::string for_xml(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    out += text::clean(lines.substr(0, end)) + "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

void write_case(pugi::xml_node suite, const Rehearsal& rehearsal, const std::string& class_name,
                const Case& one) {
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "name", one.name);
  set(node, "classname", class_name);
  set(node, "time", "0");
  if (one.example != nullptr && one.example->at.line > 0) {
    set(node, "file", one.example->at.file);
    set(node, "line", std::to_string(one.example->at.line));
  }
  if (one.outcome == Outcome::pass) return;
  pugi::xml_node result = node.append_child(one.outcome == Outcome::fail ? "failure" : "skipped");
  set(result, "message", one.message);
  if (one.outcome == Outcome::fail) set(result, "type", "expectation");
  const std::string body = one.example == nullptr ? one.message : details(rehearsal, one);
  result.text().set(for_xml(body).c_str());
}

void add_property(pugi::xml_node properties, const char* name, std::string_view value) {
  pugi::xml_node property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

struct Totals {
  std::size_t tests = 0, failures = 0, skipped = 0;
};

void set_totals(pugi::xml_node node, const Totals& totals) {
  set(node, "tests", std::to_string(totals.tests));
  set(node, "failures", std::to_string(totals.failures));
  set(node, "errors", "0");
  set(node, "skipped", std::to_string(totals.skipped));
}

/// The expectations of a cell, and its verdict where those alone do not explain it.
std::vector<Case> cases_of(const Rehearsal& rehearsal, std::size_t cell) {
  const std::vector<const RunSummary*> runs = runs_of(rehearsal, cell);
  std::vector<Case> cases;
  int worst = 0;
  for (const std::string& name : names_of(runs)) {
    cases.push_back(fold_case(rehearsal.file->cells[cell], runs, name));
    worst = std::max(worst, severity(cases.back().outcome));
  }
  const CellVerdict& verdict = rehearsal.cells[cell];
  if (runs.size() > 1 || cases.empty() || severity(verdict.outcome) != worst) {
    Case whole;
    whole.name = "verdict";
    whole.outcome = verdict.outcome;
    whole.message = runs.size() == 1 ? runs[0]->verdict.reason : verdict.reason;
    const auto same = std::find_if(runs.begin(), runs.end(), [&](const RunSummary* run) {
      return run->verdict.outcome == verdict.outcome;
    });
    // What made a single run so is in no expectation when a fault touched nothing.
    if (runs.size() > 1 && verdict.outcome != Outcome::pass && same != runs.end()) {
      whole.message += fmt::format("; seed {}: {}", (*same)->seed, (*same)->verdict.reason);
    }
    cases.push_back(std::move(whole));
  }
  return cases;
}

Totals write_suite(pugi::xml_node root, const Rehearsal& rehearsal, std::size_t cell) {
  const Scenario& scenario = rehearsal.file->cells[cell];
  const std::string name =
      scenario.name + (scenario.cell.empty() ? std::string() : " (" + scenario.cell + ")");
  pugi::xml_node suite = root.append_child("testsuite");
  set(suite, "name", name);
  const std::vector<Case> cases = cases_of(rehearsal, cell);
  Totals totals;
  for (const Case& one : cases) {
    ++totals.tests;
    totals.failures += one.outcome == Outcome::fail ? 1 : 0;
    totals.skipped += one.outcome == Outcome::inconclusive ? 1 : 0;
  }
  set_totals(suite, totals);
  set(suite, "time",
      fmt::format("{}", std::chrono::duration<double>(scenario.run.duration).count()));
  set(suite, "timestamp", text::wall(scenario.run.start).substr(0, 19));
  pugi::xml_node properties = suite.append_child("properties");
  add_property(properties, "verdict", to_string(rehearsal.cells[cell].outcome));
  add_property(properties, "scenario.digest", scenario.digest);
  add_property(properties, "platform", scenario.platform.name);
  for (const RunSummary* run : runs_of(rehearsal, cell)) {
    add_property(properties, ("trace_hash.seed_" + std::to_string(run->seed)).c_str(),
                 summary::hash_text(run->trace_hash));
  }
  // Of the run that is shown in full, the only one whose record is kept.
  if (cell == rehearsal.runs[rehearsal.shown].cell && !rehearsal.record.cut_short.empty()) {
    const Record& record = rehearsal.record;
    add_property(properties, "cut_short",
                 fmt::format("seed {} at {}: {}", record.seed, text::instant(record.ended),
                             record.cut_short));
  }
  for (const Case& one : cases) write_case(suite, rehearsal, name, one);
  return totals;
}

class Junit final : public Format {
 public:
  std::string_view file_name() const override { return "junit.xml"; }
  std::string write(const Rehearsal& rehearsal, const FormatOptions&) const override {
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node root = document.append_child("testsuites");
    set(root, "name", "leapday");
    Totals all;
    for (std::size_t cell = 0; cell < rehearsal.cells.size(); ++cell) {
      if (runs_of(rehearsal, cell).empty()) continue;  // cancelled before
      const Totals totals = write_suite(root, rehearsal, cell);
      all.tests += totals.tests;
      all.failures += totals.failures;
      all.skipped += totals.skipped;
    }
    set_totals(root, all);
    std::ostringstream out;
    document.save(out, "  ");
    return out.str();
  }
};

}  // namespace

std::unique_ptr<Format> make_junit_format() { return std::make_unique<Junit>(); }

}  // namespace leapday
