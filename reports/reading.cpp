/// \file reading.cpp
/// Reads metrics, compares them with bounds, and joins readings by and, or, not.
#include "reports/reading.hpp"

#include <algorithm>
#include <cmath>

#include "reports/scope.hpp"

namespace leapday {

namespace {

/// Values that differ by rounding alone are equal: 999 of 1000 is 99.9 %.
bool same(double a, double b) {
  return a == b || std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), std::fabs(b));
}

bool holds(double value, CompareOp op, double bound) {
  const bool equal = same(value, bound);
  switch (op) {
    case CompareOp::le:
      return equal || value < bound;
    case CompareOp::lt:
      return !equal && value < bound;
    case CompareOp::ge:
      return equal || value > bound;
    case CompareOp::gt:
      return !equal && value > bound;
    case CompareOp::eq:
      return equal;
    case CompareOp::ne:
      return !equal;
  }
  return false;
}

double margin_of(double value, CompareOp op, double bound) {
  if (same(value, bound)) return 0;
  switch (op) {
    case CompareOp::le:
    case CompareOp::lt:
      return bound - value;
    case CompareOp::ge:
    case CompareOp::gt:
      return value - bound;
    case CompareOp::eq:
      return -std::fabs(value - bound);
    case CompareOp::ne:
      return std::fabs(value - bound);
  }
  return 0;
}

double length_of(TimeRange window, const std::vector<TimeRange>& pieces) {
  Duration total{};
  for (const TimeRange& piece : pieces) total += piece.to - piece.from;
  if (pieces.empty()) total = window.to - window.from;
  return static_cast<double>(total.count());
}

/// Margins of unlike units are compared by their size relative to the bound.
double relative(const Reading& reading) {
  if (!reading.margin) return 0;
  const double scale = std::fabs(reading.bound.value_or(0));
  return *reading.margin / std::max(scale, 1e-9);
}

/// Joins operands: `all` picks the least true, otherwise the most true decides.
Reading join(std::vector<Reading> operands, bool all) {
  const Truth decisive = all ? Truth::no : Truth::yes;
  Truth truth = all ? Truth::yes : Truth::no;
  for (const Reading& r : operands) {
    if (r.truth == decisive) truth = decisive;
  }
  if (truth != decisive) {
    for (const Reading& r : operands) {
      if (r.truth == Truth::unknown) truth = Truth::unknown;
    }
  }
  Reading* chosen = nullptr;
  bool no_data = true;
  for (Reading& r : operands) {
    if (r.truth != truth) continue;
    no_data &= r.no_data;
    if (chosen == nullptr ||
        (all ? relative(r) < relative(*chosen) : relative(r) > relative(*chosen))) {
      chosen = &r;
    }
  }
  if (chosen == nullptr) return {};  // a condition without operands
  Reading result = *chosen;
  result.no_data = truth == Truth::unknown && no_data;
  for (const Reading& r : operands) {
    result.incomplete |= truth == Truth::unknown && r.incomplete;
    result.coarse |= truth == Truth::unknown && r.coarse;
  }
  return result;
}

/// `unroutable(shop)` alone means that it is not 0.
Comparison comparison_of(const Condition& condition) {
  Comparison comparison = condition.comparison;
  if (condition.kind == Condition::Kind::call) {
    comparison.op = CompareOp::ne;
    comparison.bound = {.quantity = Quantity{.text = "0"}};
  }
  return comparison;
}

}  // namespace

Reading opposite(Reading reading) {
  if (reading.truth == Truth::yes) {
    reading.truth = Truth::no;
  } else if (reading.truth == Truth::no) {
    reading.truth = Truth::yes;
  }
  if (reading.margin && *reading.margin != 0) reading.margin = -*reading.margin;
  return reading;
}

