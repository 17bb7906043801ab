/// \file cron_runner.cpp
/// How the loops of Quartz, robfig/cron and systemd plan their next run.
/// Why: see cron_runner.hpp.
#include "sim/clocks/cron_runner.hpp"

#include <algorithm>
#include <utility>

namespace leapday::clocks {
namespace {

constexpr Duration kQuartzIdle = 30s, kQuartzMisfire = 60s;

/// At most 100 years, either way.
Duration wall_until(WallTime from, WallTime to) {
  constexpr std::int64_t kMost = std::int64_t{3'155'760'000};
  return std::chrono::seconds{std::clamp(to.seconds - from.seconds, -kMost, kMost)} +
         Duration{to.nanoseconds - from.nanoseconds};
}

}  // namespace

CronRunner::CronRunner(CronLoop loop, Next next, WallTime now)
    : loop_(loop), next_(std::move(next)), base_(now), planned_(next_(now)) {}

std::optional<WallTime> CronRunner::wake(WallTime now) {
  if (!planned_ || *planned_ > now) return std::nullopt;
  const WallTime due = *planned_;
  const bool in_time = loop_ == CronLoop::quartz && wall_until(due, now) <= kQuartzMisfire;
  planned_ = next_(in_time ? due : now);
  base_ = now;
  ran_ = true;
  return due;
}

std::optional<WallTime> CronRunner::clock_set(WallTime now) {
  if (loop_ != CronLoop::systemd) return std::nullopt;
  if (ran_ && base_ > now) base_ = now;
  planned_ = next_(base_);
  return wake(now);
}

std::optional<Duration> CronRunner::sleep(WallTime now) const {
  if (!planned_) return std::nullopt;
  const Duration left = std::max(Duration{0}, wall_until(now, *planned_));
  return loop_ == CronLoop::quartz ? std::min(left, kQuartzIdle) : left;
}

}  // namespace leapday::clocks
