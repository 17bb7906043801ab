/// \file dangerous_dates.cpp
/// Generates the instants of dates.hpp from the calendar, the leap seconds and zones' rules.
///
/// | fact | how | where |
/// |---|---|---|
/// | GPS weeks of 10 bits: 1,024 weeks from 1980-01-06, TAI - GPS = 19 s | read | clocks.md, 11, 19
/// | | NTP's era, int32 and uint32 seconds | ran | clocks.md, edges 39 to 41 | | 2201010001 does
/// not fit 31 bits | ran | clocks.md, edge 44 |
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "leapday/dates.hpp"
#include "leapday/leap_seconds.hpp"
#include "sim/clocks/calendar.hpp"
#include "sim/clocks/leap.hpp"
#include "sim/clocks/zone.hpp"

namespace leapday {
namespace {

using clocks::kSecondsPerDay;

std::int64_t day_begin(std::int64_t year, unsigned month, unsigned day) {
  return clocks::posix_seconds({.year = year, .month = month, .day = day});
}

/// Collects what lies within the period.
class Dates {
 public:
  explicit Dates(const DateOptions& options) : o_(options) {}

  void add(std::int64_t at, DateKind kind, std::string what) {
    if (at >= o_.from.seconds && at <= o_.until.seconds) put(at, kind, std::move(what));
  }
  void put(std::int64_t at, DateKind kind, std::string what) {
    dates_.push_back({.at = {at, 0}, .kind = kind, .what = std::move(what), .leap = {}});
  }
  void year(std::int64_t year);
  void leap_seconds(std::int64_t year);
  void counters();
  void zone(const DateZone& stated, std::vector<Problem>& problems);
  std::vector<DangerousDate> sorted();

 private:
  void leap_day(std::int64_t year);
  void weeks(std::int64_t year);

