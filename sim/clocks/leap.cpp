/// \file leap.cpp
/// The table of leap seconds, and each kind of clock's way through one.
/// Why: a fleet steps, smears and slews at once, and its members disagree by up to a second.
#include "sim/clocks/leap.hpp"

#include <date/date.h>

#include <algorithm>

#include "leapday/leap_seconds.hpp"
#include "sim/clocks/calendar.hpp"

namespace leapday::clocks {
namespace {

constexpr std::int64_t kOffset1972 = 10;

std::int64_t day_of(int year, unsigned month, unsigned day) {
  return date::sys_days{date::year{year} / date::month{month} / date::day{day}}
      .time_since_epoch()
      .count();
}

/// A whole number of exactly so many digits at the front of the text, which is shortened.
std::optional<int> digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}
bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}
/// ".25" as nanoseconds; 0 when there is no fraction.
std::optional<std::int32_t> fraction(std::string_view& text) {
  if (!skip(text, '.')) return 0;
  std::int32_t value = 0;
  int count = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9' && count < 9; ++count) {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  if (count == 0) return std::nullopt;
  for (; count < 9; ++count) value *= 10;
  return value;
}

}  // namespace

LeapTable LeapTable::published() {
  LeapTable table;
  for (const std::int64_t at : published_leap_seconds()) {
    table.leaps_.push_back({at / kSecondsPerDay, 1});
  }
  return table;
}

bool LeapTable::insert(LeapSecond leap) {
  const auto after = std::lower_bound(leaps_.begin(), leaps_.end(), LeapSecond{leap.day, -1});
  if (after != leaps_.end() && after->day <= leap.day + 1) return false;
  if (after != leaps_.begin() && std::prev(after)->day >= leap.day - 1) return false;
  leaps_.insert(after, leap);
  return true;
}

std::int64_t LeapTable::offset_on(std::int64_t day) const {
  std::int64_t offset = kOffset1972;
  for (const LeapSecond& leap : leaps_) {
    if (leap.day > day) break;
    offset += leap.sign;
  }
  return offset;
}

TaiTime LeapTable::begin(const LeapSecond& leap) const {
  const std::int64_t before = offset_on(leap.day - 1);
  return {leap.day * kSecondsPerDay + before - (leap.sign < 0 ? 1 : 0), 0};
}

TaiTime LeapTable::tai(const UtcTime& utc) const {
  return {utc.day * kSecondsPerDay + utc.second_of_day + offset_on(utc.day), utc.nanoseconds};
}

UtcTime LeapTable::utc(TaiTime tai) const {
  const auto first = [&](std::int64_t day) { return day * kSecondsPerDay + offset_on(day); };
  std::int64_t day = (tai.seconds - kOffset1972) / kSecondsPerDay + 1;
  while (first(day) > tai.seconds) --day;
  return {day, tai.seconds - first(day), tai.nanoseconds};
}

bool LeapTable::exists(const UtcTime& utc) const {
  const std::int64_t length = kSecondsPerDay + offset_on(utc.day + 1) - offset_on(utc.day);
  return utc.second_of_day >= 0 && utc.second_of_day < length;
}

std::optional<UtcTime> LeapTable::parse(std::string_view text) const {
  const auto year = digits(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || !skip(text, 'T')) return std::nullopt;
  const auto hour = digits(text, 2);
  if (!hour || !skip(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || !skip(text, ':')) return std::nullopt;
  const auto second = digits(text, 2);
  const auto rest = second ? fraction(text) : std::nullopt;
  if (!rest || text != "Z" || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const date::year_month_day date = date::year{*year} / date::month(*month) / date::day(*day);
  if (!date.ok()) return std::nullopt;
  const std::int64_t second_of_day = *hour * 3600 + *minute * 60 + *second;
  if (*second == 60 && second_of_day != kSecondsPerDay) return std::nullopt;
  const UtcTime utc{day_of(*year, *month, *day), second_of_day, *rest};
  return exists(utc) ? std::optional{utc} : std::nullopt;
}

WallTime posix(const UtcTime& utc) {
  return {utc.day * kSecondsPerDay + utc.second_of_day, utc.nanoseconds};
}

namespace {

using Kind = LeapChange::Kind;
constexpr std::int64_t kSlewParts = 12;          // 83,333 ppm: chrony's maxslewrate
constexpr Duration kSmoothtime{62'500s};         // chrony.conf(5), smoothtime 400 0.001024
constexpr std::int64_t kSmoothPeakPpb = 32'000;  // 0.001024 ppm/s for half of it

std::vector<LeapChange> smear(const LeapTable& table, const LeapSecond& leap, Duration window) {
  // Noon to noon: as much of the window before midnight as after it, counted on the smeared clock.
  const TaiTime midnight{leap.day * kSecondsPerDay + table.offset_on(leap.day - 1), 0};
  const Duration length = window + std::chrono::seconds{leap.sign};
  const ClockRate rate = ClockRate::ratio(-leap.sign * std::int64_t{1'000'000'000}, length.count());
  const TaiTime from = midnight + (-window / 2);
  return {{.at = from, .kind = Kind::slew, .rate = rate},
          {.at = from + length, .kind = Kind::slew}};
}

std::vector<LeapChange> quadratic(TaiTime begin, int sign) {
  const ClockRate peak = ClockRate::ppb(-sign * kSmoothPeakPpb);
  const ClockWander wander = ClockWander::reaching(peak, kSmoothtime / 2);
  return {{.at = begin, .kind = Kind::slew, .wander = wander},
          {.at = begin + kSmoothtime / 2, .kind = Kind::slew, .rate = peak, .wander = -wander},
          {.at = begin + kSmoothtime, .kind = Kind::slew}};
}

}  // namespace

std::vector<LeapChange> leap_changes(const LeapTable& table, const LeapSecond& leap, LeapMode mode,
                                     Duration window) {
  const TaiTime begin = table.begin(leap);
  const Duration second = std::chrono::seconds{-leap.sign};
  if (mode == LeapMode::freeze && leap.sign < 0) mode = LeapMode::step;  // nothing to wait for
  switch (mode) {
    case LeapMode::step:
      return {{.at = begin, .kind = Kind::step, .by = second}};
    case LeapMode::freeze:  // the last nanosecond of 23:59:59, until midnight
      return {{.at = begin, .kind = Kind::step, .by = Duration{-1}},
              {.at = begin, .kind = Kind::freeze},
              {.at = begin + 1s, .kind = Kind::thaw},
              {.at = begin + 1s, .kind = Kind::step, .by = Duration{1}}};
    case LeapMode::ignore:
      return {};
    case LeapMode::smear:
      return smear(table, leap, window);
    case LeapMode::slew: {
      const TaiTime midnight{leap.day * kSecondsPerDay + table.offset_on(leap.day - 1), 0};
      return {
          {.at = midnight, .kind = Kind::slew, .rate = ClockRate::ratio(-leap.sign, kSlewParts)},
          {.at = midnight + std::chrono::seconds{kSlewParts}, .kind = Kind::slew}};
    }
    case LeapMode::quadratic:
      return quadratic({leap.day * kSecondsPerDay + table.offset_on(leap.day - 1), 0}, leap.sign);
  }
  return {};
}

}  // namespace leapday::clocks
