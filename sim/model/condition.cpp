/// \file condition.cpp
/// Three-valued logic over live metrics.
/// Why: "not (unknown)" must not be true, or a gate would pass for want of data.
#include "sim/model/condition.hpp"

#include <algorithm>

#include "leapday/metric.hpp"

namespace leapday::model {
namespace {

std::optional<double> measure(const MetricCall& call, std::optional<Duration> over, World& world,
                              SimTime at) {
  const Metric* metric = world.registry.metric(call.metric);
  if (metric == nullptr) return std::nullopt;
  const SimTime now = world.now();
  const MetricQuery query{
      .scenario = world.scenario,
      .record = world.recorder.live(now),
      .entity = call.entity,
      .from = std::max(kSimStart, now - over.value_or(Duration{std::chrono::seconds{1}})),
      .to = metric->is_state() ? at : now,
      .live = true};
  const Measurement measured = metric->measure(call.metric, query);
  if (!measured.known) return std::nullopt;
  return measured.value;
}

bool compare(double value, CompareOp op, double bound) {
  switch (op) {
    case CompareOp::le:
      return value <= bound;
    case CompareOp::lt:
      return value < bound;
    case CompareOp::ge:
      return value >= bound;
    case CompareOp::gt:
      return value > bound;
    case CompareOp::eq:
      return value == bound;
    case CompareOp::ne:
      return value != bound;
  }
  return false;
}

std::optional<bool> holds(const Comparison& comparison, World& world, SimTime at) {
  const Bound& bound = comparison.bound;
  std::optional<double> against;
  if (bound.reference == Bound::Reference::other) {
    against = measure(*bound.other, comparison.over, world, at);
    if (against) *against *= bound.factor;
    if (against && bound.quantity) *against += bound.quantity->value;
  } else if (bound.reference == Bound::Reference::none && bound.quantity) {
    against = bound.factor * bound.quantity->value;
  }
  // A twin or a baseline is another run; while this one is under way there is none to compare with.
  if (!against) return std::nullopt;
  const std::optional<double> value = measure(comparison.call, comparison.over, world, at);
  if (!value) return std::nullopt;
  return compare(*value, comparison.op, *against);
}

/// Any operand equal to `decisive` decides; otherwise one that is unknown leaves it open.
std::optional<bool> combine(const Condition& condition, bool decisive, World& world, SimTime at) {
  bool open = false;
  for (const Condition& operand : condition.operands) {
    const std::optional<bool> value = holds_at(operand, world, at);
    if (value == decisive) return decisive;
    open = open || !value;
  }
  if (open) return std::nullopt;
  return !decisive;
}

void add_changes(const MetricCall& call, World& world, SimTime after, std::vector<SimTime>& into) {
  const Metric* metric = world.registry.metric(call.metric);
  if (metric == nullptr || !metric->is_state()) return;
  const StepSeries* series =
      world.recorder.live(world.now()).find_steps(call.metric, call.entity.text());
  if (series == nullptr) return;
  for (auto step = series->steps.rbegin(); step != series->steps.rend(); ++step) {
    if (step->first <= after) break;
    into.push_back(step->first);
  }
}

void add_changes(const Condition& condition, World& world, SimTime after,
                 std::vector<SimTime>& into) {
  for (const Condition& operand : condition.operands) add_changes(operand, world, after, into);
  const bool leaf =
      condition.kind == Condition::Kind::comparison || condition.kind == Condition::Kind::call;
  if (!leaf) return;
  add_changes(condition.comparison.call, world, after, into);
  const Bound& bound = condition.comparison.bound;
  if (bound.other) add_changes(*bound.other, world, after, into);
}

}  // namespace

std::optional<bool> holds_now(const Condition& condition, World& world) {
  return holds_at(condition, world, world.now());
}

std::vector<SimTime> looks(const Condition& condition, World& world, SimTime after) {
  std::vector<SimTime> instants;
  add_changes(condition, world, after, instants);
  instants.push_back(world.now());
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
  return instants;
}

std::optional<bool> held(const Condition& condition, World& world, SimTime after) {
  std::optional<bool> result = true;
  for (const SimTime at : looks(condition, world, after)) {
    const std::optional<bool> then = holds_at(condition, world, at);
    if (then == false) return false;
    if (!then) result.reset();
  }
  return result;
}

void follow(std::optional<SimTime>& since, const Condition& condition, World& world,
            SimTime after) {
  for (const SimTime at : looks(condition, world, after)) {
    if (!holds_at(condition, world, at).value_or(false)) {
      since.reset();
    } else if (!since) {
      since = at;
    }
  }
}

std::optional<bool> holds_at(const Condition& condition, World& world, SimTime at) {
  switch (condition.kind) {
    case Condition::Kind::any_of:
      return combine(condition, true, world, at);
    case Condition::Kind::all_of:
      return combine(condition, false, world, at);
    case Condition::Kind::negation: {
      const std::optional<bool> inner = condition.operands.empty()
                                            ? std::nullopt
                                            : holds_at(condition.operands.front(), world, at);
      if (!inner) return std::nullopt;
      return !*inner;
    }
    case Condition::Kind::comparison:
      return holds(condition.comparison, world, at);
    case Condition::Kind::call: {
      const std::optional<double> value =
          measure(condition.comparison.call, std::nullopt, world, at);
      if (!value) return std::nullopt;
      return *value != 0;
    }
  }
  return std::nullopt;
}

}  // namespace leapday::model
