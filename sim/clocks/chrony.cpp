/// \file chrony.cpp
/// chronyd: steps in its first updates, slews ever after, and knows the frequency by regression.
/// Why: unless told by `maxchange` it believes any offset, and makes up for it by running a twelfth
/// fast or slow, for years if need be.
#include <algorithm>
#include <utility>

#include "sim/clocks/calendar.hpp"
#include "sim/clocks/discipline.hpp"

namespace leapday::clocks {
namespace {

constexpr std::size_t kSamples = 8;
const ClockRate kMaxUpdateSkew = ClockRate::ppb(1'000'000);
constexpr Duration kShortestSlew = 1s;  // MIN_SLEW_TIMEOUT
constexpr Duration kMostSlew = std::chrono::hours{24 * 365 * 36};

Duration size_of(Duration offset) { return offset < Duration{0} ? -offset : offset; }

/// `a * b / c`, none of them negative, at most 36 years.
Duration scaled(Duration a, Duration b, Duration c) {
  const __int128 product = static_cast<__int128>(a.count()) * b.count() / c.count();
  return Duration{static_cast<std::int64_t>(
      std::min<__int128>(product, static_cast<__int128>(kMostSlew.count())))};
}

}  // namespace

Chronyd::Options Chronyd::packaged() {
  Options options;
  options.makestep = 1s;
  options.makestep_limit = 3;
  return options;
}

bool Chronyd::believed(Duration offset, Correction& instead) {
  if (!options_.maxchange) return true;
  if (options_.maxchange_start > 0) {
    --options_.maxchange_start;
    return true;
  }
  if (size_of(offset) <= *options_.maxchange) return true;
  if (options_.maxchange_ignore == 0) {
    gone_ = true;
    instead.kind = Correction::Kind::exit;
    instead.rate = instead.after = frequency_;
  } else if (options_.maxchange_ignore > 0) {
    --options_.maxchange_ignore;
  }
  return false;
}

bool Chronyd::steps(Duration offset) {
  if (!options_.makestep || options_.makestep_limit == 0) return false;
  if (options_.makestep_limit > 0) --options_.makestep_limit;
  return size_of(offset) > *options_.makestep;
}

void Chronyd::account(MonoTime now) {
  if (!last_) last_ = now;
  const Duration elapsed = now - *last_;
  const Duration corrected = std::min(elapsed, phase_left_);
  corrected_ += frequency_.gain(elapsed) + phase_.gain(corrected);
  phase_left_ -= corrected;
  last_ = now;
}

void Chronyd::estimate(MonoTime now, Duration offset) {
  samples_.push_back({now, offset + corrected_});
  if (samples_.size() > kSamples) samples_.erase(samples_.begin());
  if (samples_.size() < 3) return;
  // Least squares in milliseconds and nanoseconds about the newest sample.
  const auto n = static_cast<__int128>(samples_.size());
  __int128 sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (const Sample& sample : samples_) {
    const __int128 x = (sample.at - now) / 1ms;
    const __int128 y = (sample.total - samples_.back().total).count();
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  const __int128 over = (n * sum_xx - sum_x * sum_x) * 1'000'000;
  if (over <= 0) return;
  __int128 rise = n * sum_xy - sum_x * sum_y, run = over;
  for (; rise > (INT64_MAX >> 2) || rise < -(INT64_MAX >> 2) || run > INT64_MAX; rise /= 2)
    run /= 2;
  const bool steep = run == 0 || rise >= run || -rise >= run;
  const ClockRate found =
      steep ? ClockRate::ratio(1, 1)
            : ClockRate::ratio(static_cast<std::int64_t>(rise), static_cast<std::int64_t>(run));
  if (found + -frequency_ > kMaxUpdateSkew || found + -frequency_ < -kMaxUpdateSkew) {
    samples_.erase(samples_.begin(), samples_.end() - 1);  // a jump of the source, not a frequency
    return;
  }
  frequency_ = found;
}

Correction Chronyd::update(MonoTime now, const Measured& measured) {
  Correction result;
  if (gone_ || !believed(measured.offset, result)) return result;
  const Duration since = last_ ? now - *last_ : Duration{0};
  account(now);
  estimate(now, measured.offset);
  if (!steps(measured.offset)) return slew(measured, since);
  result.kind = Correction::Kind::step;
  result.step = measured.offset;
  result.rate = result.after = frequency_;
  corrected_ += measured.offset;
  phase_left_ = {};
  return result;
}

Correction Chronyd::slew(const Measured& measured, Duration since) {
  constexpr std::int64_t kHalfOfRatio = 3;  // correction time ratio 3, halved: 3 / 2
  const Duration size = size_of(measured.offset);
  Correction result;
  result.kind = Correction::Kind::slew;
  result.rate = result.after = frequency_;
  phase_ = {};
  phase_left_ = {};
  if (size == Duration{0}) return result;
  const Duration wanted =
      std::max(kShortestSlew, scaled(measured.jitter, since * kHalfOfRatio / 2, size));
  phase_ = limited_rate(measured.offset, wanted, options_.max_slew);
  phase_left_ = wanted;
  if (phase_ == options_.max_slew || phase_ == -options_.max_slew) {
    const Duration in_a_day = options_.max_slew.gain(24h);
    phase_left_ = scaled(size, 24h, in_a_day);
  }
  result.rate = frequency_ + phase_;
  result.lasts = phase_left_;
  return result;
}

Correction Chronyd::lost(MonoTime now) {
  Correction result;
  if (gone_) return result;
  account(now);
  result.kind = Correction::Kind::slew;
  result.rate = phase_left_ > Duration{0} ? frequency_ + phase_ : frequency_;
  if (phase_left_ > Duration{0}) result.lasts = phase_left_;
  result.after = frequency_;
  return result;
}

LeapMode leap_mode(ChronyLeap mode, const LeapSecond& leap) {
  const Civil next = civil(leap.day * kSecondsPerDay);
  if (next.day != 1 || (next.month != 1 && next.month != 7)) return LeapMode::ignore;
  switch (mode) {
    case ChronyLeap::slew:
      return LeapMode::slew;
    case ChronyLeap::ignore:
      return LeapMode::ignore;
    default:  // the kernel steps, or chronyd does, at the same instant
      return LeapMode::step;
  }
}

}  // namespace leapday::clocks
