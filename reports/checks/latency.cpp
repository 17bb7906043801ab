/// \file latency.cpp
/// Adds the per-second latency histograms of a window.
#include "reports/checks/latency.hpp"

namespace leapday::checks {

bool add_latencies(const MetricQuery& query, const Series& series, Histogram& sum,
                   Measurement& result) {
  if (!has_counts(query, series, result)) return false;
  const std::vector<SparseHistogram>& seconds = latencies(query, series);
  if (seconds.empty()) {
    const Tally counts = tally(query, series);
    result = counts.answered == 0
                 ? unknown("no answered requests")
                 : unknown("latencies of " + series.subject + " are not recorded by second",
                           counts.answered);
    return false;
  }
  each_second(query, seconds.size(), [&](std::size_t k) {
    for (const auto& [bucket, count] : seconds[k]) sum.add_bucket(bucket, count);
  });
  if (sum.count() == 0) {
    result = unknown("no answered requests");
    return false;
  }
  return true;
}

}  // namespace leapday::checks
