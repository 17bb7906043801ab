/// \file leap_seconds.hpp
/// The leap seconds that there have been, and true time between two timestamps.
/// Why: two seconds pass where timestamps count one, and plans, runs and checks must agree on it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "leapday/scenario/clocks.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// A leap second that stands right before that midnight UTC.
struct LeapBefore {
  std::int64_t midnight = 0;  ///< Seconds since 1970.
  int seconds = 1;            ///< 1: inserted. -1: the last second is left out.
  friend constexpr auto operator<=>(const LeapBefore&, const LeapBefore&) = default;
};

/// The midnights of the 27 of 1972 to 2016 (IERS Bulletin C; tzdata's leap-seconds.list).
std::span<const std::int64_t> published_leap_seconds();
/// Those and the ones that a scenario adds, in order of time.
std::vector<LeapBefore> leap_seconds(const std::vector<LeapSecondSpec>& added);
/// True time from one instant of UTC to another, as POSIX counts them, leap seconds included. At
/// most 2^62 ns either way.
Duration true_time_between(WallTime from, WallTime to, const std::vector<LeapSecondSpec>& added);

}  // namespace leapday
