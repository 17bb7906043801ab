/// \file clock.cpp
/// Proleptic Gregorian calendar arithmetic with C++20 <chrono>, which is exact and constexpr.
/// Why: the standard calendar types say when a date does not exist; nothing else is needed.
#include "sim/model/clock.hpp"

#include <fmt/format.h>

#include <chrono>

namespace leapday::model {
namespace {

namespace cal = std::chrono;
constexpr std::int64_t kDay = 86400;

struct Civil {
  cal::year_month_day date;
  std::int64_t second_of_day;
};

Civil civil(WallTime wall) {
  std::int64_t day = wall.seconds / kDay;
  if (wall.seconds % kDay < 0) --day;
  return {cal::year_month_day{cal::sys_days{cal::days{day}}}, wall.seconds - day * kDay};
}

WallTime wall_of(const Civil& at, std::int32_t nanoseconds) {
  const std::int64_t days = cal::sys_days{at.date}.time_since_epoch().count();
  return {days * kDay + at.second_of_day, nanoseconds};
}

}  // namespace

std::optional<WallTime> same_date_in(WallTime wall, int years) {
  Civil at = civil(wall);
  at.date += cal::years{years};
  if (!at.date.ok()) return std::nullopt;
  return wall_of(at, wall.nanoseconds);
}

WallTime clamped_date_in(WallTime wall, int years) {
  Civil at = civil(wall);
  at.date += cal::years{years};
  if (!at.date.ok()) at.date = at.date.year() / at.date.month() / cal::last;
  return wall_of(at, wall.nanoseconds);
}

std::optional<WallTime> certificate_end(WallTime now, Duration lifetime, CalendarRule rule) {
  if (rule == CalendarRule::naive_add_year) return same_date_in(now, 1);
  if (lifetime > Duration{0}) return now + lifetime;
  return clamped_date_in(now, 1);
}

std::string date_text(WallTime wall) {
  const cal::year_month_day date = civil(wall).date;
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace leapday::model
