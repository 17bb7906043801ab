/// \file math.hpp
/// Logarithm, exponential, power and sine that give the same bits on every compiler and CPU.
/// Why: glibc picks variants with fused multiply-add by CPU, and a last-bit difference in a service
/// time becomes another order of events. Only IEEE +, -, *, / are used, so that even tables made
/// while compiling agree with numbers made while running.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

namespace leapday::engine {

namespace detail {

inline constexpr double kLn2High = 0x1.62e42feep-1;  // 32 bits: products with exponents are exact
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

/// x = mantissa * 2^exponent with mantissa in [sqrt(1/2), sqrt(2)); x positive and finite.
struct Split {
  double mantissa;
  int exponent;
};
constexpr Split split(double x) {
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  constexpr std::uint64_t kRootHalf = 0x3fe6a09e667f3bcdU;
  const auto shift = static_cast<std::int64_t>(bits - kRootHalf) >> 52;
  return {std::bit_cast<double>(bits - (static_cast<std::uint64_t>(shift) << 52)),
          exponent + static_cast<int>(shift)};
}

/// y * 2^k for y near 1, rounding once.
constexpr double scale(double y, int k) {
  const auto power = [](int e) {
    return std::bit_cast<double>(static_cast<std::uint64_t>(e + 1023) << 52);
  };
  if (k > 1023) return y * 2 * power(k - 1 > 1023 ? 1023 : k - 1);
  if (k < -1021) return y * power(k + 1000) * 0x1p-1000;
  return y * power(k);
}

/// e to the (high + low), where |low| is tiny beside high and |high| < 746.
constexpr double exp_of_sum(double high, double low) {
  const double turns = high * 0x1.71547652b82fep+0;
  const int k = static_cast<int>(turns < 0 ? turns - 0.5 : turns + 0.5);
  const double a = high - k * kLn2High;
  const double b = k * kLn2Low - low;
  const double r = a - b;
  const double v = r * r;
  // Taylor's series to r^13, even and odd powers apart so that they compute side by side.
  const double even =
      1.0 / 2 +
      v * (1.0 / 24 + v * (1.0 / 720 + v * (1.0 / 40320 + v * (1.0 / 3628800 + v / 479001600.0))));
  const double odd =
      1.0 / 6 + v * (1.0 / 120 + v * (1.0 / 5040 + v * (1.0 / 362880 +
                                                        v * (1.0 / 39916800 + v / 6227020800.0))));
  const double tail = v * (even + r * odd);
  return scale(1 + (a + (tail - b)), k);
}

}  // namespace detail

/// Natural logarithm, within 1 ulp; -infinity of 0, NaN of negative numbers.
constexpr double det_log(double x) {
  using Limits = std::numeric_limits<double>;
  if (!(x > 0)) return x == 0 ? -Limits::infinity() : Limits::quiet_NaN();
  if (x == Limits::infinity()) return x;
  const detail::Split parts = detail::split(x);
  const double f = parts.mantissa - 1;
  const double s = f / (2 + f);
  const double z = s * s;
  const double w = z * z;
  // log(1+f) = 2 atanh(s) = 2s + s * rest, with atanh's Taylor series to s^21.
  const double even = 2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19))));
  const double odd = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));
  const double rest = z * (even + z * odd);
  const double half_square = 0.5 * f * f;
  const double k = parts.exponent;
  return k * detail::kLn2High -
         ((half_square - (s * (half_square + rest) + k * detail::kLn2Low)) - f);
}

/// e to the x, within 1 ulp; overflows to infinity, underflows gradually to 0.
constexpr double det_exp(double x) {
  if (x > 709.79) return std::numeric_limits<double>::infinity();
  if (x < -745.14) return 0;
  if (x != x) return x;
  return detail::exp_of_sum(x, 0);
}

/// x to the y for x >= 0, within 2 ulp; NaN of negative x.
double det_pow(double x, double y);
/// Sine of an angle in radians, within 1 ulp for |x| <= 1e9; NaN beyond 1e12.
double det_sin(double x);
/// Gamma function for 0 < x <= 171, within 1e-13 of the value: for means of laws.
double det_gamma(double x);

}  // namespace leapday::engine
