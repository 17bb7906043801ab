/// \file figures.cpp
/// Figures from a record's series, steps and spans. Why: see leapday/figures.hpp.
#include "leapday/figures.hpp"

#include <algorithm>
#include <vector>

#include "leapday/cost.hpp"

namespace leapday {
namespace {

/// Long enough that one lost request among thousands is not an outage.
constexpr Duration kWindow = std::chrono::seconds{10};

struct Window {
  std::uint64_t sent = 0, failed = 0;
  /// Fewer than 99.9 % succeeded.
  bool bad() const { return failed * 1000 > sent; }
};

/// Users' requests by the window they were sent in.
std::vector<Window> windows_of(const Record& record, Duration length) {
  std::vector<Window> windows;
  const auto rows = static_cast<std::size_t>(length / record.step);
  for (const Series& series : record.series) {
    if (series.kind != Series::Kind::load) continue;
    for (std::size_t row = 0; row < series.by_send.size(); ++row) {
      if (windows.size() <= row / rows) windows.resize(row / rows + 1);
      Window& window = windows[row / rows];
      window.sent += series.by_send[row].sent;
      for (const std::uint32_t failed : series.by_send[row].failed) window.failed += failed;
    }
  }
  return windows;
}

void add_recovery(const Record& record, Figures& out) {
  std::optional<SimTime> first;
  for (const Span& span : record.spans) {
    if (span.kind == Span::Kind::phase) continue;
    if (!first || span.begin < *first) first = span.begin;
  }
  out.disturbed = first.has_value();
  if (!first) return;
  const Duration length = std::max(kWindow / record.step, std::int64_t{1}) * record.step;
  const std::vector<Window> windows = windows_of(record, length);
  const std::int64_t full = (record.ended - kSimStart) / length;
  SimTime good_from = *first;
  bool last_is_bad = false;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const SimTime end = kSimStart + static_cast<std::int64_t>(i + 1) * length;
    if (end <= *first || !windows[i].bad()) continue;
    good_from = end;
    last_is_bad = static_cast<std::int64_t>(i) >= full - 1;
  }
  if (!last_is_bad) out.recovery = good_from - *first;
}

/// The sum of every app's steps, as one list of changes.
void add_instances(const Record& record, Figures& out) {
  std::vector<std::pair<SimTime, double>> changes;
  for (const StepSeries& steps : record.steps) {
    if (steps.metric != "instances") continue;
    double before = 0;
    for (const auto& [at, value] : steps.steps) {
      changes.emplace_back(std::max(at, kSimStart), value - before);
      before = value;
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  double now = 0, peak = 0, seconds = 0;
  SimTime since = kSimStart;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    seconds += now * std::chrono::duration<double>(changes[i].first - since).count();
    since = changes[i].first;
    now += changes[i].second;
    const bool last_of_instant = i + 1 == changes.size() || changes[i + 1].first != since;
    if (last_of_instant) peak = std::max(peak, now);
  }
  if (record.ended > since) {
    seconds += now * std::chrono::duration<double>(record.ended - since).count();
  }
  out.peak_instances = static_cast<std::int64_t>(peak);
  out.instance_hours = seconds / 3600;
}

}  // namespace

Figures figures(const Scenario& scenario, const Record& record) {
  Figures out;
  for (const Series& series : record.series) {
    if (series.kind != Series::Kind::load) continue;
    out.requests += series.total.injected;
    out.failed += series.total.failed_total();
  }
  add_recovery(record, out);
  add_instances(record, out);
  if (has_prices(scenario.topology)) {
    const auto usage = usage_of(scenario, record, "total", kSimStart, record.ended);
    if (usage) out.cost = usage->cost();
  }
  return out;
}

}  // namespace leapday
