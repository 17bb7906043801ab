/// \file timestamps.cpp
/// RFC 3339 timestamps on the proleptic Gregorian calendar.
/// Why: `std::chrono` and `date` turn 30 February into 1 March without a word; here it is an error.
#include <fmt/format.h>

#include <array>

#include "scenarios/load/scalars.hpp"
#include "scenarios/load/text.hpp"

namespace leapday::loading {
namespace {

/// Exactly `count` digits at `at`, or -1.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

ScalarError not_a_timestamp(std::string_view text) {
  return {fmt::format("{} is not a timestamp", quoted(text)),
          "write it as 2012-02-29T00:00:00Z, or with an offset such as +01:00 for Z"};
}

/// Reads ".123" at `at` and moves it on; nanoseconds, or -1.
std::int32_t take_fraction(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  ++at;
  std::int32_t value = 0;
  std::int32_t scale = 100'000'000;
  const std::size_t first = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (scale == 0) return -1;
    value += (text[at] - '0') * scale;
    scale /= 10;
  }
  return at == first ? -1 : value;
}

}  // namespace

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

int days_in_month(std::int64_t year, int month) {
  static constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return 0;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

bool looks_like_timestamp(std::string_view text) {
  return digits_at(text, 0, 4) >= 0 && text.size() > 7 && text[4] == '-' && text[7] == '-';
}

Scalar<WallTime> parse_timestamp(std::string_view text) {
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || text[4] != '-' ||
      text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') {
    return not_a_timestamp(text);
  }
  std::size_t at = 19;
  const std::int32_t nanoseconds = take_fraction(text, at);
  if (nanoseconds < 0) return not_a_timestamp(text);
  std::int64_t offset = 0;
  if (at < text.size() && text[at] == 'Z') {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int hours = digits_at(text, at + 1, 2);
    const int minutes = digits_at(text, at + 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || text[at + 3] != ':') {
      return not_a_timestamp(text);
    }
    offset = (hours * 60 + minutes) * (text[at] == '-' ? -60 : 60);
    at += 6;
  } else {
    return ScalarError{fmt::format("{} has no time zone", quoted(text)),
                       "end it with Z for UTC, or with an offset such as +01:00"};
  }
  if (at != text.size()) return not_a_timestamp(text);
  const int days = days_in_month(year, month);
  if (year < 1 || days == 0 || day < 1 || day > days) {
    return ScalarError{fmt::format("there is no such day as {}", text.substr(0, 10)),
                       days > 0 ? fmt::format("that month has {} days", days)
                                : std::string("months run from 01 to 12")};
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return ScalarError{fmt::format("there is no such time as {}", text.substr(11, 8)),
                       second == 60 ? "a leap second cannot be named: use :59 or the next minute"
                                    : "hours run to 23, minutes and seconds to 59"};
  }
  const std::int64_t seconds =
      days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
  return WallTime{seconds, nanoseconds};
}

std::string format_timestamp(WallTime value) {
  std::int64_t days = value.seconds / 86400;
  std::int64_t rest = value.seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", year, month,
                                day_of_year - (153 * shifted + 2) / 5 + 1, rest / 3600,
                                rest / 60 % 60, rest % 60);
  if (value.nanoseconds != 0) {
    std::string fraction = fmt::format("{:09}", value.nanoseconds);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += "." + fraction;
  }
  return out + "Z";
}

}  // namespace leapday::loading
