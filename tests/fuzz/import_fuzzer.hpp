/// \file import_fuzzer.hpp
/// Any bytes as another tool's file: a report and perhaps a scenario, or problems; nothing else.
/// Why: manifests come from strangers too, and the importers share their promises.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"

namespace leapday::testing {

/// A broken promise is as bad as a crash.
inline void must(bool holds) {
  if (!holds) std::abort();
}

/// A scenario that an importer writes may be refused, for an instance count beyond reason say, but
/// then with a reason.
inline void check(const Result<ImportedScenario>& made, const Registry& registry) {
  if (!made) {
    must(!made.problems().empty());
    for (const Problem& problem : made.problems()) must(!problem.message.empty());
    return;
  }
  must(!coverage_report(*made).empty());
  for (const ImportFinding& finding : made->coverage) must(!finding.note.empty());
  if (made->text.empty()) return;
  const auto scenario = load_text(made->text, "imported.yaml", "", registry);
  must(scenario || !scenario.problems().empty());
}

/// The bytes as one file; with a line "%%%" as an older and a newer one, or with "$$$" as a file
/// and its variables.
inline void import_bytes(std::string_view kind, const std::uint8_t* data, std::size_t size) {
  static const Registry registry = builtin_registry();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto halves = [&](std::string_view line) {
    const std::size_t at = text.find(line);
    return std::pair{text.substr(0, at), at == text.npos ? "" : text.substr(at + line.size())};
  };
  if (text.find("\n%%%\n") != text.npos) {
    const auto [before, after] = halves("\n%%%\n");
    check(import_difference(kind, {{"old.yaml", before}}, {{"new.yaml", after}}), registry);
  } else if (text.find("\n$$$\n") != text.npos) {
    const auto [file, variables] = halves("\n$$$\n");
    check(import_scenario(kind, {{"fuzz.yaml", file}}, {{"vars.yaml", variables}}), registry);
  } else {
    check(import_scenario(kind, {{"fuzz.yaml", text}}), registry);
  }
}

}  // namespace leapday::testing
