/// \file recorder_latency.hpp
/// Latencies of one subject on their way into sparse per-second histograms.
/// Why: a request appends four bytes to a log; sorting and merging are done for a thousand at once,
/// so that late settlements cost no more than others and a subject at rest holds no dense table.
#pragma once

#include <cstdint>
#include <vector>

#include "leapday/record.hpp"

namespace leapday::model {

/// Working memory shared by all logs of a recorder.
struct LatencyScratch {
  std::vector<std::uint32_t> sorted;
  SparseHistogram fresh;
  SparseHistogram merged;
};

/// What has not been folded in yet. At most kLimit entries wait.
class LatencyLog {
 public:
  static constexpr std::size_t kLimit = 1024;

  bool empty() const { return entries_.empty(); }
  /// False when the log must be folded first: it is full, or the second is too far from the others.
  bool add(std::uint64_t second, std::uint32_t bucket) {
    const std::uint64_t offset = second - base_;
    if (offset >= kSeconds || entries_.size() >= kLimit) [[unlikely]]
      return false;
    entries_.push_back(static_cast<std::uint32_t>(offset << kBucketBits | bucket));
    return true;
  }
  /// Moves everything into the seconds and, when given, the total; the next entry is of a second
  /// near `next`.
  void fold(std::vector<SparseHistogram>& seconds, Histogram* total, LatencyScratch& scratch,
            std::uint64_t next);

 private:
  static constexpr int kBucketBits = 13;
  static constexpr std::uint64_t kSeconds = 1U << (32 - kBucketBits);
  static_assert(HistogramLayout::kBuckets <= 1U << kBucketBits);

  std::uint64_t base_ = 0;
  std::vector<std::uint32_t> entries_;  ///< (second - base) << 13 | bucket
};

}  // namespace leapday::model
