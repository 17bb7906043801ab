/// \file host_clock.hpp
/// The clocks of one host as a kernel keeps them: realtime, monotonic, raw and boottime.
/// Why: steps, slews, drift, suspends and leap seconds act differently on each of them, and most
/// clock bugs are a program that reads the wrong one.
#pragma once

#include <cstdint>
#include <optional>

#include "leapday/time.hpp"
#include "sim/clocks/rate.hpp"

namespace leapday::clocks {

/// A piece of a clock's way through true time: straight, or bent where its rate wanders.
struct ClockLine {
  SimTime from{};
  Duration at_from{};
  ClockRate rate;
  ClockWander wander;

  Duration at(SimTime now) const {
    const Duration elapsed = now - from;
    const ClockRate mean = wander.none() ? rate : rate + wander.mean_change(elapsed);
    return at_from + elapsed + mean.gain(elapsed);
  }
  ClockRate rate_at(SimTime now) const { return rate + wander.change(now - from); }
};

/// What changes a clock is told to it at the instant at which it happens, in order of time; a read
/// gives what the clock shows at or after the latest change, in constant time.
///
/// | change | realtime | monotonic | raw | boottime |
/// |---|---|---|---|---|
/// | `drift`: the oscillator runs fast or slow | yes | yes | yes | yes |
/// | `slew`: adjtime, NTP's frequency, a smear | yes | yes | no | yes |
/// | `step`: settimeofday, a leap second | yes | no | no | no |
/// | `freeze`: the time of day stands still | yes | no | no | no |
/// | `suspend` to `resume` with a real-time clock | jumps on | stands still | stands still | counts
/// | | `suspend` to `resume` without one (a paused machine) | falls behind | stands still | stands
/// still | stands still |
///
/// Sources: clock_gettime(2), Linux kernel/time/timekeeping.c.
class HostClock {
 public:
  /// Realtime shows `real` at `now`, the others zero.
  HostClock(SimTime now, WallTime real);

  WallTime realtime(SimTime now) const { return base_ + real_offset(now); }
  MonoTime monotonic(SimTime now) const { return MonoTime{mono_.at(now)}; }
  MonoTime raw(SimTime now) const { return MonoTime{raw_.at(now)}; }
  /// Monotonic, and the suspends that a real-time clock measured.
  MonoTime boottime(SimTime now) const { return MonoTime{mono_.at(now) + slept_}; }

  /// The oscillator's error; fixed until the next call.
  void drift(SimTime now, ClockRate error);
  /// What the kernel adds to the oscillator's rate, changing evenly by `wander`.
  void slew(SimTime now, ClockRate correction, ClockWander wander = {});
  /// Realtime jumps by `by`. A kernel that does not `rebase` its timers leaves those that wait for
  /// a time of day where they were, as Linux did when it inserted the leap second of 2012.
  void step(SimTime now, Duration by, bool rebase = true);
  void freeze(SimTime now);
  /// Realtime moves on from where it stood.
  void thaw(SimTime now);
  void suspend(SimTime now);
  /// `has_rtc`: a real-time clock ran on, and what slept is added to realtime and boottime.
  void resume(SimTime now, bool has_rtc);
  /// A sine of this amplitude and period is added to realtime from now on; zero ends it.
  void sinusoid(SimTime now, Duration amplitude, Duration period);

  bool suspended() const { return suspended_; }
  ClockRate drift() const { return drift_; }
  ClockRate slew(SimTime now) const { return slew_ + wander_.change(now - mono_.from); }
  /// How far the timers' idea of realtime is ahead of realtime itself.
  Duration timers_ahead() const { return timers_ahead_; }

  /// When a timer for that time of day goes off if nothing changes: at once when it has passed,
  /// never when the clock stands still.
  std::optional<SimTime> when_realtime(SimTime now, WallTime at) const;
  std::optional<SimTime> when_monotonic(SimTime now, MonoTime at) const;

 private:
  Duration real_offset(SimTime now) const {
    const Duration straight = real_.at(now);
    return amplitude_ == Duration{0} ? straight : straight + sine(now);
  }
  Duration sine(SimTime now) const;
  /// Begins new pieces at `now` with the rates that hold now.
  void rebase(SimTime now);

  WallTime base_;  ///< Realtime is this and a line, so that year 9999 fits.
  ClockLine real_, mono_, raw_;
  ClockRate drift_, slew_;
  ClockWander wander_;
  Duration slept_{}, timers_ahead_{};
  Duration amplitude_{}, period_{};
  SimTime sine_from_{}, suspended_at_{};
  bool frozen_ = false, suspended_ = false;
};

}  // namespace leapday::clocks
