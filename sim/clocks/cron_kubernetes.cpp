/// \file cron_kubernetes.cpp
/// The CronJob controller: which start is due, how many were missed, when it looks again.
/// Why: it counts from the time of the last start, and so a clock set back stops its jobs until
/// that time has come again, and one set far forward makes it count decades of missed starts.
#include <algorithm>

#include "sim/clocks/cron_runner.hpp"

namespace leapday::clocks {
namespace {

constexpr std::int64_t kMostMissed = 100;
constexpr Duration kRequeueDelta = 100ms;
constexpr Duration kFirstControllerPoll = 10s;

struct RecentStarts {
  WallTime earliest;
  std::optional<WallTime> due;
  std::int64_t missed = 0;
  bool unusable = false;
};

/// mostRecentScheduleTime.
RecentStarts most_recent(const CronJob& job, WallTime now, const Zone& zone, bool with_deadline) {
  RecentStarts recent{job.last_schedule.value_or(job.created), std::nullopt, 0, false};
  if (with_deadline && job.starting_deadline) {
    recent.earliest = std::max(recent.earliest, now + -*job.starting_deadline);
  }
  const auto first = job.schedule.next(recent.earliest, zone);
  if (first && now < *first) return recent;
  const auto second = first ? job.schedule.next(*first, zone) : std::nullopt;
  // Go's zero time stands for "never": it is before now, and no interval after the first.
  recent.unusable = !second;
  if (recent.unusable) return recent;
  if (now < *second) {
    recent.due = first;
    recent.missed = 1;
    return recent;
  }
  const std::int64_t interval = std::max<std::int64_t>(1, second->seconds - first->seconds);
  recent.missed = (now.seconds - first->seconds) / interval + 1;
  WallTime at{first->seconds + (recent.missed - 2) * interval, first->nanoseconds};
  for (auto next = job.schedule.next(at, zone); next && *next <= now;
       next = job.schedule.next(*next, zone)) {
    recent.due = next;
  }
  return recent;
}

/// getRecentUnmetScheduleTimes of the first controller: it lists them, and gives up at 101.
RecentStarts list_starts(const CronJob& job, WallTime now, const Zone& zone) {
  RecentStarts recent{job.last_schedule.value_or(job.created), std::nullopt, 0, false};
  if (job.starting_deadline) {
    recent.earliest = std::max(recent.earliest, now + -*job.starting_deadline);
  }
  auto next = job.schedule.next(recent.earliest, zone);
  recent.unusable = !next;
  for (; next && *next <= now && recent.missed <= kMostMissed;
       next = job.schedule.next(*next, zone)) {
    recent.due = next;
    ++recent.missed;
  }
  return recent;
}

/// nextScheduleTimeDuration.
std::optional<Duration> requeue_after(const CronJob& job, WallTime now, const Zone& zone) {
  const RecentStarts recent = most_recent(job, now, zone, false);
  WallTime from = now;
  if (!recent.unusable) from = recent.due.value_or(recent.missed == 0 ? recent.earliest : now);
  const auto next = job.schedule.next(from, zone);
  if (!next) return std::nullopt;
  const std::int64_t seconds = next->seconds - now.seconds;
  return std::chrono::seconds{seconds} - Duration{now.nanoseconds} + kRequeueDelta;
}

}  // namespace

CronJobSync sync(const CronJob& job, WallTime now, const Zone& zone, ManyMissed many) {
  using Outcome = CronJobSync::Outcome;
  CronJobSync result;
  if (job.suspended) {
    result.outcome = Outcome::suspended;
    return result;
  }
  const RecentStarts recent =
      many == ManyMissed::give_up ? list_starts(job, now, zone) : most_recent(job, now, zone, true);
  result.missed = recent.missed;
  result.scheduled = recent.due;
  result.requeue = many == ManyMissed::give_up ? std::optional<Duration>(kFirstControllerPoll)
                                               : requeue_after(job, now, zone);
  if (recent.unusable) {
    result.outcome = Outcome::unusable;
    if (many == ManyMissed::warn) result.requeue = std::nullopt;  // until the CronJob is changed
  } else if (recent.missed > kMostMissed && many == ManyMissed::give_up) {
    result.outcome = Outcome::gave_up;
  } else if (!recent.due) {
    result.outcome = Outcome::not_due;
  } else if (job.starting_deadline && *recent.due + *job.starting_deadline < now) {
    result.outcome = Outcome::too_late;
  } else if (job.last_schedule == recent.due) {
    result.outcome = Outcome::already_started;
  } else if (job.concurrency == CronJob::Concurrency::forbid && job.active > 0) {
    result.outcome = Outcome::already_active;
  } else {
    result.outcome = Outcome::start;
    result.replaces = job.concurrency == CronJob::Concurrency::replace && job.active > 0;
  }
  return result;
}

}  // namespace leapday::clocks
