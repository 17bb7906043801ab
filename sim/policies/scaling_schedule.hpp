/// \file scaling_schedule.hpp
/// Times at which other bounds hold: every week, every day, or once.
/// Why: several policies follow the calendar, which needs no measurement.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/time.hpp"

namespace leapday::scaling {

/// Recurring: from and to are times of day. Once: begin and end are instants.
struct ScheduleWindow {
  std::vector<std::int64_t> days;
  std::optional<Duration> from, to;
  std::optional<WallTime> begin, end;
  std::int64_t min = 1;
  std::int64_t max = 1;
  std::optional<std::int64_t> initial_min;

  void fields(FieldVisitor& v) {
    v.optional("days", days, "days of the week, 1 (Monday) to 7; every day when absent");
    v.optional("from", from, "begin as time of day, such as 8h30min");
    v.optional("to", to, "end as time of day, after the begin");
    v.optional("begin", begin, "begin, of what happens once");
    v.optional("end", end, "end, of what happens once");
    v.optional("min", min, "fewest instances meanwhile", {0, 2e6});
    v.required("max", max, "most instances meanwhile", {1, 2e6});
    v.optional("initial_min", initial_min, "fewest instances at its begin", {0, 2e6});
    const bool recurs = from && to && !begin && !end;
    const bool once = begin && end && !from && !to && days.empty();
    v.check(recurs || once, "max", "is neither from and to nor begin and end",
            "state from: 8h and to: 18h, or begin: and end: with timestamps");
    v.check(!recurs || (*from < *to && *to <= 24h), "to", "is not after from on the same day",
            "write from: 8h, to: 18h; split what passes midnight in two");
    v.check(!once || *begin < *end, "end", "is not after begin", "give it a later time");
    v.check(min <= max, "min", "is more than max", "state bounds such as min: 2, max: 20");
    const auto no_day = [](std::int64_t day) { return day < 1 || day > 7; };
    v.check(std::none_of(days.begin(), days.end(), no_day), "days", "holds what is no day",
            "use 1 (Monday) to 7 (Sunday)");
  }

  /// Seconds of the wall clock at which it began; nothing when it is not on.
  std::optional<std::int64_t> on_since(WallTime wall, Duration utc_offset) const {
    if (begin) {
      if (wall < *begin || wall >= *end) return std::nullopt;
      return begin->seconds;
    }
    const WallTime local = wall + utc_offset;
    std::int64_t day = local.seconds / 86400;
    if (local.seconds % 86400 < 0) --day;
    const Duration time =
        std::chrono::seconds{local.seconds - day * 86400} + Duration{local.nanoseconds};
    const std::int64_t weekday = ((day + 3) % 7 + 7) % 7 + 1;  // 1970-01-01 was a Thursday
    if (!days.empty() && std::find(days.begin(), days.end(), weekday) == days.end()) {
      return std::nullopt;
    }
    if (time < *from || time >= *to) return std::nullopt;
    return day * 86400 + std::chrono::floor<std::chrono::seconds>(*from - utc_offset).count();
  }
};

/// The window that is on; of several the one that began first. -1: none.
inline std::int64_t active_window(const std::vector<ScheduleWindow>& windows, WallTime wall,
                                  Duration utc_offset) {
  std::int64_t active = -1;
  std::optional<std::int64_t> earliest;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const std::optional<std::int64_t> since = windows[i].on_since(wall, utc_offset);
    if (!since || (earliest && *earliest <= *since)) continue;
    earliest = since;
    active = static_cast<std::int64_t>(i);
  }
  return active;
}

}  // namespace leapday::scaling
