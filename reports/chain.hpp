/// \file chain.hpp
/// The recorded events that led to a violation.
/// Why: "why did it fail" is answered by events with causes, not by a log to search.
#pragma once

#include <string>
#include <vector>

#include "leapday/record.hpp"
#include "leapday/scenario.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

/// What a violated expectation names: entities of its metrics, spans and anchors of its scopes.
struct Concern {
  std::vector<std::string> names;  ///< Entities, the apps behind them, deployments and faults.
  bool hosts = false;              ///< It is about hosts or zones.
};
Concern concern_of(const Scenario& scenario, const Expectation& expectation);

/// The window narrowed to the first second (or longer row) in which its subject suffered.
JudgedWindow narrowed(const Scenario& scenario, const Record& record,
                      const Expectation& expectation, JudgedWindow window,
                      std::optional<double> bound);

/// Oldest first, at most eight: the last thing that went wrong for what it concerns before the
/// window ended, its causes, and the fault or deployment under way.
std::vector<EventId> chain_to(const Record& record, const Concern& concern,
                              const JudgedWindow& window);

}  // namespace leapday
