/// \file histogram.hpp
/// A mergeable log-linear histogram of durations with its exact minimum, maximum and sum.
/// Why: percentiles over any window come from adding histograms, not from averaging percentiles.
/// The layout is HdrHistogram's for two significant decimal digits and a unit of 1 ns: 128
/// sub-buckets per power of two, so that a bucket is at most 1/128 of its values wide.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "leapday/time.hpp"

namespace leapday {

/// Bucket arithmetic with 2^SubBits sub-buckets per power of two; values below twice that many have
/// a bucket each. HdrHistogram's counts array has the same order: SubBits is 7 for two significant
/// digits, 10 for three.
template <int SubBits>
struct LogLinearLayout {
  static constexpr int kSubBits = SubBits;
  static constexpr std::uint32_t kSubBuckets = 1U << kSubBits;
  static constexpr std::uint32_t kBuckets = (64U - kSubBits) << kSubBits;

  /// Bucket of a value in nanoseconds; negative values count as 0.
  static constexpr std::uint32_t bucket(std::int64_t nanoseconds) {
    const auto x = static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
    if (x < kSubBuckets) return static_cast<std::uint32_t>(x);
    const auto exponent = static_cast<std::uint32_t>(63 - std::countl_zero(x) - kSubBits);
    return ((exponent + 1) << kSubBits) +
           static_cast<std::uint32_t>((x >> exponent) & (kSubBuckets - 1));
  }
  /// The smallest value of a bucket, in nanoseconds.
  static constexpr std::int64_t lowest(std::uint32_t bucket) {
    if (bucket < kSubBuckets) return bucket;
    const std::uint64_t leading = kSubBuckets + (bucket & (kSubBuckets - 1));
    return static_cast<std::int64_t>(leading << exponent_of(bucket));
  }
  /// The largest value of a bucket: HdrHistogram's highest equivalent value.
  static constexpr std::int64_t highest(std::uint32_t bucket) {
    return lowest(bucket) + ((std::int64_t{1} << exponent_of(bucket)) - 1);
  }
  /// The middle of a bucket: HdrHistogram's median equivalent value.
  static constexpr std::int64_t middle(std::uint32_t bucket) {
    return lowest(bucket) + ((std::int64_t{1} << exponent_of(bucket)) >> 1);
  }

 private:
  static constexpr std::uint32_t exponent_of(std::uint32_t bucket) {
    return bucket < kSubBuckets ? 0 : (bucket >> kSubBits) - 1;
  }
};

/// What every histogram of Leapday's uses.
using HistogramLayout = LogLinearLayout<7>;

/// Exact figures of some durations, in nanoseconds. The sum has 128 bits, so that no run is long
/// enough to overflow it.
struct ExactDurations {
  std::int64_t min = std::numeric_limits<std::int64_t>::max();
  std::int64_t max = -1;  ///< Less than `min`: there were none.
  std::uint64_t sum_low = 0;
  std::uint64_t sum_high = 0;

  bool empty() const { return max < min; }
  /// Negative durations count as 0, as they do in buckets.
  void add(std::int64_t nanoseconds) {
    nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
    min = std::min(min, nanoseconds);
    max = std::max(max, nanoseconds);
    add_sum(static_cast<std::uint64_t>(nanoseconds), 0);
  }
  void add(std::int64_t nanoseconds, std::uint64_t count);
  void merge(const ExactDurations& other) {
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    add_sum(other.sum_low, other.sum_high);
  }
  double sum_seconds() const;
  /// The mean of so many, never outside [min, max]; 0 of none.
  double mean_seconds(std::uint64_t count) const;
  /// The value brought into [min, max]; as it is when there were none.
  std::int64_t clamp(std::int64_t nanoseconds) const {
    return empty() ? nanoseconds : std::clamp(nanoseconds, min, max);
  }
  friend bool operator==(const ExactDurations&, const ExactDurations&) = default;

 private:
  void add_sum(std::uint64_t low, std::uint64_t high) {
    sum_low += low;
    sum_high += high + (sum_low < low ? 1 : 0);
  }
};

/// Counts of the buckets that hold any, ascending by bucket: what a second of a run needs.
struct SparseHistogram {
  using Buckets = std::vector<std::pair<std::uint16_t, std::uint32_t>>;
  Buckets buckets;  ///< (bucket of HistogramLayout, count)
  ExactDurations exact;

  bool empty() const { return buckets.empty(); }
  std::uint64_t count() const;
  void add(std::int64_t nanoseconds, std::uint32_t count = 1);
  /// As Histogram::quantile.
  Duration quantile(double q) const;
  friend bool operator==(const SparseHistogram&, const SparseHistogram&) = default;
};

/// Dense counts; 58 KB when touched, empty until then.
class Histogram {
 public:
  void add(std::int64_t nanoseconds, std::uint64_t count = 1);
  void merge(const Histogram& other);
  void merge(const SparseHistogram& other);
  /// Counts without exact figures, for whoever adds those by merge_exact.
  void add_bucket(std::uint32_t bucket, std::uint64_t count);
  void merge_exact(const ExactDurations& exact) { exact_.merge(exact); }
  std::uint64_t count() const { return count_; }
  const ExactDurations& exact() const { return exact_; }
  /// The value at quantile q in [0, 1], HdrHistogram's way: the largest value of the bucket that
  /// holds the nearest rank, so that at least that share does not exceed it, but never outside the
  /// exact minimum and maximum. At 0 the minimum; 0 ns when empty.
  Duration quantile(double q) const;
  /// Exact; 0 when empty.
  double mean_seconds() const { return exact_.mean_seconds(count_); }
  /// How many are below or at the duration (whole buckets; the duration's own bucket counts when
  /// its middle, or what the exact figures leave of it, does).
  std::uint64_t count_at_most(Duration value) const;
  const std::vector<std::uint64_t>& buckets() const { return buckets_; }

 private:
  std::vector<std::uint64_t> buckets_;  ///< Empty or HistogramLayout::kBuckets long.
  std::uint64_t count_ = 0;
  ExactDurations exact_;
};

/// The rank, from 1, of quantile q among `count` ascending values (nearest rank).
std::uint64_t nearest_rank(double q, std::uint64_t count);
/// What a histogram answers when the rank of quantile q lies in the bucket.
Duration quantile_in(std::uint32_t bucket, double q, const ExactDurations& exact);

}  // namespace leapday
