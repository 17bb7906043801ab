/// \file incident.hpp
/// What really happened, where a scenario replays an incident.
/// Why: a simulator is believed when it tells the past as it was; the report puts what was
/// published beside what was simulated.
#pragma once

#include <string>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday {

struct Incident {
  WallTime date;
  std::string source;
  NamedMap<std::string> published;
  std::vector<std::string> assumed;
  std::string instead;

  void fields(FieldVisitor& v) {
    v.required("date", date, "when it began, in UTC");
    v.required("source", source, "where its facts were published");
    v.required("published", published, "what was published, by the expectation that asserts it");
    v.optional("assumed", assumed, "what nobody published, and the scenario takes for granted");
    v.optional(
        "instead", instead,
        "what is done otherwise here, in a scenario that shows what would have prevented it");
  }
};

}  // namespace leapday