  const DateOptions& o_;
  std::vector<DangerousDate> dates_;
};

void Dates::leap_day(std::int64_t year) {
  if (clocks::is_leap_year(year)) {
    add(day_begin(year, 2, 29), DateKind::leap_day, "29 February begins");
    add(day_begin(year, 3, 1), DateKind::leap_day, "29 February is over");
    add(day_begin(year, 12, 31), DateKind::day_366, "day 366 begins");
  } else if (year % 100 == 0) {
    add(day_begin(year, 3, 1), DateKind::leap_day, fmt::format("{} has no 29 February", year));
  }
}

/// ISO 8601: a week belongs to the year that has its Thursday.
void Dates::weeks(std::int64_t year) {
  const std::int64_t new_year = day_begin(year, 1, 1);
  for (int back = 1; back <= 7; ++back) {
    const std::int64_t day = new_year - back * kSecondsPerDay;
    const bool monday = clocks::iso_week({day, 0}).week != clocks::iso_week({day - 1, 0}).week;
    if (!monday) continue;
    if (clocks::iso_week({day, 0}).week == 53) {
      add(day, DateKind::week_year, "week 53 begins");
    } else if (clocks::week_year_differs({day, 0})) {
      add(day, DateKind::week_year, fmt::format("week 1 of {} begins in December", year));
    }
  }
}

void Dates::year(std::int64_t year) {
  leap_day(year);
  weeks(year);
  add(day_begin(year, 1, 1), DateKind::year_end, fmt::format("{} begins", year));
  leap_seconds(year);
}

/// Those that there were, and in the future each that there might be (IERS Bulletin C: at the ends
/// of June and December).
void Dates::leap_seconds(std::int64_t year) {
  const auto published = published_leap_seconds();
  for (const unsigned month : {1U, 7U}) {
    const std::int64_t midnight = day_begin(year, month, 1);
    if (midnight < o_.from.seconds || midnight > o_.until.seconds) continue;
    if (midnight <= published.back()) {
      if (std::find(published.begin(), published.end(), midnight) != published.end()) {
        add(midnight, DateKind::leap_second, "a leap second was inserted");
      }
      continue;
    }
    for (const LeapKind kind : {LeapKind::insert, LeapKind::omit}) {
      add(midnight, DateKind::leap_second,
          kind == LeapKind::insert ? "if a second were inserted" : "if a second were left out");
      dates_.back().leap = LeapSecondSpec{{midnight, 0}, kind};
    }
  }
}

void Dates::counters() {
  constexpr std::int64_t kGpsBegin = 315'964'800;  // 1980-01-06
  constexpr std::int64_t kGpsEra = 1024 * 7 * kSecondsPerDay;
  const auto table = clocks::LeapTable::published();
  for (int era = 1; era <= 12; ++era) {
    const std::int64_t count = kGpsBegin + era * kGpsEra;
    const std::int64_t ahead = table.offset_on(count / kSecondsPerDay) - 19;
    add(count - ahead, DateKind::counter, fmt::format("GPS weeks begin anew, era {}", era));
  }
  add(day_begin(2022, 1, 1), DateKind::counter, "YYMMDDHHMM no longer fits 31 bits");
  struct Era {
    std::int64_t at;
    DateKind kind;
    const char* what;
  };
  const Era eras[] = {
      {(std::int64_t{1} << 32) - 2'208'988'800, DateKind::counter, "NTP's era 0 ends"},
      {std::int64_t{1} << 31, DateKind::counter, "seconds no longer fit 31 bits"},
      {day_begin(2100, 3, 1), DateKind::leap_day, "2100 has no 29 February"},
      {std::int64_t{1} << 32, DateKind::counter, "seconds no longer fit 32 bits"}};
  for (const Era& era : eras) {
    if (o_.eras || (era.at >= o_.from.seconds && era.at <= o_.until.seconds)) {
      put(era.at, era.kind, era.what);
    }
  }
}

void Dates::zone(const DateZone& stated, std::vector<Problem>& problems) {
  const auto read = stated.rule.empty() ? clocks::Zone::from_tzif(stated.tzif)
                                        : clocks::Zone::from_rule(stated.rule);
  if (const auto* why = std::get_if<std::string>(&read)) {
    problems.push_back({.at = {},
                        .path = stated.name,
                        .message = "is no time zone that can be read: " + *why,
                        .fix = "name one of tzdata's, such as Europe/Berlin"});
    return;
  }
  const auto& zone = std::get<clocks::Zone>(read);
  std::int64_t at = o_.from.seconds - 1;
  while (const std::optional<std::int64_t> next = zone.next_change(at)) {
    if (*next > o_.until.seconds) break;
    const auto before = zone.at(*next - 1).seconds, after = zone.at(*next).seconds;
    add(*next, DateKind::summer_time,
        fmt::format("{}: {} minutes are {}", stated.name, std::abs(after - before) / 60,
                    after > before ? "skipped" : "repeated"));
    at = *next;
  }
}

std::vector<DangerousDate> Dates::sorted() {
  std::stable_sort(dates_.begin(), dates_.end(),
                   [](const DangerousDate& a, const DangerousDate& b) { return a.at < b.at; });
  const auto same = [](const DangerousDate& a, const DangerousDate& b) {
    return a.at == b.at && a.kind == b.kind && a.what == b.what;
  };
  dates_.erase(std::unique(dates_.begin(), dates_.end(), same), dates_.end());
  return std::move(dates_);
}

}  // namespace

std::string_view to_string(DateKind kind) {
  switch (kind) {
    case DateKind::leap_day:
      return "leap day";
    case DateKind::day_366:
      return "day 366";
    case DateKind::year_end:
      return "year end";
    case DateKind::week_year:
      return "week year";
    case DateKind::leap_second:
      return "leap second";
    case DateKind::summer_time:
      return "summer time";
    case DateKind::counter:
      return "counter";
    case DateKind::certificate:
      return "certificate";
    case DateKind::asked:
      break;
  }
  return "asked for";
}

Result<std::vector<DangerousDate>> dangerous_dates(const DateOptions& options) {
  Dates dates(options);
  std::vector<Problem> problems;
  const std::int64_t last = clocks::civil(options.until.seconds).year + 1;
  for (std::int64_t y = clocks::civil(options.from.seconds).year; y <= last; ++y) dates.year(y);
  dates.counters();
  for (const DateZone& zone : options.zones) dates.zone(zone, problems);
  if (!problems.empty()) return problems;
  return dates.sorted();
}

std::vector<DangerousDate> dates_of(const Scenario& scenario) {
  std::vector<DangerousDate> dates;
  for (const auto& entry : scenario.certificates) {
    const Certificate& spec = entry.value;
    std::optional<WallTime> end = spec.not_after;
    if (!end && spec.not_before) end = *spec.not_before + spec.lifetime;
    // Without a date of its own it is issued when the run begins, whenever that is.
    if (end) {
      dates.push_back({.at = {end->seconds + 1, 0},
                       .kind = DateKind::certificate,
                       .what = entry.name + " has ended",
                       .leap = {}});
    }
    if (spec.not_before) {
      dates.push_back({.at = *spec.not_before,
                       .kind = DateKind::certificate,
                       .what = entry.name + " begins",
                       .leap = {}});
    }
  }
  for (const LeapSecondSpec& leap : scenario.run.leap_seconds) {
    dates.push_back({.at = leap.before,
                     .kind = DateKind::leap_second,
                     .what = leap.kind == LeapKind::insert ? "a stated second is inserted"
                                                           : "a stated second is left out",
                     .leap = {}});
  }
  return dates;
}

std::vector<DateZone> zones_of(const Scenario& scenario) {
  std::vector<DateZone> zones;
  const auto add = [&](const std::optional<LocalTimeRules>& rules) {
    if (!rules || (rules->bytes.empty() && rules->rule.empty())) return;
    const std::string& name = rules->rule.empty() ? rules->file : rules->rule;
    const bool known = std::any_of(zones.begin(), zones.end(),
                                   [&](const DateZone& zone) { return zone.name == name; });
    if (!known) zones.push_back({name, rules->bytes, rules->rule});
  };
  for (const auto& zone : scenario.topology.zones) add(zone.value.local_time);
  for (const auto& app : scenario.apps) {
    if (app.value.cron) add(app.value.cron->local_time);
  }
  return zones;
}

std::optional<WallTime> parse_date(std::string_view text) {
  std::string whole(text);
  if (whole.find('T') == std::string::npos) whole += "T00:00:00Z";
  const auto utc = clocks::LeapTable::published().parse(whole);
  if (!utc) return std::nullopt;
  return clocks::posix(*utc);
}

std::string date_text(WallTime at) {
  const clocks::Civil civil = clocks::civil(at.seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", civil.year, civil.month, civil.day,
                     civil.second_of_day / 3600, civil.second_of_day / 60 % 60,
                     civil.second_of_day % 60);
}

}  // namespace leapday
