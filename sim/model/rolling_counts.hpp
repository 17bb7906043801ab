/// \file rolling_counts.hpp
/// Two counters over a trailing window in ten buckets.
/// Why: breakers, throttles and retry budgets forget old traffic the same way (Hystrix, opossum and
/// Finagle all use ten buckets).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "leapday/time.hpp"

namespace leapday::model {

class RollingCounts {
 public:
  struct Pair {
    std::int64_t first = 0;
    std::int64_t second = 0;
  };

  explicit RollingCounts(Duration window)
      : width_(std::max<std::int64_t>(window.count() / 10, 1)) {}

  void add(SimTime now, std::int64_t first, std::int64_t second) {
    turn(now);
    Pair& bucket = buckets_[slot_];
    bucket.first += first;
    bucket.second += second;
    sum_.first += first;
    sum_.second += second;
  }
  /// What was added during the last ten buckets, the current one included.
  Pair sum(SimTime now) {
    turn(now);
    return sum_;
  }
  void clear() {
    buckets_ = {};
    sum_ = {};
  }

 private:
  void turn(SimTime now) {
    const std::int64_t at = now.time_since_epoch().count() + kOffset;
    if (at >= begin_ && at < end_) [[likely]]
      return;
    turn_to(at / width_);
  }
  void turn_to(std::int64_t bucket) {
    begin_ = bucket * width_;
    end_ = begin_ + width_;
    if (bucket == newest_) return;
    if (bucket - newest_ >= 10) {
      clear();
    } else {
      for (std::int64_t b = newest_ + 1; b <= bucket; ++b) {
        Pair& old = buckets_[static_cast<std::size_t>(b % 10)];
        sum_.first -= old.first;
        sum_.second -= old.second;
        old = {};
      }
    }
    newest_ = bucket;
    slot_ = static_cast<std::size_t>(bucket % 10);
  }

  static constexpr std::int64_t kOffset = std::int64_t{1} << 60;  ///< Warm-up is before 0.
  std::int64_t width_;
  std::int64_t newest_ = 0;
  std::int64_t begin_ = 0, end_ = 0;  ///< Of the newest bucket, in ns + kOffset.
  std::size_t slot_ = 0;              ///< Of the newest bucket.
  std::array<Pair, 10> buckets_{};
  Pair sum_;
};

}  // namespace leapday::model
