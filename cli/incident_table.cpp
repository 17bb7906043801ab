/// \file incident_table.cpp
/// Lines of the table, and what they add up to. Why: see incident_table.hpp.
#include "incident_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "leapday/dates.hpp"
#include "leapday/words.hpp"
#include "library.hpp"
#include "output.hpp"

namespace leapday::cli {

bool IncidentTable::add(const std::string& file, const Rehearsal& rehearsal) {
  const auto& incident = rehearsal.scenario().incident;
  if (!incident) return false;
  Entry entry{.date = incident->date,
              .name = stem(file),
              .instead = printable(incident->instead),
              .lines = {}};
  for (const ExpectationVerdict& verdict : rehearsal.verdict().expectations) {
    const std::string* published = incident->published.find(verdict.name);
    if (published == nullptr) continue;
    entry.lines.push_back({.expectation = printable(verdict.name),
                           .published = printable(*published),
                           .simulated = printable(verdict.reason),
                           .outcome = verdict.outcome});
  }
  entries_.push_back(std::move(entry));
  return true;
}

std::string IncidentTable::text(bool colour) const {
  std::vector<const Entry*> order;
  for (const Entry& entry : entries_) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::tuple(a->date, !a->instead.empty()) < std::tuple(b->date, !b->instead.empty());
  });
  std::vector<std::vector<std::string>> rows{
      {"DATE", "INCIDENT", "EXPECTATION", "PUBLISHED OUTCOME", "SIMULATED OUTCOME", "VERDICT"}};
  std::size_t incidents = 0, as_published = 0, others = 0, prevented = 0;
  for (const Entry* entry : order) {
    const bool counterfactual = !entry->instead.empty();
    const bool held = std::all_of(entry->lines.begin(), entry->lines.end(),
                                  [](const Line& l) { return l.outcome == Outcome::pass; });
    (counterfactual ? others : incidents) += 1;
    (counterfactual ? prevented : as_published) += held ? 1 : 0;
    bool first = true;
    for (const Line& line : entry->lines) {
      std::string published = line.published;
      if (counterfactual) published = first ? "instead: " + entry->instead : std::string();
      rows.push_back({first ? date_text(entry->date).substr(0, 10) : std::string(),
                      first ? entry->name : std::string(), line.expectation, std::move(published),
                      line.simulated, coloured(line.outcome, colour)});
      first = false;
    }
  }
  std::string text = table(rows);
  text += fmt::format("\n{} of {} incidents came out as published", as_published, incidents);
  if (others > 0) {
    text +=
        fmt::format("; {} of {} scenarios show what would have prevented one", prevented, others);
  }
  return text + "\n";
}

}  // namespace leapday::cli
