/// \file incident.cpp
/// What was published has to be asserted, and said where it was published.
/// Why: see validate.hpp.
#include <fmt/format.h>

#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {

void check_incident(const Context& c) {
  if (!c.scenario.incident) return;
  const Incident& incident = *c.scenario.incident;
  for (const auto& published : incident.published) {
    const std::string path = "incident.published." + published.name;
    if (c.names.find(published.name, NameKind::expectation) == nullptr) {
      c.problem(published.at, path,
                fmt::format("no expectation is named {}", quoted(published.name)),
                suggestion(published.name, c.names.of_kind(NameKind::expectation),
                           "assert it under expect:"));
    }
  }
  if (incident.published.empty() && c.sections.find("incident") != nullptr) {
    c.problem("incident.published", "names nothing that was published",
              "add EXPECTATION: what the source says");
  }
}

}  // namespace leapday::loading
