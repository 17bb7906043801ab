/// \file latency.hpp
/// Latencies of answered requests over a window: what p, mean and max share.
/// Why: percentiles over any window come from adding histograms, never from averaging percentiles.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "leapday/histogram.hpp"
#include "reports/checks/window.hpp"

namespace leapday::checks {

/// A histogram of some seconds. It can move on to other seconds at the cost of what differs.
class LatencyWindow final : public MetricMemo::Entry {
 public:
  void add(const std::vector<SparseHistogram>& seconds, SecondRange range);
  /// Holds exactly these seconds afterwards.
  void move_to(const std::vector<SparseHistogram>& seconds, SecondRange range);

  std::uint64_t count() const { return count_; }
  /// Nearest rank, as Histogram::quantile.
  Duration quantile(double q) const;
  double mean_seconds() const;

 private:
  void remove(const std::vector<SparseHistogram>& seconds, SecondRange range);
  void clear();

  std::vector<std::uint64_t> buckets_;
  std::uint32_t lowest_ = HistogramLayout::kBuckets;  ///< Of buckets ever filled.
  std::uint32_t highest_ = 0;
  std::uint64_t count_ = 0;
  SecondRange range_;  ///< What move_to() left.
};

/// The answered requests of the seconds that count. Holds on to a window of its own or borrows the
/// memo's.
class Latencies {
 public:
  /// False, with `result` filled in, when there are none or they are not recorded.
  bool collect(const MetricQuery& query, const Series& series, Measurement& result);
  const LatencyWindow& window() const { return *window_; }

 private:
  LatencyWindow own_;
  const LatencyWindow* window_ = &own_;
};

}  // namespace leapday::checks
