/// \file cron_runner.hpp
/// The loops that start what a schedule asks for: those of Quartz, robfig/cron and systemd, and the
/// controller of Kubernetes' CronJobs.
/// Why: a schedule says when; what a jump of the wall clock costs is decided by how its loop sleeps
/// and what it compares when it wakes. Debian's is DebianCron.
#pragma once

#include <functional>
#include <optional>

#include "sim/clocks/cron.hpp"

namespace leapday::clocks {

enum class CronLoop {
  /// Sleeps up to 30 s at a time. A run that is more than 60 s late is a misfire: it runs once at
  /// once, and what was missed besides is dropped (the "smart" policy of a cron trigger).
  quartz,
  /// Sleeps until the next run, by a timer that no step of the wall clock moves. When it wakes
  /// and is due it runs once, and goes on from the time that it then is.
  robfig,
  /// Waits for a time of day, and is told when the clock is set. Times count from the last run,
  /// which is moved back to now when the clock was set back before it, so that runs repeat.
  systemd,
};

/// One job of such a loop.
class CronRunner {
 public:
  /// The next run after a time: a schedule's next() in the zone of the program.
  using Next = std::function<std::optional<WallTime>(WallTime)>;
  CronRunner(CronLoop loop, Next next, WallTime now);

  /// The sleep ended and the wall clock shows `now`: the time whose run it starts, if it does.
  std::optional<WallTime> wake(WallTime now);
  /// The wall clock was set and shows `now`: only systemd notices. A run may be due at once.
  std::optional<WallTime> clock_set(WallTime now);
  /// How long it sleeps, by a clock that is never set; nothing: no run is to come.
  std::optional<Duration> sleep(WallTime now) const;
  const std::optional<WallTime>& planned() const { return planned_; }

 private:
  CronLoop loop_;
  Next next_;
  WallTime base_;  ///< systemd's: the last run, or the start.
  bool ran_ = false;
  std::optional<WallTime> planned_;
};

/// A CronJob as its controller sees it.
struct CronJob {
  enum class Concurrency { allow, forbid, replace };

  RobfigSchedule schedule;
  std::optional<Duration> starting_deadline;  ///< startingDeadlineSeconds
  Concurrency concurrency = Concurrency::allow;
  bool suspended = false;
  WallTime created;                       ///< By the clock of the API server.
  std::optional<WallTime> last_schedule;  ///< status.lastScheduleTime: the time a run was for.
  int active = 0;                         ///< Jobs that still run.
};

/// What the controller makes of more than 100 missed starts.
enum class ManyMissed {
  give_up,  ///< It never starts the job again (the first controller, before Kubernetes 1.21).
  warn,     ///< It says so and starts the latest.
};

struct CronJobSync {
  enum class Outcome {
    not_due,
    start,
    too_late,        ///< MissSchedule: the starting deadline has passed.
    already_active,  ///< JobAlreadyActive, with `forbid`.
    already_started,
    suspended,
    gave_up,   ///< More than 100 missed.
    unusable,  ///< The schedule gives no time, or with `warn` none after it: nothing is started.
  };
  Outcome outcome = Outcome::not_due;
  std::optional<WallTime> scheduled;  ///< The time that the run is or would have been for.
  bool replaces = false;              ///< Active jobs are deleted first.
  std::int64_t missed = 0;            ///< Starts due since the last one; `warn` estimates them.
  /// When it looks again at the latest, by its own timer.
  std::optional<Duration> requeue;
};

/// One look of the controller at a CronJob by the clock of the host that it runs on. The caller
/// sets `last_schedule` to `scheduled` after a start.
CronJobSync sync(const CronJob& job, WallTime now, const Zone& zone,
                 ManyMissed many = ManyMissed::warn);

}  // namespace leapday::clocks
