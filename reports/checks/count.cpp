/// \file count.cpp
/// Adds up requests over the rows that count.
/// Why: when a count is known is the same for all of them.
#include "reports/checks/count.hpp"

namespace leapday::checks {

Measurement CountMetric::measure(std::string_view, const MetricQuery& query) const {
  Measurement result;
  const Series* series = series_of(query, result);
  if (series == nullptr || !has_counts(query, *series, result)) return result;
  const Tally counts = tally(query, *series);
  const std::uint64_t count = spec_.of(counts);
  if (spec_.none_is_known) return known(static_cast<double>(count), counts.sent);
  return count_of(query, *series, count, counts);
}

}  // namespace leapday::checks
