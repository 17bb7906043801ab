/// \file scope.hpp
/// Which parts of a run an expectation is about, and when anchors were reached.
/// Why: scopes and anchors are resolved once, so that every claim treats them alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leapday/expression.hpp"
#include "leapday/metric.hpp"
#include "leapday/record.hpp"

namespace leapday {

/// When the anchor was reached, if it was.
std::optional<SimTime> anchor_time(const Record& record, const Anchor& anchor);

/// The parts of the run that scopes leave, half-open, ascending and disjoint.
struct ResolvedScope {
  std::vector<TimeRange> pieces;
  bool cut = false;        ///< The run was cut short inside the scope: later parts are missing.
  std::string unresolved;  ///< Why there is nothing to judge; empty otherwise.
};
ResolvedScope resolve_scopes(const Record& record, const std::vector<Scope>& scopes);

/// Where the run was to end: its duration, whether or not it got there.
SimTime planned_end(const Record& record);

/// The run before its first fault or deployment: what `baseline` refers to. Nothing when none
/// began, or when the first began at t=0.
std::optional<TimeRange> baseline_of(const Record& record);

}  // namespace leapday
