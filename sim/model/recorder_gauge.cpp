/// \file recorder_gauge.cpp
/// Time-weighted means. Why by area: sampling at instants would miss or double what lies between.
#include "sim/model/recorder_gauge.hpp"

#include <algorithm>

namespace leapday::model {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

void GaugeTracker::hold(std::int64_t until) {
  if (until <= since_) return;
  area_ += value_ * static_cast<double>(until - since_);
  max_ = held_ ? std::max(max_, value_) : value_;
  held_ = true;
  since_ = until;
}

void GaugeTracker::close(GaugeSeries& out, std::int64_t length) {
  out.mean.push_back(static_cast<float>(area_ / static_cast<double>(length)));
  out.max.push_back(static_cast<float>(max_));
  area_ = 0;
  held_ = false;
}

void GaugeTracker::start(GaugeSeries& out, SimTime at) {
  used_ = true;
  // Seconds before the first value are zeros, made at once.
  const std::int64_t second = std::max<std::int64_t>(0, at.time_since_epoch().count() / kSecond);
  since_ = second * kSecond;
  out.mean.resize(static_cast<std::size_t>(second));
  out.max.resize(static_cast<std::size_t>(second));
}

void GaugeTracker::advance(GaugeSeries& out, SimTime to) {
  if (!used_) return;
  const std::int64_t end = to.time_since_epoch().count();
  for (;;) {
    const std::int64_t second_end = (since_ / kSecond + 1) * kSecond;
    if (end < second_end) break;
    hold(second_end);
    close(out, kSecond);
  }
  hold(end);
}

void GaugeTracker::finish(GaugeSeries& out, SimTime end) {
  if (!used_) return;
  advance(out, end);
  const std::int64_t length = since_ % kSecond;
  if (length > 0) close(out, length);
}

}  // namespace leapday::model
