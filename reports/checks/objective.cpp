/// \file objective.cpp
/// Counts the good requests of an objective: answered, and fast enough where it says so.
#include "reports/checks/objective.hpp"

#include "leapday/histogram.hpp"

namespace leapday::checks {

namespace {

/// Answered requests of one row within the limit. Those of the limit's own bucket count when its
/// middle does, or what the row's exact minimum and maximum leave of it.
std::uint64_t in_time(const SparseHistogram& row, const GoodRequest& good) {
  const std::int64_t limit = good.latency->count();
  std::uint64_t count = 0;
  for (const auto& [bucket, n] : row.buckets) {
    const std::int64_t middle = row.exact.clamp(HistogramLayout::middle(bucket));
    if (middle > limit || (middle == limit && !good.inclusive)) break;
    count += n;
  }
  return count;
}

/// Good answers from the first row to each.
struct GoodSums final : MetricMemo::Entry {
  std::vector<std::uint64_t> until;
};

std::uint64_t answered_in_time(const MetricQuery& query, const Series& series,
                               const GoodRequest& good) {
  const std::vector<SparseHistogram>& histograms = latencies(query, series);
  const Rows rows = rows_of(series);
  std::uint64_t count = 0;
  if (!remembers(query)) {
    each_row(query, rows, histograms.size(),
             [&](std::size_t k) { count += in_time(histograms[k], good); });
    return count;
  }
  auto& sums = query.memo->get<GoodSums>("good answers of " + query.entity.name + " by " +
                                         std::to_string(rows.step));
  if (sums.until.empty()) {
    sums.until.push_back(0);
    for (const SparseHistogram& row : histograms) {
      sums.until.push_back(sums.until.back() + in_time(row, good));
    }
  }
  each_piece(query, [&](SimTime from, SimTime to) {
    const RowRange range = rows_between(query, rows, from, to);
    const std::size_t last = std::min(range.last, histograms.size());
    if (range.first < last) count += sums.until[last] - sums.until[range.first];
  });
  return count;
}

}  // namespace

bool count_good(const MetricQuery& query, Goodness& goodness, Measurement& result) {
  const Objective* objective = query.scenario.objectives.find(query.entity.name);
  if (objective == nullptr) {
    result = unknown("there is no objective named " + query.entity.name);
    return false;
  }
  const std::string subject = objective->of.text();
  const Series* series = series_of(query, subject);
  if (series == nullptr) {
    result = unknown("nothing was recorded of " + subject);
    return false;
  }
  if (!has_counts(query, *series, result)) return false;
  const Tally counts = tally(query, *series);
  if (objective->good.latency && latencies(query, *series).empty() && counts.answered > 0) {
    result = unknown("latencies of " + subject + " are not recorded by second", counts.answered);
    return false;
  }
  const std::uint64_t good =
      objective->good.latency ? answered_in_time(query, *series, objective->good) : counts.answered;
  const Measurement share = share_of_settled(query, counts.settled() - good, counts);
  if (!share.known) {
    result = share;
    return false;
  }
  goodness = {.objective = objective,
              .bad_share = share.value,
              .settled = counts.settled(),
              .seconds = seconds_covered(query, rows_of(*series))};
  return true;
}

}  // namespace leapday::checks
