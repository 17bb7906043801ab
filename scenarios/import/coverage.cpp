/// \file coverage.cpp
/// The walk that leaves nothing out, and the report. Why: see coverage.hpp.
#include "scenarios/import/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "leapday/words.hpp"

namespace leapday {

std::string_view to_string(ImportFinding::Fate fate) {
  static constexpr std::array<std::string_view, 4> kNames{"mapped", "approximated", "unsupported",
                                                          "outside"};
  return kNames.at(static_cast<std::size_t>(fate));
}

namespace {

using FateCounts = std::array<std::size_t, 4>;

std::string lines_of(const std::vector<ImportFinding>& findings, FateCounts& counts) {
  std::string lines;
  for (const ImportFinding& finding : findings) {
    ++counts.at(static_cast<std::size_t>(finding.fate));
    lines +=
        fmt::format("{:<12} {}:{}: {}: {}\n", to_string(finding.fate), printable(finding.at.file),
                    finding.at.line, printable(finding.path), printable(finding.note));
  }
  return lines;
}

std::string changes_report(const ImportedScenario& imported) {
  if (!imported.compared) return {};
  if (imported.changes.empty()) return "No difference: there is nothing to roll out.\n";
  FateCounts counts{};
  const std::string lines = lines_of(imported.changes, counts);
  return fmt::format(
             "Differences: {} mapped, {} approximated, {} unsupported, {} outside of a rehearsal\n",
             counts[0], counts[1], counts[2], counts[3]) +
         lines;
}

}  // namespace

std::string coverage_report(const ImportedScenario& imported) {
  FateCounts counts{};
  const std::string lines = lines_of(imported.coverage, counts);
  std::string text = changes_report(imported);
  text += fmt::format(
      "Coverage: {} mapped, {} approximated, {} unsupported, {} outside of a rehearsal\n",
      counts[0], counts[1], counts[2], counts[3]);
  text += lines;
  if (!imported.asked.empty()) text += "The files cannot say this; state yours:\n";
  for (const ImportQuestion& question : imported.asked) {
    text += fmt::format("assumed      {}: {} ({})\n", question.key, question.assumed, question.why);
  }
  return text;
}

namespace import {

void Coverage::note(const Document& node, Fate fate, std::string text) {
  const auto [place, is_new] = notes_.try_emplace(&node, Note{fate, text});
  if (is_new || place->second.text == text) return;
  place->second.fate = std::max(place->second.fate, fate);
  place->second.text += "; " + text;
}

const std::string* Coverage::unsupported_of(const std::vector<const Document*>& nested) const {
  for (auto node = nested.rbegin(); node != nested.rend(); ++node) {
    const auto known = notes_.find(*node);
    if (known == notes_.end()) continue;
    return known->second.fate == Fate::unsupported ? &known->second.text : nullptr;
  }
  return nullptr;
}

void Coverage::collect(const Document& root, const std::string& label,
                       std::vector<ImportFinding>& out) const {
  walk(root, root.at, label, {}, false, out);
}

void Coverage::walk(const Document& node, const SourceLocation& at, const std::string& label,
                    const std::string& path, bool covered, std::vector<ImportFinding>& out) const {
  const std::string shown = path.empty() ? label : label + " " + path;
  const auto known = notes_.find(&node);
  if (known != notes_.end()) {
    out.push_back({at, known->second.fate, shown, known->second.text});
    covered = true;
  }
  if (!covered && node.entries.empty() && node.items.empty()) {
    out.push_back({at, Fate::unsupported, shown, "not an attribute that this importer knows"});
  }
  for (const Document::Entry& entry : node.entries) {
    walk(entry.value, entry.key_at, label, path.empty() ? entry.key : path + "." + entry.key,
         covered, out);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    walk(node.items[i], node.items[i].at, label, fmt::format("{}[{}]", path, i), covered, out);
  }
}

}  // namespace import
}  // namespace leapday
