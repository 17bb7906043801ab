/// \file cron.hpp
/// Schedules as four families of cron write them, and what each makes of summer time and of a wall
/// clock that is set.
/// Why: "at 02:30 every day" runs once, twice or not at all on two nights of the year, depending on
/// who reads it; jobs are moved between these schedulers as if they agreed.
///
/// | behaviour | Debian cron | Quartz | robfig, Kubernetes | systemd |
/// |---|---|---|---|---|
/// | a time in the gap | runs right after it | skipped | skipped | skipped |
/// | a repeated time | once: the first | once: the second | twice | once: the first |
/// | each minute of a repeated hour | in both | in the second | in both | in the first |
/// | clock set forward over runs | up to 3 h all at once, else none | once | once | once |
/// | clock set back over runs | up to 3 h not again, else again | not again | not again | again |
/// | each minute, clock set back | goes on | pauses | pauses | goes on |
///
/// How these facts are known: *run* in the program itself, *read* in its source, or recalled.
/// | fact | how | where |
/// |---|---|---|
/// | Debian: what its parser takes | run | `crontab -n` of cron 3.0pl1-162 |
/// | Debian: main loop | read | cron.c of 3.0, ISC and OpenBSD |
/// | Debian: limits of its kinds of wake-up, and of its sleep | read | machine code of 3.0pl1-162 |
/// | Quartz: parsing and next times | run | CronExpression of libquartz2-java 2.3.2, JDK 17 |
/// | Quartz: a misfire is 60 s late, and runs once | read | quartz.properties, CronTriggerImpl |
/// | Quartz: looks again every 30 s | recalled | QuartzSchedulerThread.idleWaitTime |
/// | robfig: parsing and next times | run | v3.0.1 with Go 1.19 |
/// | robfig: its own run loop | read | cron.go |
/// | Kubernetes: missed starts | read | pkg/controller/cronjob/utils.go, old and new |
/// | Kubernetes: order of the checks in syncCronJob | read | cronjob_controllerv2.go |
/// | systemd: calendar | run, read | systemd-analyze 252, src/shared/calendarspec.c |
/// | systemd: what a timer does when the clock is set | read | src/core/timer.c |
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "leapday/time.hpp"
#include "sim/clocks/calendar.hpp"
#include "sim/clocks/zone.hpp"

namespace leapday::clocks {

namespace cron {
class QuartzParser;
class QuartzSearch;
class RobfigSearch;
class SystemdParser;
class SystemdSearch;
}  // namespace cron

/// What is wrong with a schedule.
struct CronError {
  std::size_t column = 1;  ///< From 1.
  std::string what;        ///< "60 is no minute"
  std::string fix;         ///< "give 0 to 59"
};
/// "column 1: 60 is no minute: give 0 to 59"
std::string text(const CronError& error);

/// Of a field with values below 64: which of them it names.
class CronSet {
 public:
  constexpr CronSet() = default;
  constexpr void add(unsigned value) { bits_ |= std::uint64_t{1} << value; }
  constexpr bool has(unsigned value) const { return value < 64 && (bits_ >> value & 1) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  /// The least value of at least `from`; nothing when there is none.
  std::optional<unsigned> from(unsigned from) const;

 private:
  std::uint64_t bits_ = 0;
};

/// The five fields of a line in Debian's crontab.
struct DebianLine {
  CronSet minute, hour, day, month, weekday;
  bool minute_star = false, hour_star = false, day_star = false, weekday_star = false;
  bool at_boot = false;  ///< @reboot
  /// What cron takes without a word and yet can't be meant: "10-5" never runs, "1;2" is 1.
  std::optional<CronError> oddity;

  static std::variant<DebianLine, CronError> parse(std::string_view text);
  /// A star in minute or hour: such lines follow the wall clock, others the time that should be.
  bool wildcard() const { return minute_star || hour_star; }
  /// A day that matches either field when both are restricted, both fields when one has a star.
  bool matches(const Civil& local) const;
};

/// One start of a job by Debian's cron.
struct DebianRun {
  std::size_t line = 0;
  std::int64_t minute = 0;  ///< Local time it was started for, in minutes since 1970.
  Duration delay{};         ///< After the wake-up: catching up pauses 10 s after minutes with jobs.
  friend bool operator==(const DebianRun&, const DebianRun&) = default;
};

/// Debian's cron: it sleeps to the next minute, looks at the wall clock and catches up with it.
class DebianCron {
 public:
  /// Starts it: @reboot lines are the caller's. The current minute is not run.
  DebianCron(std::vector<DebianLine> lines, WallTime now, const Zone& zone);

