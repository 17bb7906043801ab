/// \file cron_lab.hpp
/// Schedules asked for their next runs, and hosts whose loops run them while the clock is set.
/// Why: the tests then read like "this line, this night, these starts in true UTC".
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/clocks/cron.hpp"
#include "sim/clocks/cron_runner.hpp"
#include "tests/clocks/lab.hpp"

namespace leapday::clocks::lab {

using Times = std::vector<std::string>;

inline Zone rule(const char* text) {
  auto found = Zone::from_rule(text);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<Zone>(found), text);
  return std::get<Zone>(std::move(found));
}
inline Zone new_york() { return rule("EST5EDT,M3.2.0,M11.1.0"); }
inline Zone berlin() { return rule("CET-1CEST,M3.5.0,M10.5.0/3"); }
inline Zone lord_howe() { return rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"); }

/// Samoa at the end of 2011: it left out 30 December to change sides of the date line.
inline Zone apia() {
  std::string file = "TZif";
  file.resize(44, '\0');
  file[35] = 1, file[39] = 2, file[43] = 8;        // one transition, two types, eight characters
  file += std::string("\x4e\xfd\x8b\xa0\x01", 5);  // 10:00 UTC
  file += std::string("\xff\xff\x73\x60\x01\x00\x00\x00\xc4\xe0\x01\x04", 12);  // -10 h, 14 h
  file += std::string("-10\0+14\0", 8);
  auto found = Zone::from_tzif(file);
  BOOST_REQUIRE(std::holds_alternative<Zone>(found));
  return std::get<Zone>(std::move(found));
}

/// "2024-03-10 07:00:00", with a fraction only where there is one.
inline std::string utc(WallTime wall) {
  std::string text = shown(wall);
  return wall.nanoseconds == 0 ? text.substr(0, 19) : text;
}

template <typename Schedule>
Schedule parsed(std::string_view text) {
  auto found = Schedule::parse(text);
  if (const auto* error = std::get_if<CronError>(&found)) {
    BOOST_FAIL(text << ": " << clocks::text(*error));
  }
  return std::get<Schedule>(std::move(found));
}
/// "column 3: what: fix"
template <typename Schedule>
std::string refusal(std::string_view text) {
  const auto found = Schedule::parse(text);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<CronError>(found), text << " was taken");
  return clocks::text(std::get<CronError>(found));
}

/// The next runs in UTC.
template <typename Schedule>
Times next(std::string_view text, const Zone& zone, std::string_view after, int count) {
  const auto schedule = parsed<Schedule>(text);
  Times found;
  std::optional<WallTime> at = wall(after);
  for (int i = 0; i < count && (at = schedule.next(*at, zone)); ++i) found.push_back(utc(*at));
  return found;
}

/// A host on which one scheduler runs, and whose wall clock may be set. It starts with a right
/// clock; starts are given in true UTC.
class CronHost {
 public:
  CronHost(std::string_view start, Zone zone)
      : start_(wall(start)), zone_(std::move(zone)), clock_(kSimStart, start_) {}

  /// The wall clock is set at an instant of true UTC.
  CronHost& set(std::string_view at, Duration by) {
    sets_.emplace(instant(at), by);
    return *this;
  }
  Times debian(std::vector<const char*> lines, std::string_view until) {
    std::vector<DebianLine> read;
    for (const char* line : lines) read.push_back(parsed<DebianLine>(line));
    DebianCron cron(std::move(read), start_, zone_);
    SimTime now = kSimStart;
    Times starts;
    for (;;) {
      now += cron.sleep(clock_.realtime(now));
      apply_until(now);
      if (now > instant(until)) return starts;
      const DebianCron::Wake wake = cron.wake(clock_.realtime(now), zone_);
      for (const DebianRun& run : wake.runs) {
        starts.push_back(std::string(lines.size() > 1 ? std::to_string(run.line) + " at " : "") +
                         minute(now + run.delay));
      }
      now += wake.busy;
      apply_until(now);
    }
  }
  template <typename Schedule>
  Times loop(CronLoop kind, std::string_view text, std::string_view until) {
    const auto schedule = parsed<Schedule>(text);
    CronRunner runner(
        kind, [&](WallTime at) { return schedule.next(at, zone_); }, start_);
    Times starts;
    SimTime now = kSimStart;
    const auto note = [&](const std::optional<WallTime>& run) {
      if (run) starts.push_back(utc(start_ + (now - kSimStart)));
    };
    for (;;) {
      const auto sleep = runner.sleep(clock_.realtime(now));
      const SimTime wakes = sleep ? now + *sleep : instant(until) + 1ns;
      if (!sets_.empty() && sets_.begin()->first <= wakes && kind == CronLoop::systemd) {
        now = sets_.begin()->first;
        if (now > instant(until)) return starts;
        apply_until(now);
        note(runner.clock_set(clock_.realtime(now)));
        continue;
      }
      now = wakes;
      apply_until(now);
      if (now > instant(until)) return starts;
      note(runner.wake(clock_.realtime(now)));
    }
  }

 private:
  SimTime instant(std::string_view at) const { return kSimStart + ahead(wall(at), start_); }
  void apply_until(SimTime now) {
    for (; !sets_.empty() && sets_.begin()->first <= now; sets_.erase(sets_.begin())) {
      clock_.step(sets_.begin()->first, sets_.begin()->second);
    }
  }
  /// Debian's cron wakes a second or two after the minute; tests are about minutes.
  std::string minute(SimTime now) const { return utc(start_ + (now - kSimStart)).substr(0, 16); }

  WallTime start_;
  Zone zone_;
  HostClock clock_;
  std::multimap<SimTime, Duration> sets_;
};

}  // namespace leapday::clocks::lab
