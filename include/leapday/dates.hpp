/// \file dates.hpp
/// Instants at which software has failed because of what a calendar or a counter showed.
/// Why: a rehearsal on a harmless day proves nothing about 29 February; these are the days to try.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/problem.hpp"
#include "leapday/scenario.hpp"
#include "leapday/time.hpp"

namespace leapday {

enum class DateKind {
  leap_day,     ///< 29 February, the day after it, and the one that a century year lacks.
  day_366,      ///< The last day of a leap year.
  year_end,     ///< The begin of a year.
  week_year,    ///< Week 53, and days whose ISO week belongs to another year.
  leap_second,  ///< One that there was, or in the future one that there might be.
  summer_time,  ///< Clocks of a zone change.
  counter,      ///< A count of time ends: 1,024 weeks of GPS, NTP's era, 2038, 2106.
  certificate,  ///< A certificate of the scenario ends, or begins.
  asked,        ///< Somebody asked for it.
};
std::string_view to_string(DateKind kind);

struct DangerousDate {
  WallTime at;  ///< True UTC.
  DateKind kind = DateKind::asked;
  std::string what;                    ///< "29 February begins"
  std::optional<LeapSecondSpec> leap;  ///< A run at this date has it besides the scenario's own.
};

/// Rules of local time, by name: a TZif file's bytes (RFC 8536), or a rule in POSIX's notation.
struct DateZone {
  std::string name;
  std::string tzif;
  std::string rule{};
};

struct DateOptions {
  WallTime from, until;  ///< Both included.
  /// Also the ends of counters outside the period: 2036, 2038, 2100 (no leap year), 2106.
  bool eras = true;
  std::vector<DateZone> zones;
};

/// All dangerous instants of a period in order of time, each once.
/// \return The dates, or one problem for each zone that cannot be read.
Result<std::vector<DangerousDate>> dangerous_dates(const DateOptions& options);
/// Those that the scenario itself holds: ends and begins of certificates, stated leap seconds.
std::vector<DangerousDate> dates_of(const Scenario& scenario);

/// The rules of local time that the scenario's hosts and jobs have, each once.
std::vector<DateZone> zones_of(const Scenario& scenario);

/// "2028-02-29" or "2028-02-29T12:00:00Z"; nothing when there is no such date.
std::optional<WallTime> parse_date(std::string_view text);
/// "2028-02-29T00:00:00Z"
std::string date_text(WallTime at);

}  // namespace leapday