  struct Wake {
    std::vector<DebianRun> runs;
    Duration busy{};  ///< How long it was occupied by catching up.
  };
  /// What it starts when it wakes and the wall clock shows `now`.
  Wake wake(WallTime now, const Zone& zone);
  /// How long it sleeps from `now` on: relative, so no step of the wall clock wakes it.
  Duration sleep(WallTime now) const;

 private:
  struct Catching;
  void set_time(WallTime now, const Zone& zone);
  void find(std::int64_t minute, bool wild, bool fixed, Catching& into) const;

  std::vector<DebianLine> lines_;
  std::int64_t offset_ = 0;  ///< Taken anew only when summer time begins or ends, as cron does.
  bool summer_ = false;
  std::int64_t clock_ = 0, running_ = 0, virtual_ = 0;  ///< Local minutes since 1970.
};

/// Quartz: seconds first, `?` in one of the two day fields, 1 is Sunday.
class QuartzSchedule {
 public:
  static std::variant<QuartzSchedule, CronError> parse(std::string_view text);
  /// The next run after `after`; nothing when none comes until 2199.
  std::optional<WallTime> next(WallTime after, const Zone& zone) const;

 private:
  friend class cron::QuartzParser;
  friend class cron::QuartzSearch;
  enum class DayRule { days, weekdays, last, nearest_weekday, last_weekday_of, nth_weekday_of };

  /// The first day of that month from `from` on that the rule names.
  std::optional<int> day_in(std::int64_t year, int month, int from) const;

  CronSet second_, minute_, hour_, month_, day_, weekday_;
  std::vector<std::int64_t> years_;  ///< Ascending; none of them: every year.
  DayRule rule_ = DayRule::days;
  int before_last_ = 0;  ///< `L-3`: three days before the last.
  bool to_weekday_ = false;
  int day_value_ = 0, nth_ = 0;  ///< Of `15W`, `6L` and `6#3`.
};

/// robfig/cron, version 3: what most programs in Go, Kubernetes among them, read.
class RobfigSchedule {
 public:
  enum class Fields {
    standard,  ///< Five fields, or a descriptor such as @daily.
    seconds,   ///< Six: cron.WithSeconds().
  };
  static std::variant<RobfigSchedule, CronError> parse(std::string_view text,
                                                       Fields fields = Fields::standard);
  /// The next run after `after`; nothing when none comes within about five years, or where the
  /// program itself searches for ever, as it does for a day that a zone leaves out.
  /// \param zone The zone that `zone_name()` asks for, or the program's own.
  std::optional<WallTime> next(WallTime after, const Zone& zone) const;
  /// What `CRON_TZ=` or `TZ=` says.
  const std::optional<std::string>& zone_name() const { return zone_name_; }

 private:
  friend class cron::RobfigSearch;
  CronSet second_, minute_, hour_, day_, month_, weekday_;
  bool day_star_ = false, weekday_star_ = false;
  std::optional<Duration> every_;
  std::optional<std::string> zone_name_;
};

/// systemd's OnCalendar=.
class SystemdCalendar {
 public:
  static std::variant<SystemdCalendar, CronError> parse(std::string_view text);
  /// The next time after `after`; nothing when none comes until 2199.
  /// \param zone The zone that `zone_name()` asks for, or the host's own.
  std::optional<WallTime> next(WallTime after, const Zone& zone) const;
  const std::optional<std::string>& zone_name() const { return zone_name_; }

 private:
  friend class cron::SystemdParser;
  friend class cron::SystemdSearch;
  /// `start..stop/repeat`; seconds are in millionths.
  struct Component {
    std::int64_t start = 0, stop = -1, repeat = 0;
  };
  using Chain = std::vector<Component>;  ///< Empty: any value.

  unsigned weekdays_ = 0;  ///< Bit 0 is Monday; none of them: any.
  Chain year_, month_, day_, hour_, minute_, microsecond_;
  bool end_of_month_ = false;
  std::optional<std::string> zone_name_;
};

}  // namespace leapday::clocks
