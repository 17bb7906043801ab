/// \file recorder_latency.cpp
/// Folding a log: radix sort, run lengths, merge. Why radix: entries of a second or two differ in
/// two bytes, so that two passes sort a thousand of them.
#include "sim/model/recorder_latency.hpp"

#include <array>
#include <bit>

namespace leapday::model {
namespace {

/// Sorts ascending, a byte at a time, skipping bytes that are the same in all entries.
void radix_sort(std::vector<std::uint32_t>& values, std::vector<std::uint32_t>& other) {
  other.resize(values.size());
  for (int shift = 0; shift < 32; shift += 8) {
    std::array<std::uint32_t, 256> count{};
    for (const std::uint32_t value : values) ++count[(value >> shift) & 255];
    if (count[(values[0] >> shift) & 255] == values.size()) continue;
    std::uint32_t before = 0;
    for (std::uint32_t& n : count) {
      const std::uint32_t size = n;
      n = before;
      before += size;
    }
    for (const std::uint32_t value : values) other[count[(value >> shift) & 255]++] = value;
    values.swap(other);
  }
}

/// Adds the counts of `fresh` to `into`; both ascend by bucket.
void merge(SparseHistogram::Buckets& into, const SparseHistogram::Buckets& fresh,
           SparseHistogram::Buckets& scratch) {
  if (into.empty()) {
    into.assign(fresh.begin(), fresh.end());
    return;
  }
  scratch.clear();
  std::size_t i = 0;
  for (const auto& [bucket, count] : fresh) {
    while (i < into.size() && into[i].first < bucket) scratch.push_back(into[i++]);
    scratch.emplace_back(bucket, count);
    if (i < into.size() && into[i].first == bucket) scratch.back().second += into[i++].second;
  }
  while (i < into.size()) scratch.push_back(into[i++]);
  // A little room, so that a busy second is not copied anew with every fold.
  if (scratch.size() > into.capacity()) into.reserve(scratch.size() + scratch.size() / 4 + 8);
  into.assign(scratch.begin(), scratch.end());
}

}  // namespace

void LatencyLog::fold(std::vector<SparseHistogram>& rows, Histogram* total,
                      LatencyScratch& scratch) {
  if (entries_.empty()) return;
  radix_sort(entries_, scratch.sorted);
  for (std::size_t i = 0; i < entries_.size();) {
    const std::uint32_t row = entries_[i] >> kBucketBits;
    scratch.fresh.clear();
    while (i < entries_.size() && entries_[i] >> kBucketBits == row) {
      const std::size_t run = i;
      while (i < entries_.size() && entries_[i] == entries_[run]) ++i;
      const std::uint32_t bucket = entries_[run] & ((1U << kBucketBits) - 1);
      const auto count = static_cast<std::uint32_t>(i - run);
      scratch.fresh.emplace_back(static_cast<std::uint16_t>(bucket), count);
      if (total != nullptr) total->add_bucket(bucket, count);
    }
    if (row >= rows.size()) rows.resize(row + 1);
    merge(rows[row].buckets, scratch.fresh, scratch.merged);
  }
  entries_.clear();
}

void RowLatency::fold(SparseHistogram::Buckets& row, Histogram& total, LatencyScratch& scratch,
                      std::int64_t shortest, std::int64_t longest) {
  scratch.fresh.clear();
  const std::uint32_t last = HistogramLayout::bucket(longest);
  for (std::uint32_t bucket = HistogramLayout::bucket(shortest); bucket <= last; ++bucket) {
    const std::uint32_t count = counts_[bucket];
    if (count == 0) continue;
    scratch.fresh.emplace_back(static_cast<std::uint16_t>(bucket), count);
    total.add_bucket(bucket, count);
    counts_[bucket] = 0;
  }
  if (!scratch.fresh.empty()) merge(row, scratch.fresh, scratch.merged);
}

}  // namespace leapday::model