Duration whole_seconds(Duration length) {
  const std::int64_t seconds = (length.count() + 999'999'999) / 1'000'000'000;
  return Duration{std::max<std::int64_t>(seconds, 1) * 1'000'000'000};
}

Reader::Reader(const Scenario& scenario, const Registry& registry, const Record& record,
               const Record* twin)
    : scenario_(scenario),
      registry_(registry),
      record_(record),
      twin_(twin),
      baseline_(baseline_of(record)) {}

bool Reader::is_state(const MetricCall& call) const {
  const Metric* metric = registry_.metric(call.metric);
  return metric != nullptr && metric->is_state();
}

Measurement Reader::measure(const MetricCall& call, const Record& record, TimeRange window,
                            const std::vector<TimeRange>& pieces) const {
  const Metric* metric = registry_.metric(call.metric);
  if (metric == nullptr) return {.why = "there is no metric named " + call.metric};
  return metric->measure(call.metric, MetricQuery{.scenario = scenario_,
                                                  .record = record,
                                                  .entity = call.entity,
                                                  .from = window.from,
                                                  .to = window.to,
                                                  .pieces = pieces,
                                                  .memo = &record == twin_ ? &twin_memo_ : &memo_});
}

std::optional<double> Reader::resolve(const Comparison& comparison, TimeRange window,
                                      const std::vector<TimeRange>& pieces,
                                      std::string& why) const {
  const Bound& bound = comparison.bound;
  const double added = bound.quantity ? bound.quantity->value : 0;
  if (bound.reference == Bound::Reference::none) return added;
  if (bound.reference == Bound::Reference::other) {
    const Measurement other = measure(*bound.other, record_, window, pieces);
    if (other.known) return bound.factor * other.value + added;
    why = "of " + bound.other->text() + ": " + other.why;
    return std::nullopt;
  }
  const bool twin = bound.reference == Bound::Reference::twin;
  if (twin && twin_ == nullptr) {
    why = "no un-faulted twin was run";
    return std::nullopt;
  }
  if (!twin && !baseline_) {
    why = "there is no baseline: no fault or deployment began after t=0";
    return std::nullopt;
  }
  const Measurement reference = twin ? measure(comparison.call, *twin_, window, pieces)
                                     : measure(comparison.call, record_, *baseline_, {});
  if (!reference.known) {
    why = (twin ? "of the twin: " : "of the baseline: ") + reference.why;
    return std::nullopt;
  }
  double value = reference.value;
  const Metric* metric = registry_.metric(comparison.call.metric);
  if (!twin && metric->is_count()) {
    value *= length_of(window, pieces) / length_of(*baseline_, {});
  }
  return bound.factor * value + added;
}

Reading Reader::read(const Comparison& comparison, TimeRange window,
                     const std::vector<TimeRange>& pieces) const {
  Reading reading;
  if (const Metric* metric = registry_.metric(comparison.call.metric))
    reading.unit = metric->unit();
  const Measurement measured = measure(comparison.call, record_, window, pieces);
  if (!measured.known) {
    reading.why = measured.why;
    reading.coarse = measured.coarse;
    reading.no_data = measured.samples == 0 && !measured.coarse;
    return reading;
  }
  reading.value = measured.value;
  reading.bound = resolve(comparison, window, pieces, reading.why);
  if (!reading.bound) return reading;
  reading.truth = holds(measured.value, comparison.op, *reading.bound) ? Truth::yes : Truth::no;
  reading.margin = margin_of(measured.value, comparison.op, *reading.bound);
  return reading;
}

Reading Reader::over(const Comparison& comparison, TimeRange window,
                     const std::vector<TimeRange>& pieces) const {
  if (!is_state(comparison.call)) return read(comparison, window, pieces);
  const std::vector<SimTime> all = changes(comparison.call);
  const bool levels =
      record_.find_steps(comparison.call.metric, comparison.call.entity.text()) != nullptr;
  if (!levels) return read(comparison, {window.to, window.to}, {});
  std::vector<Reading> readings;
  const std::vector<TimeRange> parts = pieces.empty() ? std::vector{window} : pieces;
  for (const TimeRange& part : parts) {
    readings.push_back(read(comparison, {part.from, part.from}, {}));
    for (auto at = std::upper_bound(all.begin(), all.end(), part.from);
         at != all.end() && (*at < part.to || (*at == part.to && part.to == record_.ended)); ++at) {
      readings.push_back(read(comparison, {*at, *at}, {}));
    }
  }
  return join(std::move(readings), true);
}

std::optional<TimeRange> Reader::crossing(const Comparison& comparison, double bound,
                                          const std::vector<TimeRange>& pieces) const {
  const Metric* metric = registry_.metric(comparison.call.metric);
  const bool upper = comparison.op == CompareOp::le || comparison.op == CompareOp::lt;
  if (!upper || metric == nullptr || !metric->is_count()) return std::nullopt;
  double sum = 0;
  for (const TimeRange& piece : pieces) {
    SimTime from = kSimStart + whole_seconds(piece.from.time_since_epoch());
    if (piece.from <= kSimStart) from = kSimStart;
    const Duration first{1s};
    const bool coarse =
        measure(comparison.call, record_, {from, from + first}, {}).coarse ||
        measure(comparison.call, record_, {from + first, from + 2 * first}, {}).coarse;
    const Duration step = coarse ? record_.step : first;
    for (; from < piece.to; from += step) {
      const TimeRange row{from, std::min(from + step, piece.to)};
      const Measurement measured = measure(comparison.call, record_, row, {});
      if (measured.known) sum += measured.value;
      if (!holds(sum, comparison.op, bound)) return row;
    }
  }
  return std::nullopt;
}

std::optional<Reading> Reader::bounded(const Condition& condition, bool never, TimeRange rows,
                                       bool exact) const {
  if (condition.kind != Condition::Kind::comparison && condition.kind != Condition::Kind::call) {
    return std::nullopt;
  }
  const Comparison comparison = comparison_of(condition);
  const Metric* metric = registry_.metric(comparison.call.metric);
  const Bound& bound = comparison.bound;
  if (metric == nullptr || !metric->is_count() || !bound.quantity ||
      bound.reference != Bound::Reference::none) {
    return std::nullopt;
  }
  const auto good = [&](double count) {
    return holds(count, comparison.op, bound.quantity->value) != never;
  };
  // The claim must be one that no smaller count breaks: good up to some count, bad above it.
  const bool upper = comparison.op == (never ? CompareOp::gt : CompareOp::le) ||
                     comparison.op == (never ? CompareOp::ge : CompareOp::lt) ||
                     (comparison.op == (never ? CompareOp::ne : CompareOp::eq) && good(0));
  if (!upper || !good(0)) return std::nullopt;
  Reading reading = read(comparison, rows, {});
  if (never) reading = opposite(std::move(reading));
  // Where a single one is too many, some second held it; else they may have been spread out.
  if (reading.truth != Truth::no || (exact && !good(1))) return reading;
  reading.truth = Truth::unknown;
  reading.coarse = true;
  reading.margin.reset();
  reading.why =
      "single seconds are not kept here, and more than the bound allows happened within " +
      std::to_string((rows.to - rows.from).count() / 1'000'000'000) + " s";
  return reading;
}

SimTime Reader::single_seconds() const {
  std::int64_t first = 0;
  for (const Series& series : record_.seconds) first = std::max(first, series.first);
  for (const GaugeSeries& gauge : record_.gauge_seconds) first = std::max(first, gauge.first);
  return kSimStart + Duration{first * 1'000'000'000};
}

Reading Reader::leaf(const Condition& condition, const Step& step) const {
  const Comparison comparison = comparison_of(condition);
  if (is_state(comparison.call)) return read(comparison, {step.state_at, step.state_at}, {});
  const SimTime whole = kSimStart + whole_seconds(step.data_to.time_since_epoch());
  const TimeRange window{whole - whole_seconds(comparison.over.value_or(Duration{1s})),
                         step.data_to};
  if (window.from < step.data_from || window.from >= window.to) {
    Reading reading;
    reading.incomplete = true;
    reading.why = "the trailing window was never complete within the scope";
    return reading;
  }
  return read(comparison, window, {});
}

Reading Reader::at(const Condition& condition, const Step& step) const {
  switch (condition.kind) {
    case Condition::Kind::comparison:
    case Condition::Kind::call:
      return leaf(condition, step);
    case Condition::Kind::negation:
      return condition.operands.empty() ? Reading{} : opposite(at(condition.operands[0], step));
    case Condition::Kind::any_of:
    case Condition::Kind::all_of:
      break;
  }
  std::vector<Reading> operands;
  for (const Condition& operand : condition.operands) operands.push_back(at(operand, step));
  return join(std::move(operands), condition.kind == Condition::Kind::all_of);
}

std::vector<SimTime> Reader::changes(const MetricCall& call) const {
  std::vector<SimTime> out;
  if (!is_state(call)) return out;
  if (const StepSeries* steps = record_.find_steps(call.metric, call.entity.text())) {
    for (const auto& [at, value] : steps->steps) out.push_back(at);
    return out;
  }
  // Milestones of deployments: their anchors and events say when.
  for (const AnchorHit& hit : record_.anchors) {
    if (hit.name == call.entity.name) out.push_back(hit.at);
  }
  for (const RecordedEvent& event : record_.events) {
    if (event.subject == call.entity.name) out.push_back(event.at);
  }
  return out;
}

std::vector<SimTime> Reader::changes(const Condition& condition) const {
  std::vector<SimTime> out;
  each_leaf(condition, [&](const Condition& leaf) {
    const std::vector<SimTime> some = changes(leaf.comparison.call);
    out.insert(out.end(), some.begin(), some.end());
  });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Duration Reader::longest(const Condition& condition, const Reader& reader) {
  Duration longest{};
  each_leaf(condition, [&](const Condition& leaf) {
    if (reader.is_state(leaf.comparison.call)) return;
    longest = std::max(longest, whole_seconds(leaf.comparison.over.value_or(Duration{1s})));
  });
  return longest;
}

}  // namespace leapday
