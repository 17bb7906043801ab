/// \file load_fuzzer.cpp
/// Any bytes as a scenario: the loader gives a value or problems, never a crash, a hang or silence.
/// Why: scenario files come from strangers.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "leapday/load.hpp"
#include "scenarios/expressions/parse.hpp"
#include "scenarios/load/traces.hpp"
#include "tests/scenarios/test_registry.hpp"

namespace {

/// A broken promise is as bad as a crash.
void must(bool holds) {
  if (!holds) std::abort();
}

void expressions(std::string_view text) {
  const leapday::SourceLocation at{"fuzz", 1, 1};
  (void)leapday::loading::parse_at(text, at);
  (void)leapday::loading::parse_target(text, at);
  (void)leapday::loading::parse_condition(text, at);
  (void)leapday::loading::parse_expectation(text, at);
  (void)leapday::loading::parse_good(text, at);
  leapday::loading::LogLine line;
  (void)leapday::loading::parse_log_line(text, line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const leapday::Registry registry = leapday::testing::test_registry();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size < 512) expressions(text);
  const auto result = leapday::load_text(text, "fuzz.yaml", "", registry);
  if (!result) {
    must(!result.problems().empty());
    for (const leapday::Problem& problem : result.problems()) must(!problem.message.empty());
    return 0;
  }
  must(!result->cells.empty() && !result->seeds.empty());
  for (const leapday::Scenario& scenario : result->cells) {
    must(scenario.run.duration > leapday::Duration{0});
    must(!scenario.topology.zones.empty());
    must(scenario.digest.size() == 16);
  }
  return 0;
}
