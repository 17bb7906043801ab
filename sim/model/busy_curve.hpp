/// \file busy_curve.hpp
/// How many requests an app has open, waiting and in service over a stretch of time, from when they
/// came and went.
/// Why: the area under such a curve does not depend on the order of events, and its peaks only on
/// the order where it is about as high as ever; so that hardly any event need be put in order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace leapday::model {

/// An instant that the curve steps at: nanoseconds from t=0, times two, and one bit. Of arrivals
/// the bit says that the request has to wait, of ends that another's service begins there.
using CurveStep = std::uint64_t;

/// The largest values that held for any time, or -1: none has yet.
struct Peaks {
  std::int64_t open = -1;
  std::int64_t queued = -1;
  std::int64_t busy = -1;
};

class BusyCurve {
 public:
  std::int64_t open = 0;    ///< Before the first step, then after the last.
  std::int64_t queued = 0;  ///< Likewise; the others are busy.
  Peaks peaks;              ///< Before the first step, then up to the last.
  std::int64_t first = 0;   ///< Instant of the first step.
  std::int64_t last = 0;
  std::int64_t open_area = 0;  ///< Between the two, in requests times nanoseconds.
  std::int64_t queued_area = 0;

  /// Takes all steps, of which there is one at least; arrivals ascend, ends are in any order. At
  /// one instant ends come first. What `open`, `queued` and `peaks` hold is where it starts from.
  void take(std::span<const CurveStep> arrivals, std::span<const CurveStep> ends);

 private:
  static constexpr std::size_t kStretches = 64;
  /// Steps of one stretch: all in the lower half, those with their bit set in the upper one.
  struct Count {
    std::uint64_t arrivals = 0;
    std::uint64_t ends = 0;
  };
  static std::int64_t all(std::uint64_t count) { return static_cast<std::uint32_t>(count); }
  static std::int64_t with_bit(std::uint64_t count) {
    return static_cast<std::int64_t>(count >> 32);
  }

  void count(std::span<const CurveStep> arrivals, std::span<const CurveStep> ends);
  bool may_peak(const Count& count) const;
  void step(const Count& count);
  void follow(std::span<const CurveStep> arrivals, std::span<CurveStep> ends, bool begins);
  std::size_t stretch_of(CurveStep step) const {
    return static_cast<std::size_t>((static_cast<std::int64_t>(step >> 1) - first) >> shift_);
  }

  int shift_ = 0;  ///< Stretches are 2^shift_ ns long.
  std::array<Count, kStretches> counts_{};
  std::vector<CurveStep> sorted_;  ///< Ends by stretch.
};

}  // namespace leapday::model
