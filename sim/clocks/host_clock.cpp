/// \file host_clock.cpp
/// Keeps the lines of a host's clocks, and finds when they will show a given time.
/// Why: a timer that waits for a time of day has to move whenever that clock is changed.
#include "sim/clocks/host_clock.hpp"

#include <algorithm>
#include <utility>

#include "sim/engine/math.hpp"

namespace leapday::clocks {
namespace {

constexpr double kTurn = 6.283185307179586;

/// The first instant from `now` on at which `reading` is not negative, for one that does not fall
/// and rises by no more than three in each unit; nothing when it does not get there in a run.
template <typename Reading>
std::optional<SimTime> first_at(SimTime now, ClockRate rate, Reading reading) {
  if (reading(now) >= Duration{0}) return now;
  if (rate <= ClockRate::standstill()) return std::nullopt;
  // Newton's steps, then the last nanoseconds one by one: both ends are then exact.
  const long double speed = 1 + static_cast<long double>(rate.fixed()) / 4611686018427387904.0L;
  SimTime at = now;
  for (int i = 0; i < 64; ++i) {
    const Duration left = -reading(at);
    const auto step = static_cast<std::int64_t>(static_cast<long double>(left.count()) / speed);
    if (step == 0) break;
    if (kSimEnd - at < Duration{step}) return std::nullopt;
    at += Duration{step};
  }
  while (reading(at) < Duration{0}) at += Duration{1};
  while (at > now && reading(at - Duration{1}) >= Duration{0}) at -= Duration{1};
  return at;
}

/// `a - b` in nanoseconds, at most 36 years either way.
Duration difference(WallTime a, WallTime b) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 60) / 1'000'000'000;
  const std::int64_t seconds = std::clamp(a.seconds - b.seconds, -kMost, kMost);
  return std::chrono::seconds{seconds} + Duration{a.nanoseconds - b.nanoseconds};
}

}  // namespace

HostClock::HostClock(SimTime now, WallTime real) : base_(real) {
  real_.from = mono_.from = raw_.from = now;
}

Duration HostClock::sine(SimTime now) const {
  const double turns =
      static_cast<double>((now - sine_from_) % period_ / Duration{1}) / period_.count();
  const double value = engine::det_sin(kTurn * turns) * static_cast<double>(amplitude_.count());
  return Duration{static_cast<std::int64_t>(value)};
}

void HostClock::rebase(SimTime now) {
  for (ClockLine* line : {&real_, &mono_, &raw_}) {
    line->at_from = line->at(now);
    line->from = now;
    line->rate = suspended_ ? ClockRate::standstill() : drift_;
    line->wander = {};
  }
  if (suspended_) return;
  mono_.rate = drift_ + slew_;
  mono_.wander = wander_;
  real_.rate = frozen_ ? ClockRate::standstill() : mono_.rate;
  real_.wander = frozen_ ? ClockWander{} : wander_;
}

void HostClock::drift(SimTime now, ClockRate error) {
  slew_ = slew(now);
  drift_ = error;
  rebase(now);
}

void HostClock::slew(SimTime now, ClockRate correction, ClockWander wander) {
  slew_ = correction;
  wander_ = wander;
  rebase(now);
}

void HostClock::step(SimTime now, Duration by, bool rebase_timers) {
  slew_ = slew(now);
  rebase(now);
  real_.at_from += by;
  timers_ahead_ = rebase_timers ? Duration{0} : timers_ahead_ - by;
}

void HostClock::freeze(SimTime now) {
  slew_ = slew(now);
  frozen_ = true;
  rebase(now);
}

void HostClock::thaw(SimTime now) {
  slew_ = slew(now);
  frozen_ = false;
  rebase(now);
}

void HostClock::suspend(SimTime now) {
  if (std::exchange(suspended_, true)) return;
  slew_ = slew(now);
  suspended_at_ = now;
  rebase(now);
}

void HostClock::resume(SimTime now, bool has_rtc) {
  if (!std::exchange(suspended_, false)) return;
  rebase(now);
  if (!has_rtc) return;
  const Duration slept = now - suspended_at_;
  slept_ += slept;
  if (!frozen_) real_.at_from += slept;
}

void HostClock::sinusoid(SimTime now, Duration amplitude, Duration period) {
  amplitude_ = amplitude;
  period_ = period;
  sine_from_ = now;
}

std::optional<SimTime> HostClock::when_realtime(SimTime now, WallTime at) const {
  if (suspended_) return std::nullopt;
  const WallTime shown = at + (-timers_ahead_);
  return first_at(now, real_.rate_at(now),
                  [&](SimTime t) { return difference(realtime(t), shown); });
}

std::optional<SimTime> HostClock::when_monotonic(SimTime now, MonoTime at) const {
  if (suspended_) return std::nullopt;
  return first_at(now, mono_.rate_at(now), [&](SimTime t) { return monotonic(t) - at; });
}

}  // namespace leapday::clocks
