/// \file leap.hpp
/// Leap seconds, inserted or deleted at any date, and what kinds of clocks make of them.
/// Why: no more of them are announced, so they have to be injected; a library's table cannot be,
/// and ignores their sign. Computers disagree for a day about every one of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "leapday/scenario/clocks.hpp"
#include "leapday/time.hpp"
#include "sim/clocks/rate.hpp"

namespace leapday::clocks {

/// International atomic time: seconds since 1970-01-01 00:00:00 TAI, none left out.
struct TaiTime {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const TaiTime&, const TaiTime&) = default;
};
constexpr TaiTime operator+(TaiTime at, Duration elapsed) {
  const WallTime sum = WallTime{at.seconds, at.nanoseconds} + elapsed;
  return {sum.seconds, sum.nanoseconds};
}

/// UTC as it is written: `second_of_day` reaches 86,400 in a day that ends with a leap second.
struct UtcTime {
  std::int64_t day = 0;  ///< Since 1970-01-01.
  std::int64_t second_of_day = 0;
  std::int32_t nanoseconds = 0;
  friend constexpr auto operator<=>(const UtcTime&, const UtcTime&) = default;
};

struct LeapSecond {
  std::int64_t day = 0;  ///< The day that begins right after it, since 1970-01-01.
  int sign = 1;          ///< 1: a 61st second is inserted. -1: the last second is left out.
  friend constexpr auto operator<=>(const LeapSecond&, const LeapSecond&) = default;
};

/// Leap seconds in order of time, and conversions that follow from them. Before 1972 UTC is taken
/// to be 10 s behind TAI.
class LeapTable {
 public:
  /// None at all.
  LeapTable() = default;
  /// The 27 of 1972 to 2016 (IERS Bulletin C; tzdata's leap-seconds.list).
  static LeapTable published();
  /// Adds one. False when the table has one on that day, or when less than a day lies between.
  bool insert(LeapSecond leap);

  const std::vector<LeapSecond>& leaps() const { return leaps_; }
  /// TAI - UTC at the begin of that day, in seconds.
  std::int64_t offset_on(std::int64_t day) const;
  /// The instant at which the leap second begins, or at which the second left out would have.
  TaiTime begin(const LeapSecond& leap) const;

  TaiTime tai(const UtcTime& utc) const;
  UtcTime utc(TaiTime tai) const;
  /// There is such an instant: 23:59:60 only on a day that has it, no 23:59:59 on one without.
  bool exists(const UtcTime& utc) const;
  /// RFC 3339 with `Z`, seconds to nanoseconds: nothing unless it names an instant that exists.
  std::optional<UtcTime> parse(std::string_view text) const;

 private:
  std::vector<LeapSecond> leaps_;
};

/// POSIX's count for an instant of UTC: 23:59:60 counts as the second after it.
WallTime posix(const UtcTime& utc);

/// One thing that a clock is told because of a leap second.
struct LeapChange {
  enum class Kind { step, slew, freeze, thaw };
  TaiTime at;
  Kind kind = Kind::step;
  Duration by{};  ///< Of a step.
  ClockRate rate;
  ClockWander wander;
};

/// What happens to a clock of that kind around a leap second, in order of time. After the last one
/// it shows UTC again, unless it ignores leap seconds.
/// \param window How long a smear takes (24 h at Google and Amazon; others took 10 to 20 h).
std::vector<LeapChange> leap_changes(const LeapTable& table, const LeapSecond& leap, LeapMode mode,
                                     Duration window = 24h);

}  // namespace leapday::clocks
