/// \file zone_rule.cpp
/// Reads POSIX's TZ notation with the extensions of RFC 8536, and finds the days it names.
/// Why: the text comes from files that may be broken, so every step can fail.
#include "sim/clocks/zone_rule.hpp"

#include "sim/clocks/calendar.hpp"

namespace leapday::clocks {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  bool skip(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> name() {
    const bool quoted = skip('<');
    std::size_t length = 0;
    while (length < left_.size() && in_name(left_[length], quoted)) ++length;
    if (length < 3) return std::nullopt;
    std::string found(left_.substr(0, length));
    left_.remove_prefix(length);
    if (quoted && !skip('>')) return std::nullopt;
    return found;
  }
  std::optional<int> number(int least, int most) {
    int value = 0;
    std::size_t count = 0;
    for (; count < left_.size() && count < 4 && left_[count] >= '0' && left_[count] <= '9'; ++count)
      value = value * 10 + (left_[count] - '0');
    if (count == 0 || value < least || value > most) return std::nullopt;
    left_.remove_prefix(count);
    return value;
  }
  /// [+-]hh[:mm[:ss]]
  std::optional<std::int32_t> time(int most_hours) {
    const bool negative = skip('-');
    if (!negative) skip('+');
    const auto hours = number(0, most_hours);
    if (!hours) return std::nullopt;
    std::int32_t seconds = *hours * 3600;
    for (const int unit : {60, 1}) {
      if (!skip(':')) break;
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }
  std::optional<ZoneRule::Day> day() {
    ZoneRule::Day found;
    if (skip('M')) {
      const auto month = number(1, 12);
      const auto week = month && skip('.') ? number(1, 5) : std::nullopt;
      const auto weekday = week && skip('.') ? number(0, 6) : std::nullopt;
      if (!weekday) return std::nullopt;
      found = {ZoneRule::Day::Kind::month_week, *weekday, *month, *week};
    } else {
      const bool julian = skip('J');
      const auto day = julian ? number(1, 365) : number(0, 365);
      if (!day) return std::nullopt;
      found.kind = julian ? ZoneRule::Day::Kind::julian : ZoneRule::Day::Kind::zero_based;
      found.day = *day;
    }
    if (skip('/')) {
      const auto time_of_day = time(167);
      if (!time_of_day) return std::nullopt;
      found.time = *time_of_day;
    }
    return found;
  }

 private:
  static bool in_name(char c, bool quoted) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
  }
  std::string_view left_;
};

/// Local midnight of that day, as if the zone were UTC.
std::int64_t midnight(const ZoneRule::Day& day, std::int64_t year) {
  if (day.kind == ZoneRule::Day::Kind::month_week) {
    const std::int64_t first =
        posix_seconds({year, static_cast<unsigned>(day.month), 1, 0}) / kSecondsPerDay;
    const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    std::int64_t offset = (day.day - weekday + 7) % 7 + std::int64_t{day.week - 1} * 7;
    while (offset >= month_length(year, static_cast<unsigned>(day.month))) offset -= 7;
    return (first + offset) * kSecondsPerDay;
  }
  const std::int64_t new_year = posix_seconds({year, 1, 1, 0});
  if (day.kind == ZoneRule::Day::Kind::zero_based) return new_year + day.day * kSecondsPerDay;
  const bool after_february = is_leap_year(year) && day.day > 59;
  return new_year + (day.day - 1 + (after_february ? 1 : 0)) * kSecondsPerDay;
}

}  // namespace

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  Reader reader(text);
  ZoneRule rule;
  const auto standard_name = reader.name();
  const auto west = standard_name ? reader.time(24) : std::nullopt;
  if (!west) return std::nullopt;
  rule.standard_name = *standard_name;
  rule.standard = -*west;
  if (reader.done()) return rule;
  const auto summer_name = reader.name();
  if (!summer_name) return std::nullopt;
  rule.has_summer = true;
  rule.summer_name = *summer_name;
  rule.summer = rule.standard + 3600;
  if (!reader.skip(',')) {
    const auto summer_west = reader.time(24);
    if (!summer_west || !reader.skip(',')) return std::nullopt;
    rule.summer = -*summer_west;
  }
  const auto begin = reader.day();
  const auto end = begin && reader.skip(',') ? reader.day() : std::nullopt;
  if (!end || !reader.done()) return std::nullopt;
  rule.begin = *begin;
  rule.end = *end;
  return rule;
}

std::int64_t ZoneRule::begins(std::int64_t year) const {
  return midnight(begin, year) + begin.time - standard;
}

std::int64_t ZoneRule::ends(std::int64_t year) const {
  return midnight(end, year) + end.time - summer;
}

}  // namespace leapday::clocks
