/// \file units.hpp
/// Quantities that a scenario states, each its own type.
/// Why: "which int, which unit" mistakes must not compile.
#pragma once

#include <compare>
#include <cstdint>

namespace leapday {

/// An exact fraction, for probabilities and shares that decide control flow: 99.95 % is 1999/2000,
/// never a rounded double. Kept in lowest terms by make(); den > 0.
struct Ratio {
  std::int64_t num = 0;
  std::int64_t den = 1;

  /// In lowest terms; den must not be 0.
  static constexpr Ratio make(std::int64_t num, std::int64_t den) {
    std::int64_t a = num < 0 ? -num : num;
    std::int64_t b = den < 0 ? -den : den;
    while (b != 0) {
      const std::int64_t rest = a % b;
      a = b;
      b = rest;
    }
    if (a == 0) a = 1;
    return den < 0 ? Ratio{-num / a, -den / a} : Ratio{num / a, den / a};
  }
  constexpr double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  constexpr bool is_zero() const { return num == 0; }
  friend constexpr bool operator==(const Ratio&, const Ratio&) = default;
};

/// Events per second of true time; finite and >= 0.
struct Rate {
  double per_second = 0;
  friend constexpr auto operator<=>(const Rate&, const Rate&) = default;
};

/// Memory, disk or traffic, in bytes; >= 0.
struct Bytes {
  std::int64_t count = 0;
  friend constexpr auto operator<=>(const Bytes&, const Bytes&) = default;
};

}  // namespace leapday
