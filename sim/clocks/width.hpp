/// \file width.hpp
/// Time in counters that are too narrow for it.
/// Why: they work for years and then fail on every machine at once, or a rack at a time when they
/// count from the day on which its machines were started.
#pragma once

#include <cstdint>
#include <optional>

#include "leapday/time.hpp"

namespace leapday::clocks {

/// What a component keeps times of day in.
enum class Width {
  i64_seconds,     ///< Wide enough.
  i32_seconds,     ///< time_t of old: 2038-01-19T03:14:08Z reads as 1901.
  u32_seconds,     ///< Until 2106-02-07T06:28:16Z.
  ntp32_seconds,   ///< NTP's seconds since 1900: the era ends at 2036-02-07T06:28:16Z.
  yymmddhhmm_i32,  ///< "2201010001" as an int32 (Exchange, 2022): does not fit, and fails.
  gps10_weeks,     ///< A GPS week of 10 bits, read with a fixed pivot: 1,024 weeks at a time.
};

/// The time that is read back from such a counter; nothing where storing it fails (overflow
/// checked). \param pivot For `gps10_weeks`: the first day that the receiver takes for possible.
std::optional<WallTime> through(Width width, WallTime wall, WallTime pivot = {});
/// YYMMDDHHMM of a wall time in UTC: 2201010001.
std::int64_t yymmddhhmm(WallTime wall);
/// `wall + span` does not fit a signed 32-bit count of seconds.
bool overflows_i32(WallTime wall, Duration span);

/// A counter of uptime that wraps, or a defect that shows when it reaches an age.
enum class UptimeCounter {
  milliseconds_u32,  ///< 49.7 days (Windows 95, many devices).
  centiseconds_i32,  ///< 248.6 days (Boeing 787's generators; jiffies at 100 Hz).
  centiseconds_u32,  ///< 497.1 days (SNMP sysUpTime).
  hours_i16,         ///< 32,768 h, 1,365 days (HPE's SSDs).
  sched_clock_208d,  ///< 208.5 days: 2^54 ns (Linux 3.x, sched_clock).
};
/// The age at which it wraps.
Duration wraps_after(UptimeCounter counter);

}  // namespace leapday::clocks
