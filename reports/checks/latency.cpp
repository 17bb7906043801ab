/// \file latency.cpp
/// Adds the per-second latency histograms of a window.
#include "reports/checks/latency.hpp"

#include <cmath>

namespace leapday::checks {

void LatencyWindow::add(const std::vector<SparseHistogram>& seconds, SecondRange range) {
  if (buckets_.empty()) buckets_.resize(HistogramLayout::kBuckets);
  for (std::size_t k = range.first; k < std::min(range.last, seconds.size()); ++k) {
    for (const auto& [bucket, n] : seconds[k]) {
      buckets_[bucket] += n;
      count_ += n;
      lowest_ = std::min<std::uint32_t>(lowest_, bucket);
      highest_ = std::max<std::uint32_t>(highest_, bucket);
    }
  }
}

void LatencyWindow::remove(const std::vector<SparseHistogram>& seconds, SecondRange range) {
  for (std::size_t k = range.first; k < std::min(range.last, seconds.size()); ++k) {
    for (const auto& [bucket, n] : seconds[k]) {
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

void LatencyWindow::move_to(const std::vector<SparseHistogram>& seconds, SecondRange range) {
  const bool apart = range.first >= range_.last || range.last <= range_.first;
  const auto distance = [](std::size_t a, std::size_t b) { return a < b ? b - a : a - b; };
  const std::size_t steps = distance(range.first, range_.first) + distance(range.last, range_.last);
  if (apart || steps >= range.last - range.first) {
    clear();
    add(seconds, range);
  } else {
    if (range.first < range_.first) add(seconds, {range.first, range_.first});
    if (range.last > range_.last) add(seconds, {range_.last, range.last});
    if (range.first > range_.first) remove(seconds, {range_.first, range.first});
    if (range.last < range_.last) remove(seconds, {range.last, range_.last});
  }
  range_ = range;
}

Duration LatencyWindow::quantile(double q) const {
  if (count_ == 0) return Duration{0};
  auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  rank = std::clamp<std::uint64_t>(rank, 1, count_);
  std::uint64_t seen = 0;
  for (std::uint32_t i = lowest_; i <= highest_; ++i) {
    seen += buckets_[i];
    if (seen >= rank) return Duration{HistogramLayout::middle(i)};
  }
  return Duration{0};
}

double LatencyWindow::mean_seconds() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (std::uint32_t i = lowest_; i <= highest_; ++i) {
    if (buckets_[i] == 0) continue;
    sum += static_cast<double>(HistogramLayout::middle(i)) * static_cast<double>(buckets_[i]);
  }
  return sum / static_cast<double>(count_) / 1e9;
}

bool Latencies::collect(const MetricQuery& query, const Series& series, Measurement& result) {
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
  if (query.memo != nullptr && !query.live && query.pieces.size() <= 1) {
    // One window per length: a condition may look back 1 h and 5 min in turn.
    auto& moving = query.memo->get<LatencyWindow>("latencies of " + series.subject + " over " +
                                                  std::to_string((query.to - query.from).count()));
    each_piece(query, [&](SimTime from, SimTime to) {
      moving.move_to(seconds, seconds_between(query, from, to));
    });
    window_ = &moving;
  } else {
    each_piece(query, [&](SimTime from, SimTime to) {
      own_.add(seconds, seconds_between(query, from, to));
    });
  }
  if (window_->count() == 0) {
    result = unknown("no answered requests");
    return false;
  }
  return true;
}

}  // namespace leapday::checks
