/// \file latency.cpp
/// Adds the latency histograms of the rows of a window.
#include "reports/checks/latency.hpp"

namespace leapday::checks {

void LatencyWindow::add(const std::vector<SparseHistogram>& rows, RowRange range) {
  count(rows, range);
  add_exact(rows, range);
}

void LatencyWindow::add_exact(const std::vector<SparseHistogram>& rows, RowRange range) {
  for (std::size_t k = range.first; k < std::min(range.last, rows.size()); ++k) {
    exact_.merge(rows[k].exact);
  }
}

void LatencyWindow::count(const std::vector<SparseHistogram>& rows, RowRange range) {
  if (buckets_.empty()) buckets_.resize(HistogramLayout::kBuckets);
  for (std::size_t k = range.first; k < std::min(range.last, rows.size()); ++k) {
    for (const auto& [bucket, n] : rows[k].buckets) {
      buckets_[bucket] += n;
      count_ += n;
      lowest_ = std::min<std::uint32_t>(lowest_, bucket);
      highest_ = std::max<std::uint32_t>(highest_, bucket);
    }
  }
}

void LatencyWindow::discount(const std::vector<SparseHistogram>& rows, RowRange range) {
  for (std::size_t k = range.first; k < std::min(range.last, rows.size()); ++k) {
    for (const auto& [bucket, n] : rows[k].buckets) {
      buckets_[bucket] -= n;
      count_ -= n;
    }
  }
}

void LatencyWindow::clear() {
  buckets_.assign(buckets_.size(), 0);
  lowest_ = HistogramLayout::kBuckets;
  highest_ = 0;
  count_ = 0;
  range_ = {};
}

void LatencyWindow::move_to(const std::vector<SparseHistogram>& rows, RowRange range) {
  const bool apart = range.first >= range_.last || range.last <= range_.first;
  const auto distance = [](std::size_t a, std::size_t b) { return a < b ? b - a : a - b; };
  const std::size_t steps = distance(range.first, range_.first) + distance(range.last, range_.last);
  if (apart || steps >= range.last - range.first) {
    clear();
    count(rows, range);
  } else {
    if (range.first < range_.first) count(rows, {range.first, range_.first});
    if (range.last > range_.last) count(rows, {range_.last, range.last});
    if (range.first > range_.first) discount(rows, {range_.first, range.first});
    if (range.last < range_.last) discount(rows, {range.last, range_.last});
  }
  range_ = range;
  // A minimum cannot be taken back, and adding three figures of each row anew is cheap.
  exact_ = {};
  add_exact(rows, range);
}

Duration LatencyWindow::quantile(double q) const {
  if (count_ == 0) return Duration{0};
  const std::uint64_t rank = nearest_rank(q, count_);
  std::uint64_t seen = 0;
  for (std::uint32_t i = lowest_; i <= highest_; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return quantile_in(i, q, exact_);
  }
  return Duration{0};
}

bool Latencies::collect(const MetricQuery& query, const Series& series, Measurement& result) {
  if (!has_counts(query, series, result)) return false;
  const std::vector<SparseHistogram>& histograms = latencies(query, series);
  const Rows rows = rows_of(series);
  if (histograms.empty()) {
    const Tally counts = tally(query, series);
    result = counts.answered == 0
                 ? unknown("no answered requests")
                 : unknown("latencies of " + series.subject + " are not recorded by second",
                           counts.answered);
    return false;
  }
  if (query.memo != nullptr && !query.live && query.pieces.size() <= 1) {
    // One window per length: a condition may look back 1 h and 5 min in turn.
    auto& moving = query.memo->get<LatencyWindow>("latencies of " + series.subject + " over " +
                                                  std::to_string((query.to - query.from).count()) +
                                                  " by " + std::to_string(rows.step));
    each_piece(query, [&](SimTime from, SimTime to) {
      moving.move_to(histograms, rows_between(query, rows, from, to));
    });
    window_ = &moving;
  } else {
    each_piece(query, [&](SimTime from, SimTime to) {
      own_.add(histograms, rows_between(query, rows, from, to));
    });
  }
  if (window_->count() == 0) {
    result = unknown("no answered requests");
    return false;
  }
  return true;
}

Measurement LatencyMetric::measure(std::string_view, const MetricQuery& query) const {
  Measurement result;
  const Series* series = series_of(query, result);
  Latencies latencies;
  if (series == nullptr || !latencies.collect(query, *series, result)) return result;
  const LatencyWindow& window = latencies.window();
  return known(spec_.of(window), window.count());
}

}  // namespace leapday::checks
