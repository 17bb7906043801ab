/// \file import_tools.hpp
/// What tests of the importers say in one word each: a file imported, its scenario, an attribute's
/// fate. Why: a test should read like the report that it answers.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "leapday/import.hpp"
#include "leapday/load.hpp"
#include "leapday/registry.hpp"

namespace leapday::testing {

inline ImportedScenario import_of(const std::string& text, const std::string& kind = "kubernetes") {
  auto result = import_scenario(kind, {{"in.yaml", text}});
  BOOST_REQUIRE_MESSAGE(result, (result ? "" : to_string(result.problems().front())));
  return *result;
}

/// The problems of an import that must fail, one a line.
inline std::string problems_of(const std::string& text, const std::string& kind = "kubernetes") {
  const auto result = import_scenario(kind, {{"in.yaml", text}});
  BOOST_REQUIRE(!result);
  std::string all;
  for (const Problem& problem : result.problems()) all += to_string(problem) + "\n";
  return all;
}

inline Scenario scenario_of(const ImportedScenario& from) {
  const auto file = load_text(from.text, "out.yaml", "", builtin_registry());
  BOOST_REQUIRE_MESSAGE(file, (file ? "" : to_string(file.problems().front()) + "\n" + from.text));
  return file->cells.front();
}

/// "mapped apps.shop.instances: 3" of the attribute at a path.
inline std::string fate_of(const ImportedScenario& from, const std::string& path) {
  for (const ImportFinding& finding : from.coverage) {
    if (finding.path == path) return std::string(to_string(finding.fate)) + " " + finding.note;
  }
  return "absent";
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace leapday::testing
