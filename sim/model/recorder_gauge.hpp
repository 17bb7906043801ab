/// \file recorder_gauge.hpp
/// A quantity that changes at any rate, kept as one mean and one maximum per step.
/// Why: a queue's length changes with every request; its steps would fill the memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "leapday/record.hpp"

namespace leapday::model {

/// The row under way of one gauge. A value that lasts no time leaves no trace, so that the order
/// of events at one instant does not show.
class GaugeTracker {
 public:
  /// Rows of this length, of which the last `kept` stay (twice as many may for a while).
  explicit GaugeTracker(Duration step, std::int64_t kept = std::numeric_limits<std::int64_t>::max())
      : step_(step.count()), kept_(kept) {}

  /// Its values go to another tracker as well, so that set_in_row() takes none.
  void has_twin() { twin_ = true; }
  /// The value from `at` on; times must not decrease. False, and nothing done, where set() is
  /// needed.
  [[gnu::always_inline]] bool set_in_row(SimTime at, double value) {
    const std::int64_t to = at.time_since_epoch().count();
    if (to >= row_end_ || twin_) [[unlikely]]
      return false;
    if (to > since_) {
      area_ += value_ * static_cast<double>(to - since_);
      max_ = held_ && max_ > value_ ? max_ : value_;
      held_ = true;
      since_ = to;
    }
    value_ = value;
    return true;
  }
  /// The same, whatever the time.
  void set(GaugeSeries& out, SimTime at, double value) {
    if (!used_) start(out, at);
    advance(out, at);
    value_ = value;
  }
  /// Many changes at once, after advance() to the first of them: their area and the most that held
  /// for any time up to `to`, the last of them, all within one row; `value` from then on.
  void cover(std::int64_t to, double area, double most, double value) {
    if (to > since_) {
      area_ += area;
      max_ = held_ ? std::max(max_, most) : most;
      held_ = true;
      since_ = to;
    }
    value_ = value;
  }
  /// The maximum so far of the row that begins there; -1 when nothing of it has passed.
  std::int64_t peak(std::int64_t row_begin) const {
    return held_ && since_ > row_begin ? static_cast<std::int64_t>(max_) : -1;
  }
  /// Closes the rows that are over at `to`.
  void advance(GaugeSeries& out, SimTime to);
  /// Closes the row under way as well, with its mean over the part that was.
  void finish(GaugeSeries& out, SimTime end);

 private:
  void start(GaugeSeries& out, SimTime at);
  void begin(GaugeSeries& out, std::int64_t row);
  void skip(GaugeSeries& out, std::int64_t end);
  void hold(std::int64_t until);
  void close(GaugeSeries& out, std::int64_t length);

  std::int64_t step_;  ///< Nanoseconds.
  std::int64_t kept_;
  double value_ = 0;
  double area_ = 0;         ///< Of the row under way, in value times nanoseconds.
  double max_ = 0;          ///< Likewise; meaningful once held_.
  std::int64_t since_ = 0;  ///< Accounted for up to here, in nanoseconds from t=0.
  std::int64_t row_end_ = std::numeric_limits<std::int64_t>::min();  ///< Until it is used.
  bool held_ = false;  ///< Some time of this row is accounted for.
  bool twin_ = false;
  bool used_ = false;  ///< Was ever set: others keep no rows.
};

}  // namespace leapday::model
