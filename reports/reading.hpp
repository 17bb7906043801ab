/// \file reading.hpp
/// What a comparison or condition says of one window or instant, in three values.
/// Why: the claims (always, in every, eventually, ...) differ in which windows they look at, not in
/// how one window is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "leapday/metric.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

enum class Truth { no, unknown, yes };

/// One reading. Values are in base units (seconds, shares), of the comparison that decides.
struct Reading {
  Truth truth = Truth::unknown;
  bool no_data = false;     ///< Unknown because nothing happened, not because of too little.
  bool incomplete = false;  ///< Unknown because a trailing window reaches out of the scope.
  bool coarse = false;      ///< Unknown because the run's rows are too long for it.
  std::string why;          ///< Of unknown.
  std::optional<double> value;
  std::optional<double> bound;
  std::optional<double> margin;  ///< Positive when true, negative when false.
  Quantity::Kind unit = Quantity::Kind::number;
};

/// One step of always, never and eventually.
struct Step {
  SimTime state_at{};  ///< When states are looked at.
  SimTime data_to{};   ///< End of the windows of everything else: a whole second, or the run's end.
  SimTime data_from{};  ///< Windows that begin before this are incomplete.
};

/// Reads metrics of one run, its twin and its baseline.
class Reader {
 public:
  Reader(const Scenario& scenario, const Registry& registry, const Record& record,
         const Record* twin);

  /// A comparison over a window, or its parts. States are read at every change in the window and
  /// the worst counts; states that no step series backs (completed) are read at its end.
  Reading over(const Comparison& comparison, TimeRange window,
               const std::vector<TimeRange>& pieces = {}) const;
  /// A condition at one step (Kleene's logic: unknown only where it matters).
  Reading at(const Condition& condition, const Step& step) const;

  /// What longer rows tell of the windows that lie within them: a count over all of `rows` is at
  /// least that of any part. `exact`: all of them are in the scope. Nothing where the condition is
  /// not about such a count.
  std::optional<Reading> bounded(const Condition& condition, bool never, TimeRange rows,
                                 bool exact) const;
  /// From here on single seconds are kept of whatever is measured by the second.
  SimTime single_seconds() const;

  /// Instants at which a state that the condition names changes, ascending.
  std::vector<SimTime> changes(const Condition& condition) const;
  std::vector<SimTime> changes(const MetricCall& call) const;
  bool is_state(const MetricCall& call) const;
  /// The second in which a count, added up over the parts, first broke its upper bound.
  std::optional<TimeRange> crossing(const Comparison& comparison, double bound,
                                    const std::vector<TimeRange>& pieces) const;
  /// The longest trailing window of the condition; 0 when it names states only.
  static Duration longest(const Condition& condition, const Reader& reader);

  const Scenario& scenario() const { return scenario_; }
  const Record& record() const { return record_; }

 private:
  Reading read(const Comparison& comparison, TimeRange window,
               const std::vector<TimeRange>& pieces) const;
  Reading leaf(const Condition& condition, const Step& step) const;
  Measurement measure(const MetricCall& call, const Record& record, TimeRange window,
                      const std::vector<TimeRange>& pieces) const;
  /// The bound as a value; nothing with `why` filled in when the reference is not known.
  std::optional<double> resolve(const Comparison& comparison, TimeRange window,
                                const std::vector<TimeRange>& pieces, std::string& why) const;

  const Scenario& scenario_;
  const Registry& registry_;
  const Record& record_;
  const Record* twin_;
  std::optional<TimeRange> baseline_;
  /// Of the record and of the twin: what metrics remember. A reader serves one thread.
  mutable MetricMemo memo_;
  mutable MetricMemo twin_memo_;
};

/// The reading that says the opposite.
Reading opposite(Reading reading);
/// A window's length in whole seconds, rounded up, at least one.
Duration whole_seconds(Duration length);
/// Calls `visit` for every comparison and call of a condition; a call comes as `call != 0`.
void each_leaf(const Condition& condition, const auto& visit) {
  if (condition.kind == Condition::Kind::comparison || condition.kind == Condition::Kind::call) {
    visit(condition);
    return;
  }
  for (const Condition& operand : condition.operands) each_leaf(operand, visit);
}

}  // namespace leapday
