/// \file recorder_gauge.hpp
/// A quantity that changes at any rate, kept as one mean and one maximum per second.
/// Why: a queue's length changes with every request; its steps would fill the memory.
#pragma once

#include <cstdint>

#include "leapday/record.hpp"

namespace leapday::model {

/// The second under way of one gauge. A value that lasts no time leaves no trace, so that the order
/// of events at one instant does not show.
class GaugeTracker {
 public:
  /// The value from `at` on; times must not decrease.
  void set(GaugeSeries& out, SimTime at, double value) {
    if (!used_) [[unlikely]]
      start(out, at);
    advance(out, at);
    value_ = value;
  }
  /// Closes the seconds that are over at `to`.
  void advance(GaugeSeries& out, SimTime to);
  /// Closes the second under way as well, with its mean over the part that was.
  void finish(GaugeSeries& out, SimTime end);

 private:
  void start(GaugeSeries& out, SimTime at);
  void hold(std::int64_t until);
  void close(GaugeSeries& out, std::int64_t length);

  double value_ = 0;
  double area_ = 0;         ///< Of the second under way, in value times nanoseconds.
  double max_ = 0;          ///< Likewise; meaningful once held_.
  std::int64_t since_ = 0;  ///< Accounted for up to here, in nanoseconds from t=0.
  bool held_ = false;       ///< Some time of this second is accounted for.
  bool used_ = false;       ///< Was ever set: others keep no seconds.
};

}  // namespace leapday::model
