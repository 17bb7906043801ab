/// \file rate.hpp
/// How much faster or slower than true time a clock runs, as a fixed-point fraction.
/// Why: a smear of 1 in 86,401 read for a day must be right to the nanosecond, and a read is one
/// multiplication; `double` never holds time here.
#pragma once

#include <compare>
#include <cstdint>

#include "leapday/time.hpp"

namespace leapday::clocks {

/// A deviation from true time's rate: 0 keeps it, -1 stands still. From -2 to just below 2, in
/// steps of 2^-62: less than a nanosecond in the 36 years that a run may last.
class ClockRate {
 public:
  constexpr ClockRate() = default;
  /// `numerator / denominator`, whose quotient lies in [-2, 2), rounded towards zero.
  static constexpr ClockRate ratio(std::int64_t numerator, std::int64_t denominator) {
    return ClockRate{
        static_cast<std::int64_t>((static_cast<__int128>(numerator) << kBits) / denominator)};
  }
  static constexpr ClockRate ppb(std::int64_t parts) { return ratio(parts, 1'000'000'000); }
  /// Neither faster nor slower: it does not move at all.
  static constexpr ClockRate standstill() { return ratio(-1, 1); }

  /// What it gains on true time in `elapsed`.
  constexpr Duration gain(Duration elapsed) const {
    const __int128 product = static_cast<__int128>(elapsed.count()) * fixed_ + kHalf;
    return Duration{static_cast<std::int64_t>(product >> kBits)};
  }
  constexpr ClockRate operator+(ClockRate other) const { return ClockRate{fixed_ + other.fixed_}; }
  constexpr ClockRate operator-() const { return ClockRate{-fixed_}; }
  constexpr auto operator<=>(const ClockRate&) const = default;
  /// In steps of 2^-62.
  constexpr std::int64_t fixed() const { return fixed_; }
  static constexpr ClockRate from_fixed(std::int64_t fixed) { return ClockRate{fixed}; }

 private:
  static constexpr int kBits = 62;
  static constexpr __int128 kHalf = static_cast<__int128>(1) << (kBits - 1);
  explicit constexpr ClockRate(std::int64_t fixed) : fixed_(fixed) {}
  std::int64_t fixed_ = 0;
};

/// A rate that itself changes evenly, as chrony's `smoothtime` does. Steps of 2^-106 per ns.
class ClockWander {
 public:
  constexpr ClockWander() = default;
  /// It changes by `change` in `over`, which is positive.
  static constexpr ClockWander reaching(ClockRate change, Duration over) {
    return ClockWander{
        static_cast<std::int64_t>((static_cast<__int128>(change.fixed()) << kMore) / over.count())};
  }
  constexpr ClockRate change(Duration elapsed) const {
    return ClockRate::from_fixed(
        static_cast<std::int64_t>((static_cast<__int128>(elapsed.count()) * fixed_) >> kMore));
  }
  /// The mean of that change over `elapsed`: half of it.
  constexpr ClockRate mean_change(Duration elapsed) const {
    return ClockRate::from_fixed(static_cast<std::int64_t>(
        (static_cast<__int128>(elapsed.count()) * fixed_) >> (kMore + 1)));
  }
  constexpr ClockWander operator-() const { return ClockWander{-fixed_}; }
  constexpr bool none() const { return fixed_ == 0; }
  constexpr bool operator==(const ClockWander&) const = default;

 private:
  static constexpr int kMore = 44;
  explicit constexpr ClockWander(std::int64_t fixed) : fixed_(fixed) {}
  std::int64_t fixed_ = 0;
};

}  // namespace leapday::clocks
