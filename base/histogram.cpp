/// \file histogram.cpp
/// Log-linear histograms: adding, merging and quantiles.
/// Why: dense and sparse ones must answer alike.
#include "leapday/histogram.hpp"

#include <cmath>

namespace leapday {

Duration quantile_in(std::uint32_t bucket, double q, const ExactDurations& exact) {
  if (q <= 0 && !exact.empty()) return Duration{exact.min};
  return Duration{exact.clamp(HistogramLayout::highest(bucket))};
}

std::uint64_t nearest_rank(double q, std::uint64_t count) {
  const double rank = std::ceil(q * static_cast<double>(count));
  if (!(rank > 1)) return 1;
  return std::min(static_cast<std::uint64_t>(rank), count);
}

void ExactDurations::add(std::int64_t nanoseconds, std::uint64_t count) {
  if (count == 0) return;
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  min = std::min(min, nanoseconds);
  max = std::max(max, nanoseconds);
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(nanoseconds) * count;
  add_sum(static_cast<std::uint64_t>(product), static_cast<std::uint64_t>(product >> 64));
}

double ExactDurations::sum_seconds() const {
  return (static_cast<double>(sum_high) * 0x1p64 + static_cast<double>(sum_low)) / 1e9;
}

double ExactDurations::mean_seconds(std::uint64_t count) const {
  if (count == 0 || empty()) return 0;
  // Rounding must not lift the mean of equal values above their maximum.
  return std::clamp(sum_seconds() / static_cast<double>(count), static_cast<double>(min) / 1e9,
                    static_cast<double>(max) / 1e9);
}

std::uint64_t SparseHistogram::count() const {
  std::uint64_t total = 0;
  for (const auto& [bucket, n] : buckets) total += n;
  return total;
}

void SparseHistogram::add(std::int64_t nanoseconds, std::uint32_t count) {
  if (count == 0) return;
  const auto bucket = static_cast<std::uint16_t>(HistogramLayout::bucket(nanoseconds));
  const auto at = std::lower_bound(buckets.begin(), buckets.end(), bucket,
                                   [](const auto& entry, auto b) { return entry.first < b; });
  if (at != buckets.end() && at->first == bucket) {
    at->second += count;
  } else {
    buckets.insert(at, {bucket, count});
  }
  exact.add(nanoseconds, count);
}

Duration SparseHistogram::quantile(double q) const {
  const std::uint64_t total = count();
  if (total == 0) return Duration{0};
  const std::uint64_t rank = nearest_rank(q, total);
  std::uint64_t seen = 0;
  for (const auto& [bucket, n] : buckets) {
    seen += n;
    if (seen >= rank) return quantile_in(bucket, q, exact);
  }
  return Duration{0};
}

void Histogram::add(std::int64_t nanoseconds, std::uint64_t count) {
  add_bucket(HistogramLayout::bucket(nanoseconds), count);
  exact_.add(nanoseconds, count);
}

void Histogram::add_bucket(std::uint32_t bucket, std::uint64_t count) {
  if (count == 0) return;
  if (buckets_.empty()) buckets_.resize(HistogramLayout::kBuckets);
  buckets_[bucket] += count;
  count_ += count;
}

void Histogram::merge(const Histogram& other) {
  if (other.buckets_.empty()) return;
  if (buckets_.empty()) buckets_.resize(HistogramLayout::kBuckets);
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  exact_.merge(other.exact_);
}

void Histogram::merge(const SparseHistogram& other) {
  for (const auto& [bucket, n] : other.buckets) add_bucket(bucket, n);
  exact_.merge(other.exact);
}

Duration Histogram::quantile(double q) const {
  if (count_ == 0) return Duration{0};
  const std::uint64_t rank = nearest_rank(q, count_);
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return quantile_in(i, q, exact_);
  }
  return Duration{0};
}

std::uint64_t Histogram::count_at_most(Duration value) const {
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] == 0) continue;
    if (exact_.clamp(HistogramLayout::middle(i)) > value.count()) break;
    total += buckets_[i];
  }
  return total;
}

}  // namespace leapday
