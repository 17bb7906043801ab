/// \file calendar.cpp
/// Calendar arithmetic with Howard Hinnant's date, which says when a date does not exist.
/// Why: C++20 has the same types, but no zones or UTC on g++ 12; one library for both is simpler.
#include "sim/clocks/calendar.hpp"

#include <date/date.h>
#include <date/iso_week.h>
#include <fmt/format.h>

namespace leapday::clocks {
namespace {

date::sys_days day_of(std::int64_t posix) {
  std::int64_t day = posix / kSecondsPerDay;
  if (posix % kSecondsPerDay < 0) --day;
  return date::sys_days{date::days{static_cast<int>(day)}};
}

date::year_month_day date_of(const Civil& at) {
  return date::year{static_cast<int>(at.year)} / date::month{at.month} / date::day{at.day};
}

WallTime wall_of(const Civil& at, std::int32_t nanoseconds) {
  return {posix_seconds(at), nanoseconds};
}

}  // namespace

Civil civil(std::int64_t posix_seconds) {
  const date::sys_days day = day_of(posix_seconds);
  const date::year_month_day date{day};
  return {
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()),
      static_cast<std::int32_t>(posix_seconds - day.time_since_epoch().count() * kSecondsPerDay)};
}

std::int64_t posix_seconds(const Civil& at) {
  return std::int64_t{date::sys_days{date_of(at)}.time_since_epoch().count()} * kSecondsPerDay +
         at.second_of_day;
}

bool is_leap_year(std::int64_t year) { return date::year{static_cast<int>(year)}.is_leap(); }

unsigned month_length(std::int64_t year, unsigned month) {
  const date::year_month_day_last last =
      date::year{static_cast<int>(year)} / date::month{month} / date::last;
  return static_cast<unsigned>(last.day());
}

bool exists(const Civil& at) { return date_of(at).ok(); }

std::optional<WallTime> add_years(WallTime wall, int years, AddYear rule) {
  if (rule == AddYear::days_365) {
    return WallTime{wall.seconds + std::int64_t{years} * 365 * kSecondsPerDay, wall.nanoseconds};
  }
  Civil at = civil(wall.seconds);
  at.year += years;
  if (!exists(at)) {
    switch (rule) {
      case AddYear::clamp:
        at.day = month_length(at.year, at.month);
        break;
      case AddYear::roll:
        at.month += 1;
        at.day = 1;
        break;
      default:
        return std::nullopt;
    }
  }
  return wall_of(at, wall.nanoseconds);
}

std::optional<WallTime> add_months(WallTime wall, int months) {
  Civil at = civil(wall.seconds);
  const std::int64_t index = at.year * 12 + at.month - 1 + months;
  at.year = index >= 0 ? index / 12 : -((11 - index) / 12);
  at.month = static_cast<unsigned>(index - at.year * 12) + 1;
  if (!exists(at)) return std::nullopt;
  return wall_of(at, wall.nanoseconds);
}

std::string naive_years_text(WallTime wall, int years) {
  const Civil at = civil(wall.seconds);
  return fmt::format("{:04}-{:02}-{:02}", at.year + years, at.month, at.day);
}

std::string date_text(WallTime wall) { return naive_years_text(wall, 0); }

IsoWeek iso_week(WallTime wall) {
  const iso_week::year_weeknum_weekday week{day_of(wall.seconds)};
  return {static_cast<int>(week.year()), static_cast<unsigned>(week.weeknum())};
}

bool day_366_loop_hangs(std::int64_t days_since_1980) {
  std::int64_t days = days_since_1980;
  for (std::int64_t year = 1980; days > 365; ++year) {
    if (!is_leap_year(year)) {
      days -= 365;
    } else if (days > 366) {
      days -= 366;
    } else {
      return true;
    }
  }
  return false;
}

}  // namespace leapday::clocks
