/// \file embed.cpp
/// Rehearses a scenario inside another program and prints the verdict.
/// Why: the smallest whole use of the library; tests/structure builds it against an installed one.
#include <cstdio>
#include <memory>

#include "leapday/leapday.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s SCENARIO\n", argv[0]);
    return 2;
  }
  const leapday::Registry registry = leapday::builtin_registry();
  auto loaded = leapday::load(argv[1], registry);
  if (!loaded) {
    for (const leapday::Problem& problem : loaded.problems()) {
      std::fprintf(stderr, "%s\n", to_string(problem).c_str());
    }
    return 2;
  }
  const auto file = std::make_shared<const leapday::ScenarioFile>(std::move(loaded).value());
  const leapday::Rehearsal rehearsal = leapday::rehearse(file, registry, {.seed = 7});

  std::printf("%s: %s\n", rehearsal.scenario().name.c_str(),
              std::string(to_string(rehearsal.outcome)).c_str());
  for (const leapday::ExpectationVerdict& verdict : rehearsal.verdict().expectations) {
    std::printf("  %-12s %s\n", std::string(to_string(verdict.outcome)).c_str(),
                verdict.text.c_str());
  }
  return rehearsal.outcome == leapday::Outcome::pass ? 0 : 1;
}
