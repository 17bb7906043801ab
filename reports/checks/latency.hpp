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

/// A histogram of some rows. It can move on to other rows at the cost of what differs.
class LatencyWindow final : public MetricMemo::Entry {
 public:
  void add(const std::vector<SparseHistogram>& rows, RowRange range);
  /// Holds exactly these rows afterwards.
  void move_to(const std::vector<SparseHistogram>& rows, RowRange range);

  std::uint64_t count() const { return count_; }
  /// As Histogram::quantile.
  Duration quantile(double q) const;
  double mean_seconds() const { return exact_.mean_seconds(count_); }
  Duration max() const { return Duration{exact_.max}; }

 private:
  void count(const std::vector<SparseHistogram>& rows, RowRange range);
  void discount(const std::vector<SparseHistogram>& rows, RowRange range);
  void add_exact(const std::vector<SparseHistogram>& rows, RowRange range);
  void clear();

  std::vector<std::uint64_t> buckets_;
  std::uint32_t lowest_ = HistogramLayout::kBuckets;  ///< Of buckets ever filled.
  std::uint32_t highest_ = 0;
  std::uint64_t count_ = 0;
  ExactDurations exact_;
  RowRange range_;  ///< What move_to() left.
};

/// The answered requests of the rows that count. Holds on to a window of its own or borrows the
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

/// A figure of all the latencies of a window: mean and max differ in which.
class LatencyMetric final : public Metric {
 public:
  struct Spec {
    std::string_view name;
    std::string_view help;
    double (*of)(const LatencyWindow& window) = nullptr;  ///< In seconds.
  };
  explicit LatencyMetric(const Spec& spec) : spec_(spec) {}
  std::string_view name() const override { return spec_.name; }
  std::string_view help() const override { return spec_.help; }
  Quantity::Kind unit() const override { return Quantity::Kind::duration; }
  std::string_view subjects() const override { return "load app endpoint release dependency"; }
  Measurement measure(std::string_view, const MetricQuery& query) const override;

 private:
  Spec spec_;  ///< Views of string literals.
};

}  // namespace leapday::checks
