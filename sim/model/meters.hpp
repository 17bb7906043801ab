/// \file meters.hpp
/// Counters of what instances and routers of an app do, for whoever reads them now and then.
/// Why: an autoscaler is fed from counters that agents read, not from the record, which is exact
/// and knows no delay. Apps that nobody scales have none, and pay a test of a flag for it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "leapday/histogram.hpp"
#include "leapday/scaling.hpp"
#include "leapday/time.hpp"

namespace leapday::model {

/// A value times the time it held, in nanoseconds.
class Integral {
 public:
  void set(double value, SimTime at) {
    area_ += value_ * static_cast<double>((at - since_).count());
    value_ = value;
    since_ = at;
  }
  double value() const { return value_; }
  double area(SimTime at) const {
    return area_ + value_ * static_cast<double>((at - since_).count());
  }

 private:
  double area_ = 0;
  double value_ = 0;
  SimTime since_{};
};

/// What one instance has done since it listens.
struct InstanceReading {
  double busy = 0;            ///< Core-nanoseconds.
  double open = 0;            ///< Request-nanoseconds.
  std::uint64_t arrived = 0;  ///< Requests.
};

struct InstanceMeter {
  Integral cores;
  Integral open;
  std::uint64_t arrived = 0;

  InstanceReading read(SimTime at) const { return {cores.area(at), open.area(at), arrived}; }
};

/// What all routers have seen of one app since it was last read.
class AppMeter {
 public:
  void responded(Duration latency, bool well) {
    ++(well ? answered_ : failed_);
    buckets_.push_back(HistogramLayout::bucket(latency.count()));
    exact_.add(latency.count());
  }
  void waits(std::int64_t more, SimTime at) {
    waiting_.set(waiting_.value() + static_cast<double>(more), at);
  }
  std::int64_t waiting() const { return static_cast<std::int64_t>(waiting_.value()); }

  /// The window from the last reading to this one.
  RouterSample take(SimTime from, SimTime at) {
    RouterSample sample{.at = at, .window = at - from, .answered = answered_, .failed = failed_};
    const double area = waiting_.area(at);
    if (at > from) sample.waiting = (area - read_) / static_cast<double>((at - from).count());
    read_ = area;
    std::sort(buckets_.begin(), buckets_.end());
    for (const std::uint32_t bucket : buckets_) {
      auto& into = sample.latency.buckets;
      if (into.empty() || into.back().first != bucket) {
        into.emplace_back(static_cast<std::uint16_t>(bucket), 0);
      }
      ++into.back().second;
    }
    sample.latency.exact = std::exchange(exact_, {});
    buckets_.clear();
    answered_ = failed_ = 0;
    return sample;
  }

 private:
  std::vector<std::uint32_t> buckets_;
  ExactDurations exact_;
  std::uint64_t answered_ = 0, failed_ = 0;
  Integral waiting_;
  double read_ = 0;
};

/// Of all apps that are scaled, and of their instances. kNoMeter is that of all others.
class Meters {
 public:
  static constexpr std::uint32_t kNoMeter = 0xffffffffU;

  std::uint32_t add_app() {
    apps_.emplace_back();
    return static_cast<std::uint32_t>(apps_.size() - 1);
  }
  std::uint32_t add_instance() {
    instances_.emplace_back();
    return static_cast<std::uint32_t>(instances_.size() - 1);
  }
  AppMeter& app(std::uint32_t meter) { return apps_[meter]; }
  InstanceReading read(std::uint32_t meter, SimTime at) const { return instances_[meter].read(at); }

  void cores(std::uint32_t meter, double cores, SimTime at) {
    if (meter != kNoMeter) [[unlikely]]
      instances_[meter].cores.set(cores, at);
  }
  void arrived(std::uint32_t meter, SimTime at) {
    if (meter == kNoMeter) [[likely]]
      return;
    ++instances_[meter].arrived;
    left(meter, -1, at);
  }
  /// So many requests have left the instance, one way or another.
  void left(std::uint32_t meter, double requests, SimTime at) {
    if (meter == kNoMeter) [[likely]]
      return;
    Integral& open = instances_[meter].open;
    open.set(open.value() - requests, at);
  }
  void responded(std::uint32_t meter, Duration latency, bool well) {
    if (meter != kNoMeter) [[unlikely]]
      apps_[meter].responded(latency, well);
  }
  void waits(std::uint32_t meter, std::int64_t more, SimTime at) {
    if (meter != kNoMeter) [[unlikely]]
      apps_[meter].waits(more, at);
  }

 private:
  std::vector<InstanceMeter> instances_;
  std::vector<AppMeter> apps_;
};

}  // namespace leapday::model
