/// \file objective.cpp
/// Counts the good requests of an objective: answered, and fast enough where it says so.
#include "reports/checks/objective.hpp"

#include "leapday/histogram.hpp"

namespace leapday::checks {

namespace {

/// Answered requests of one second within the limit; exact to the histogram's 0.4 %.
std::uint64_t in_time(const SparseHistogram& second, const GoodRequest& good) {
  const std::int64_t limit = good.latency->count();
  std::uint64_t count = 0;
  for (const auto& [bucket, n] : second) {
    const std::int64_t middle = HistogramLayout::middle(bucket);
    if (middle > limit || (middle == limit && !good.inclusive)) break;
    count += n;
  }
  return count;
}

/// Good answers from t=0 to each second.
struct GoodSums final : MetricMemo::Entry {
  std::vector<std::uint64_t> until;
};

std::uint64_t answered_in_time(const MetricQuery& query, const Series& series,
                               const GoodRequest& good) {
  const std::vector<SparseHistogram>& seconds = latencies(query, series);
  std::uint64_t count = 0;
  if (!remembers(query)) {
    each_second(query, seconds.size(), [&](std::size_t k) { count += in_time(seconds[k], good); });
    return count;
  }
  auto& sums = query.memo->get<GoodSums>("good answers of " + query.entity.name);
  if (sums.until.empty()) {
    sums.until.push_back(0);
    for (const SparseHistogram& second : seconds) {
      sums.until.push_back(sums.until.back() + in_time(second, good));
    }
  }
  each_piece(query, [&](SimTime from, SimTime to) {
    const SecondRange range = seconds_between(query, from, to);
    const std::size_t last = std::min(range.last, seconds.size());
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
  const Series* series = query.record.find_series(subject);
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
  goodness = {.objective = objective, .bad_share = share.value, .settled = counts.settled()};
  return true;
}

}  // namespace leapday::checks
