/// \file width.cpp
/// Stores a time as narrow counters do, and reads it back.
/// Why: the wrong date itself is what other parts then act on, so it has to be exact.
#include "sim/clocks/width.hpp"

#include <limits>

#include "sim/clocks/calendar.hpp"

namespace leapday::clocks {
namespace {

constexpr std::int64_t kWeek = 7 * 86400;
constexpr std::int64_t kNtpEpoch = 2'208'988'800;  // 1900 to 1970, RFC 5905
constexpr std::int64_t kI32 = std::numeric_limits<std::int32_t>::max();

std::int64_t modulo(std::int64_t value, std::int64_t by) {
  const std::int64_t rest = value % by;
  return rest < 0 ? rest + by : rest;
}

}  // namespace

std::optional<WallTime> through(Width width, WallTime wall, WallTime pivot) {
  WallTime seen = wall;
  switch (width) {
    case Width::i64_seconds:
      break;
    case Width::i32_seconds:
      seen.seconds = static_cast<std::int32_t>(static_cast<std::uint32_t>(wall.seconds));
      break;
    case Width::u32_seconds:
      seen.seconds = static_cast<std::uint32_t>(wall.seconds);
      break;
    case Width::ntp32_seconds:  // era 0, whatever the true one
      seen.seconds = static_cast<std::uint32_t>(wall.seconds + kNtpEpoch) - kNtpEpoch;
      break;
    case Width::yymmddhhmm_i32:
      if (yymmddhhmm(wall) > kI32) return std::nullopt;
      break;
    case Width::gps10_weeks:
      seen.seconds = pivot.seconds + modulo(wall.seconds - pivot.seconds, 1024 * kWeek);
      break;
  }
  return seen;
}

std::int64_t yymmddhhmm(WallTime wall) {
  const Civil at = civil(wall.seconds);
  const std::int64_t minutes = at.second_of_day / 60;
  return ((at.year % 100 * 100 + at.month) * 100 + at.day) * 10'000 + minutes / 60 * 100 +
         minutes % 60;
}

bool overflows_i32(WallTime wall, Duration span) { return (wall + span).seconds > kI32; }

Duration wraps_after(UptimeCounter counter) {
  constexpr std::int64_t k32 = std::int64_t{1} << 32;
  switch (counter) {
    case UptimeCounter::milliseconds_u32:
      return k32 * Duration{1ms};
    case UptimeCounter::centiseconds_i32:
      return k32 / 2 * Duration{10ms};
    case UptimeCounter::centiseconds_u32:
      return k32 * Duration{10ms};
    case UptimeCounter::hours_i16:
      return 32'768 * Duration{1h};
    case UptimeCounter::sched_clock_208d:
      return Duration{std::int64_t{1} << 54};
  }
  return {};
}

}  // namespace leapday::clocks
