/// \file recorder_gauge.cpp
/// Time-weighted means. Why by area: sampling at instants would miss or double what lies between.
#include "sim/model/recorder_gauge.hpp"

#include <algorithm>

namespace leapday::model {

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
  const auto rows = static_cast<std::int64_t>(out.mean.size());
  if (rows / 2 < kept_) return;  // twice as many, so that a row is moved once at most
  out.mean.erase(out.mean.begin(), out.mean.end() - kept_);
  out.max.erase(out.max.begin(), out.max.end() - kept_);
  out.first += rows - kept_;
}

void GaugeTracker::start(GaugeSeries& out, SimTime at) {
  used_ = true;
  // Rows before the first value are zeros, made at once.
  begin(out, std::max<std::int64_t>(0, at.time_since_epoch().count() / step_));
  const std::int64_t zeros = std::min(since_ / step_, kept_);
  out.first -= zeros;
  out.mean.resize(static_cast<std::size_t>(zeros));
  out.max.resize(static_cast<std::size_t>(zeros));
}

void GaugeTracker::begin(GaugeSeries& out, std::int64_t row) {
  out.first = row;
  since_ = row * step_;
  row_end_ = since_ + step_;
  area_ = 0;
  held_ = false;
}

/// Leaves out the rows between, which would be dropped at once.
void GaugeTracker::skip(GaugeSeries& out, std::int64_t end) {
  const std::int64_t row = end / step_ - kept_;
  if (row * step_ < row_end_) return;
  out.mean.clear();
  out.max.clear();
  begin(out, row);
}

void GaugeTracker::advance(GaugeSeries& out, SimTime to) {
  if (!used_) return;
  const std::int64_t end = to.time_since_epoch().count();
  if (end >= row_end_) [[unlikely]] {
    if ((end - since_) / step_ > kept_) skip(out, end);
    for (; end >= row_end_; row_end_ += step_) {
      hold(row_end_);
      close(out, step_);
    }
  }
  hold(end);
}

void GaugeTracker::finish(GaugeSeries& out, SimTime end) {
  if (!used_) return;
  advance(out, end);
  const std::int64_t length = since_ - (row_end_ - step_);
  if (length > 0) close(out, length);
}

}  // namespace leapday::model
