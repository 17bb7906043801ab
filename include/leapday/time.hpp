/// \file time.hpp
/// Distinct types for the three kinds of time, so that mixing them does not compile.
/// Why: a wall clock may jump and must never be subtracted to get a duration (docs/adr/0002).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace leapday {

using namespace std::chrono_literals;

/// Elapsed time, 64-bit nanoseconds: 292 years either way.
using Duration = std::chrono::nanoseconds;

/// True time, TAI-like: nanoseconds since the scenario's t=0. It has no now(): ask the engine.
struct SimClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SimClock, Duration>;
  static constexpr bool is_steady = true;
};
using SimTime = SimClock::time_point;

/// A host's monotonic clock: never steps, its rate may differ from true time.
struct MonoClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock, Duration>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

/// Civil time as a host believes it: POSIX seconds since 1970 (so that year 9999 fits) and
/// nanoseconds in [0, 1e9). It may jump either way.
struct WallTime {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;
};

/// The wall time `elapsed` later, carrying nanoseconds. Saturates nowhere: the caller keeps
/// seconds within the years 1 to 9999.
constexpr WallTime operator+(WallTime wall, Duration elapsed) {
  std::int64_t nanoseconds = wall.nanoseconds + elapsed.count() % 1'000'000'000;
  std::int64_t seconds = wall.seconds + elapsed.count() / 1'000'000'000;
  if (nanoseconds < 0) {
    nanoseconds += 1'000'000'000;
    --seconds;
  } else if (nanoseconds >= 1'000'000'000) {
    nanoseconds -= 1'000'000'000;
    ++seconds;
  }
  return {seconds, static_cast<std::int32_t>(nanoseconds)};
}

inline constexpr SimTime kSimStart{Duration{0}};
/// The last instant a run may reach: time and a 3-bit priority share 63 bits (36 years).
inline constexpr SimTime kSimEnd{Duration{(std::int64_t{1} << 60) - 1}};

}  // namespace leapday
