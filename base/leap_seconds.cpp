/// \file leap_seconds.cpp
/// The list, and sums over it. Why: see leap_seconds.hpp.
#include "leapday/leap_seconds.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace leapday {
namespace {

constexpr std::int64_t midnight(int year, unsigned month) {
  const std::chrono::sys_days day{std::chrono::year{year} / std::chrono::month{month} / 1};
  return day.time_since_epoch().count() * 86'400;
}

constexpr std::array<std::int64_t, 27> kPublished{
    midnight(1972, 7), midnight(1973, 1), midnight(1974, 1), midnight(1975, 1), midnight(1976, 1),
    midnight(1977, 1), midnight(1978, 1), midnight(1979, 1), midnight(1980, 1), midnight(1981, 7),
    midnight(1982, 7), midnight(1983, 7), midnight(1985, 7), midnight(1988, 1), midnight(1990, 1),
    midnight(1991, 1), midnight(1992, 7), midnight(1993, 7), midnight(1994, 7), midnight(1996, 1),
    midnight(1997, 7), midnight(1999, 1), midnight(2006, 1), midnight(2009, 1), midnight(2012, 7),
    midnight(2015, 7), midnight(2017, 1)};

}  // namespace

std::span<const std::int64_t> published_leap_seconds() { return kPublished; }

std::vector<LeapBefore> leap_seconds(const std::vector<LeapSecondSpec>& added) {
  std::vector<LeapBefore> all;
  for (const std::int64_t at : kPublished) all.push_back({at, 1});
  for (const LeapSecondSpec& leap : added) {
    all.push_back({leap.before.seconds, leap.kind == LeapKind::insert ? 1 : -1});
  }
  std::sort(all.begin(), all.end());
  return all;
}

Duration true_time_between(WallTime from, WallTime to, const std::vector<LeapSecondSpec>& added) {
  __int128 seconds = static_cast<__int128>(to.seconds) - from.seconds;
  for (const LeapBefore& leap : leap_seconds(added)) {
    if (from.seconds < leap.midnight && leap.midnight <= to.seconds) seconds += leap.seconds;
    if (to.seconds < leap.midnight && leap.midnight <= from.seconds) seconds -= leap.seconds;
  }
  const __int128 total = seconds * 1'000'000'000 + to.nanoseconds - from.nanoseconds;
  constexpr __int128 kMost = static_cast<__int128>(1) << 62;
  return Duration{static_cast<std::int64_t>(std::clamp(total, -kMost, kMost))};
}

}  // namespace leapday
