/// \file zone_rule.hpp
/// The rule at the end of a TZif file, in POSIX's notation: "EST5EDT,M3.2.0,M11.1.0".
/// Why: it says what holds after the last transition that the file lists. Readers that ignore it
/// lose summer time in 2038, the very year that people want to rehearse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leapday::clocks {

/// Seconds that local time is ahead of UTC.
struct ZoneRule {
  /// A day of the year and a time on it.
  struct Day {
    enum class Kind { julian, zero_based, month_week };
    Kind kind = Kind::month_week;
    int day = 0;  ///< 1 to 365 without 29 February, 0 to 365, or the weekday (0 is Sunday).
    int month = 0, week = 0;
    std::int32_t time = 7200;  ///< Seconds after local midnight: -167 h to 167 h (RFC 8536, 3.3.1).
  };
  std::int32_t standard = 0, summer = 0;
  std::string standard_name, summer_name;
  bool has_summer = false;
  Day begin, end;  ///< Of summer time.

  /// Nothing when the text does not follow the notation to its end.
  static std::optional<ZoneRule> parse(std::string_view text);
  /// The instants of that year at which summer time begins and ends, in seconds since 1970.
  std::int64_t begins(std::int64_t year) const;
  std::int64_t ends(std::int64_t year) const;
};

}  // namespace leapday::clocks
