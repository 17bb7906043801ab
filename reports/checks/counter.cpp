/// \file counter.cpp
/// Adds up counters over the rows that count.
#include "reports/checks/counter.hpp"

namespace leapday::checks {
namespace {

/// What the counter adds up to; `result` says why not where it does not.
bool sum_of(const MetricQuery& query, std::string_view metric, std::uint64_t& sum,
            Measurement& result) {
  const std::string subject = query.entity.text();
  const CounterSeries* counter = query.record.find_counter(metric, subject);
  if (counter == nullptr) {
    result = unknown("nothing was recorded of " + std::string(metric) + "(" + subject + ")");
    return false;
  }
  const Rows rows = rows_of(*counter);
  if (!fits(query, rows)) {
    result = too_coarse(subject, rows);
    return false;
  }
  if (seconds_covered(query, rows) <= 0) {
    result = unknown("no whole second is left to judge");
    return false;
  }
  each_row(query, rows, counter->rows.size(), [&](std::size_t k) { sum += counter->rows[k]; });
  return true;
}

}  // namespace

Measurement CounterMetric::measure(std::string_view, const MetricQuery& query) const {
  Measurement result;
  std::uint64_t count = 0;
  if (!sum_of(query, spec_.counter, count, result)) return result;
  if (!is_share()) return known(static_cast<double>(count), count);
  std::uint64_t total = 0;
  for (const std::string_view counter : spec_.of) {
    if (!sum_of(query, counter, total, result)) return result;
  }
  if (total == 0) return unknown("there was none to take a share of");
  return known(static_cast<double>(count) / static_cast<double>(total), total);
}

}  // namespace leapday::checks
