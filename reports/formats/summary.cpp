/// \file summary.cpp
/// Counts what several formats print.
#include "reports/formats/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/formats/subjects.hpp"
#include "reports/formats/text.hpp"

namespace leapday::summary {

namespace {

Latency latency_of(const Scenario& scenario, const Record& record, const Series& series) {
  Latency row;
  row.subject = series.subject;
  row.kind = series.kind;
  row.count = series.latency_total.count();
  Entity entity;
  entity.name = owner_of(series.subject);
  row.unstable = unstable_reason(scenario, record, entity);
  if (row.count == 0) return row;
  row.max = static_cast<double>(series.latency_total.exact().max) / 1e9;
  if (!row.unstable.empty()) return row;
  row.mean = series.latency_total.mean_seconds();
  for (std::size_t i = 0; i < kPercentiles.size(); ++i) {
    if (row.count < kPercentiles[i].needs) continue;
    const Duration value = series.latency_total.quantile(kPercentiles[i].q);
    row.percentiles[i] = static_cast<double>(value.count()) / 1e9;
  }
  return row;
}

std::optional<double> success_of(const Series& series) {
  const std::uint64_t settled = series.total.answered + series.total.failed_total();
  if (settled == 0) return std::nullopt;
  return static_cast<double>(series.total.answered) / static_cast<double>(settled);
}

std::optional<double> p99_of(const Scenario& scenario, const Record& record, const Series& series) {
  return latency_of(scenario, record, series).percentiles[2];
}

}  // namespace

std::vector<Latency> latencies(const Scenario& scenario, const Record& record) {
  std::vector<Latency> rows;
  for (const Series& series : record.series) {
    if (series.kind == Series::Kind::instance || series.total.injected == 0) continue;
    rows.push_back(latency_of(scenario, record, series));
  }
  return rows;
}

std::string_view name_of(Series::Kind kind) {
  switch (kind) {
    case Series::Kind::load:
      return "load";
    case Series::Kind::load_endpoint:
      return "load endpoint";
    case Series::Kind::app:
      return "app";
    case Series::Kind::app_endpoint:
      return "app endpoint";
    case Series::Kind::instance:
      return "instance";
    case Series::Kind::dependency:
      return "dependency";
    case Series::Kind::variant:
      return "flag variant";
    case Series::Kind::release:
      return "release";
  }
  return "";
}

std::vector<Difference> differences(const Rehearsal& rehearsal) {
  std::vector<Difference> rows;
  if (!rehearsal.twin) return rows;
  const Scenario& scenario = rehearsal.scenario();
  for (const Series& run : rehearsal.record.series) {
    if (run.kind != Series::Kind::load) continue;
    const Series* twin = rehearsal.twin->find_series(run.subject);
    if (twin == nullptr) continue;
    rows.push_back({run.subject, "failed", "", static_cast<double>(run.total.failed_total()),
                    static_cast<double>(twin->total.failed_total())});
    rows.push_back({run.subject, "success", "%", success_of(run), success_of(*twin)});
    rows.push_back({run.subject, "p99", "s", p99_of(scenario, rehearsal.record, run),
                    p99_of(scenario, *rehearsal.twin, *twin)});
  }
  return rows;
}

Assumptions assumptions(const Scenario& scenario) {
  Assumptions found;
  for (const Provenance& value : scenario.provenance) {
    if (value.origin == Origin::assumed) found.assumed.push_back(&value);
    if (value.origin == Origin::defaulted) found.defaulted.push_back(&value);
  }
  for (const ConstantSource& constant : scenario.platform.sources) {
    if (constant.status != "verified" && constant.status != "scenario") {
      found.unverified.push_back(&constant);
    }
  }
  return found;
}

std::string reasons(const Counts& counts) {
  std::vector<std::size_t> order;
  for (std::size_t r = 0; r < kFailureReasons; ++r) {
    if (counts.failed[r] > 0) order.push_back(r);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return counts.failed[a] > counts.failed[b];
  });
  std::string out;
  for (const std::size_t r : order) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", text::count(counts.failed[r]),
                       to_string(static_cast<FailureReason>(r)));
  }
  return out;
}

std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

bool of_note(const RecordedEvent& event) {
  static constexpr std::array<std::string_view, 11> kRoutine{
      "instance.started", "instance.ready",   "instance.stopping",    "instance.stopped",
      "deployment.step",  "route.pruned",     "instance.backing_off", "host.booted",
      "image.pulling",    "instance.pulling", "image.pulled"};
  return std::find(kRoutine.begin(), kRoutine.end(), event.kind) == kRoutine.end();
}

}  // namespace leapday::summary
