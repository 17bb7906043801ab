/// \file ntpd.cpp
/// ntpd's clock state machine: spikes, steps, panic, and a phase-locked loop between them.
/// Why: it is built to distrust a sudden offset for minutes, and to leave rather than to follow.
#include <algorithm>

#include "sim/clocks/discipline.hpp"

namespace leapday::clocks {
namespace {

const ClockRate kNtpdMost = ClockRate::ppb(500'000);
constexpr std::int64_t kPll = 16;     // CLOCK_PLL: the time constant is so many polls
constexpr Duration kAllan = 2048s;    // CLOCK_ALLAN: 2^11 s
constexpr Duration kSlewStep = 600s;  // -x
constexpr Duration kSecStepout = 900s;

}  // namespace

ClockRate limited_rate(Duration offset, Duration over, ClockRate most) {
  if (offset >= most.gain(over)) return most;
  if (offset <= -most.gain(over)) return -most;
  return ClockRate::ratio(offset.count(), over.count());
}

void apply(const Correction& correction, HostClock& clock, SimTime now) {
  if (correction.kind == Correction::Kind::ignore) return;
  if (correction.kind == Correction::Kind::step) clock.step(now, correction.step);
  clock.slew(now, correction.rate);
}

Ntpd::Options Ntpd::slewing() {
  Options options;
  options.step = kSlewStep;
  return options;
}

Ntpd::Options Ntpd::ntpsec() {
  Options options;
  options.stepout = kSecStepout;
  return options;
}

Ntpd::Ntpd(Options options, MonoTime now)
    : options_(options),
      state_(options.drift_file ? State::frequency_known : State::no_frequency),
      epoch_(now),
      frequency_(options.drift_file.value_or(ClockRate{})),
      may_panic_(options.first_panic) {}

Correction Ntpd::update(MonoTime now, const Measured& measured, Duration poll) {
  Correction result;
  if (state_ == State::gone) return result;
  const Duration offset = measured.offset, size = offset < Duration{0} ? -offset : offset;
  if (options_.panic > Duration{0} && size > options_.panic && !may_panic_) {
    enter(State::gone);
    result.kind = Correction::Kind::exit;
    result.rate = result.after = frequency_;
    return result;
  }
  may_panic_ = false;
  const Duration since = now - epoch_;
  result = options_.step > Duration{0} && size > options_.step ? outlier(offset, since)
                                                               : inlier(offset, since, poll);
  if (result.kind != Correction::Kind::ignore) epoch_ = now;
  return result;
}

Correction Ntpd::outlier(Duration offset, Duration since) {
  if (state_ == State::synchronised) {
    enter(State::spike);
    return {};
  }
  const bool waits = state_ == State::spike || state_ == State::measuring;
  if (waits && since < options_.stepout) return {};
  if (state_ == State::measuring) frequency_ = limited_rate(offset, since, kNtpdMost);
  enter(state_ == State::no_frequency ? State::measuring : State::synchronised);
  Correction result;
  result.kind = Correction::Kind::step;
  result.step = offset;
  result.rate = result.after = frequency_;
  return result;
}

Correction Ntpd::inlier(Duration offset, Duration since, Duration poll) {
  Correction result;
  result.kind = Correction::Kind::slew;
  if (state_ == State::no_frequency) {  // adjtime() at its full rate
    enter(State::measuring);
    result.rate = offset < Duration{0} ? -kNtpdMost : kNtpdMost;
    const std::int64_t size = offset < Duration{0} ? -offset.count() : offset.count();
    result.lasts = Duration{size * 2000};
    return result;
  }
  if (state_ == State::measuring) {
    if (since < options_.stepout) return {};
    frequency_ = limited_rate(offset, since, kNtpdMost);
  }
  // frequency += offset * min(since, Allan intercept) / (4 * 16 * poll)^2
  const Duration span = 4 * kPll * poll;
  const ClockRate part = limited_rate(offset, span, ClockRate::ratio(1, 1));
  const __int128 gain =
      static_cast<__int128>(part.fixed()) * std::min(since, kAllan).count() / span.count();
  const ClockRate found = frequency_ + ClockRate::from_fixed(static_cast<std::int64_t>(gain));
  frequency_ = std::clamp(found, -kNtpdMost, kNtpdMost);
  enter(State::synchronised);
  const ClockRate phase = limited_rate(offset, kPll * poll, kNtpdMost);
  result.rate = std::clamp(frequency_ + phase, -kNtpdMost, kNtpdMost);
  result.after = frequency_;
  return result;
}

Correction Ntpd::lost() {
  Correction result;
  if (state_ == State::gone) return result;
  result.kind = Correction::Kind::slew;
  result.rate = result.after = frequency_;
  return result;
}

}  // namespace leapday::clocks
