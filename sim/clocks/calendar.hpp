/// \file calendar.hpp
/// What programs do when they add to a date, each rule as it is found in real code.
/// Why: one fleet holds several of them, and they differ on one day in 1,461.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "leapday/time.hpp"

namespace leapday::clocks {

inline constexpr std::int64_t kSecondsPerDay = 86'400;

/// A proleptic Gregorian date and time of day, of no zone.
struct Civil {
  std::int64_t year = 1970;
  unsigned month = 1, day = 1;
  std::int32_t second_of_day = 0;
  friend bool operator==(const Civil&, const Civil&) = default;
};

/// Years -32767 to 32767.
Civil civil(std::int64_t posix_seconds);
/// Seconds since 1970; the date is taken to exist.
std::int64_t posix_seconds(const Civil& at);
bool is_leap_year(std::int64_t year);
/// Days of that month: 28 to 31.
unsigned month_length(std::int64_t year, unsigned month);
/// There is such a date.
bool exists(const Civil& at);

/// How a program makes "the same date N years later".
enum class AddYear {
  refuse,    ///< It finds out that there is no such date and gives up (.NET's constructor throws).
  invalid,   ///< It adds to the year field and hands on "2013-02-29" (Azure, 2012).
  clamp,     ///< 29 February becomes 28 February (.NET AddYears, Java plusYears, SQL).
  roll,      ///< It becomes 1 March (mktime, JavaScript's setFullYear, Perl).
  days_365,  ///< It adds 365 days for each year.
};

/// Nothing where the rule gives no date that exists: `refuse` and `invalid` on 29 February.
std::optional<WallTime> add_years(WallTime wall, int years, AddYear rule);
/// The same day and time `months` later; nothing when that month is too short, as on 31 January.
std::optional<WallTime> add_months(WallTime wall, int months);
/// "2013-02-29": the text that adding to the year field alone gives, whether it exists or not.
std::string naive_years_text(WallTime wall, int years);
/// "2012-02-29"
std::string date_text(WallTime wall);

/// ISO 8601: the year that a week belongs to, and its number from 1 to 53.
struct IsoWeek {
  std::int64_t year = 0;
  unsigned week = 0;
  friend bool operator==(const IsoWeek&, const IsoWeek&) = default;
};
IsoWeek iso_week(WallTime wall);
/// The year that a format of `YYYY` (week year) shows in place of `yyyy`: a year too late in the
/// last days of December, or one too early in January (Twitter, 29 December 2014).
inline bool week_year_differs(WallTime wall) {
  return iso_week(wall).year != civil(wall.seconds).year;
}

/// The loop of the Zune's clock driver, which turns days since 1980 into a year, hangs on the last
/// day of a leap year: days are 366, which is neither more than 366 nor at most 365.
/// (Freescale's ConvertDays, rtc.c, as published in January 2009.)
bool day_366_loop_hangs(std::int64_t days_since_1980);

}  // namespace leapday::clocks
