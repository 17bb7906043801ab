/// \file histogram.cpp
/// Log-linear histogram: adding, merging and quantiles.
#include "leapday/histogram.hpp"

#include <cmath>

namespace leapday {

void Histogram::add(std::int64_t nanoseconds, std::uint64_t count) {
  add_bucket(HistogramLayout::bucket(nanoseconds), count);
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
}

Duration Histogram::quantile(double q) const {
  if (count_ == 0) return Duration{0};
  auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  if (rank < 1) rank = 1;
  if (rank > count_) rank = count_;
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return Duration{HistogramLayout::middle(i)};
  }
  return Duration{0};
}

double Histogram::mean_seconds() const {
  if (count_ == 0) return 0;
  double sum = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    if (buckets_[i] != 0) {
      sum += static_cast<double>(HistogramLayout::middle(i)) * static_cast<double>(buckets_[i]);
    }
  }
  return sum / static_cast<double>(count_) * 1e-9;
}

std::uint64_t Histogram::count_at_most(Duration value) const {
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); ++i) {
    if (HistogramLayout::middle(i) > value.count()) break;
    total += buckets_[i];
  }
  return total;
}

}  // namespace leapday
