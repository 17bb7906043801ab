/// \file recorder_subjects.cpp
/// Walks conditions for the names in them. Why: an objective stands for the subject it is of, and
/// an app's load factor needs its loads as well.
#include "sim/model/recorder_subjects.hpp"

#include <algorithm>
#include <variant>

namespace leapday::model {
namespace {

void collect(const MetricCall& call, const Scenario& scenario, SubjectNames& into) {
  into.insert(call.entity.text());
  if (const Objective* objective = scenario.objectives.find(call.entity.name)) {
    into.insert(objective->of.text());
  }
  if (call.metric == "clock_error") into.insert("clock_error " + call.entity.text());
  if (call.metric != "load_factor") return;
  for (const auto& load : scenario.loads) {
    if (load.value.to == call.entity.name) into.insert(load.name);
  }
}

void collect(const Comparison& comparison, const Scenario& scenario, SubjectNames& into) {
  collect(comparison.call, scenario, into);
  if (comparison.bound.other) collect(*comparison.bound.other, scenario, into);
}

void collect(const Condition& condition, const Scenario& scenario, SubjectNames& into) {
  for (const Condition& operand : condition.operands) collect(operand, scenario, into);
  if (condition.kind == Condition::Kind::comparison || condition.kind == Condition::Kind::call) {
    collect(condition.comparison, scenario, into);
  }
}

void collect(const At& at, const Scenario& scenario, SubjectNames& into) {
  if (const auto* when = std::get_if<At::When>(&at.what)) {
    collect(when->condition, scenario, into);
  }
}

void collect(const Deployment& deployment, const Scenario& scenario, SubjectNames& into) {
  collect(deployment.at, scenario, into);
  if (deployment.gate) collect(deployment.gate->condition, scenario, into);
  if (deployment.analysis) collect(deployment.analysis->condition, scenario, into);
  if (deployment.resume) collect(*deployment.resume, scenario, into);
  for (const CanaryStep& step : deployment.steps) {
    if (step.resume) collect(*step.resume, scenario, into);
  }
}

}  // namespace

SubjectNames measured_live(const Scenario& scenario) {
  SubjectNames names;
  for (const auto& fault : scenario.faults) collect(fault.value.at, scenario, names);
  for (const auto& deployment : scenario.deployments) {
    collect(deployment.value, scenario, names);
  }
  for (const auto& mirror : scenario.mirrors) {
    if (mirror.value.at) collect(*mirror.value.at, scenario, names);
  }
  for (const auto& flag : scenario.flags) {
    for (const auto& step : flag.value.steps) collect(step.value.at, scenario, names);
  }
  return names;
}

SubjectNames measured_at_all(const Scenario& scenario) {
  SubjectNames names = measured_live(scenario);
  for (const auto& objective : scenario.objectives) names.insert(objective.value.of.text());
  for (const auto& entry : scenario.expectations) {
    collect(entry.value.condition, scenario, names);
    if (entry.value.kind == Expectation::Kind::comparison) {
      collect(entry.value.comparison, scenario, names);
    }
  }
  return names;
}

SubjectNames measured_by_second(const Scenario& scenario) {
  SubjectNames names = measured_live(scenario);
  for (const auto& entry : scenario.expectations) {
    const Expectation& expectation = entry.value;
    collect(expectation.condition, scenario, names);
    if (expectation.kind != Expectation::Kind::comparison) continue;
    const bool whole = !expectation.window && expectation.scopes.empty() &&
                       expectation.comparison.bound.reference != Bound::Reference::baseline;
    if (!whole) collect(expectation.comparison, scenario, names);
  }
  return names;
}

}  // namespace leapday::model
