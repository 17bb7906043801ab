/// \file recorder_latency.hpp
/// Latencies of one subject on their way into the sparse histograms of its rows.
/// Why: a request appends four bytes to a log; sorting and merging are done for a thousand at once,
/// so that late settlements cost no more than others and a subject at rest holds no dense table.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "leapday/record.hpp"
#include "sim/engine/assert.hpp"

namespace leapday::model {

/// Working memory shared by all logs of a recorder.
struct LatencyScratch {
  std::vector<std::uint32_t> sorted;
  SparseHistogram::Buckets fresh;
  SparseHistogram::Buckets merged;
};

/// What has not been folded in yet. At most kLimit entries wait.
class LatencyLog {
 public:
  static constexpr std::size_t kLimit = 1024;

  bool empty() const { return entries_.empty(); }
  /// False when the log is full and must be folded first.
  bool add(std::uint64_t row, std::uint32_t bucket) {
    LEAPDAY_ASSERT(row < kRows, "a latency lies after the end of the run");
    if (entries_.size() >= kLimit) [[unlikely]]
      return false;
    entries_.push_back(static_cast<std::uint32_t>(row << kBucketBits | bucket));
    return true;
  }
  /// Moves everything into the buckets of the rows and, when given, the total. Exact figures are
  /// not its business.
  void fold(std::vector<SparseHistogram>& rows, Histogram* total, LatencyScratch& scratch);

 private:
  static constexpr int kBucketBits = 13;
  static constexpr std::uint64_t kRows = 1U << (32 - kBucketBits);
  static_assert(HistogramLayout::kBuckets <= 1U << kBucketBits);
  static_assert(Record::kMostRows < static_cast<std::int64_t>(kRows));

  std::vector<std::uint32_t> entries_;  ///< row << 13 | bucket
};

/// The buckets of the row under way of a busy subject, counted in place.
class RowLatency {
 public:
  void add(std::uint32_t bucket) { ++counts_[bucket]; }
  /// Moves the counts into the row and the total. No latency lay outside [shortest, longest] ns.
  void fold(SparseHistogram::Buckets& row, Histogram& total, LatencyScratch& scratch,
            std::int64_t shortest, std::int64_t longest);

 private:
  std::array<std::uint32_t, HistogramLayout::kBuckets> counts_{};
};

}  // namespace leapday::model
