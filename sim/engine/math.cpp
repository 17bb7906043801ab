/// \file math.cpp
/// Power, sine and gamma in IEEE arithmetic alone, with sums of two doubles (Dekker 1971) where
/// one is not enough. Why: see math.hpp.
#include "sim/engine/math.hpp"

#include <initializer_list>

namespace leapday::engine {
namespace {

/// An unevaluated sum; |low| is at most half a unit in the last place of high.
struct Pair {
  double high;
  double low;
};

Pair two_sum(double a, double b) {
  const double sum = a + b;
  const double rest = sum - a;
  return {sum, (a - (sum - rest)) + (b - rest)};
}

Pair fast_two_sum(double larger, double smaller) {
  const double sum = larger + smaller;
  return {sum, smaller - (sum - larger)};
}

Pair two_product(double a, double b) {
  const auto cut = [](double x) {
    const double shifted = x * 134217729.0;  // 2^27 + 1
    const double top = shifted - (shifted - x);
    return Pair{top, x - top};
  };
  const double product = a * b;
  const Pair p = cut(a), q = cut(b);
  return {product, ((p.high * q.high - product) + p.high * q.low + p.low * q.high) + p.low * q.low};
}

Pair multiply(Pair a, Pair b) {
  const Pair product = two_product(a.high, b.high);
  return fast_two_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

Pair add(Pair a, Pair b) {
  const Pair sum = two_sum(a.high, b.high);
  return fast_two_sum(sum.high, sum.low + (a.low + b.low));
}

/// log(x) to about 2^-64 of its value; x positive and finite.
Pair log_pair(double x) {
  const detail::Split parts = detail::split(x);
  const double f = parts.mantissa - 1;
  const Pair divisor = two_sum(2, f);
  const double s_high = f / divisor.high;
  const Pair back = two_product(s_high, divisor.high);
  const double s_low = (((f - back.high) - back.low) - s_high * divisor.low) / divisor.high;
  const Pair s = fast_two_sum(s_high, s_low);
  const Pair z = multiply(s, s);
  const double w = z.high * z.high;
  // atanh(s) = s + s z (1/3 + z/5 + z^2/7 ...): only the leading terms need two doubles.
  const double even = 1.0 / 5 + w * (1.0 / 9 + w * (1.0 / 13 + w * (1.0 / 17 + w / 21)));
  const double odd = 1.0 / 7 + w * (1.0 / 11 + w * (1.0 / 15 + w * (1.0 / 19 + w / 23)));
  const Pair series = add({0x1.5555555555555p-2, 0x1.5555555555555p-56},
                          two_sum(z.high * (even + z.high * odd), 0));
  const Pair half = add(s, multiply(s, multiply(z, series)));
  const double k = parts.exponent;
  const Pair low = two_product(k, detail::kLn2Low);
  const Pair base = add({k * detail::kLn2High, 0}, low);
  return add(base, {2 * half.high, 2 * half.low});
}

/// Remainder of x after k quarter turns, as a pair, and k modulo 4.
struct Reduced {
  Pair rest;
  unsigned quadrant;
};

Reduced reduce(double x) {
  // Pi/2 in four pieces of 33 bits: a 20-bit multiple of each is exact.
  constexpr double kPieces[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69,
                                0x1.b839a252p-104};
  const double turns = x * 0x1.45f306dc9c883p-1;
  const auto k = static_cast<std::int64_t>(turns < 0 ? turns - 0.5 : turns + 0.5);
  const std::int64_t k_low = k % (1 << 20);
  const auto big = static_cast<double>(k - k_low), small = static_cast<double>(k_low);
  Pair rest{x, 0};
  for (const double piece : kPieces) {
    for (const double multiple : {big * piece, small * piece}) {
      const Pair sum = two_sum(rest.high, -multiple);
      rest = {sum.high, rest.low + sum.low};
    }
  }
  return {two_sum(rest.high, rest.low), static_cast<unsigned>(k & 3)};
}

double sin_kernel(Pair x) {
  const double v = x.high * x.high;
  const double series =
      -1.0 / 6 +
      v * (1.0 / 120 +
           v * (-1.0 / 5040 +
                v * (1.0 / 362880 + v * (-1.0 / 39916800 +
                                         v * (1.0 / 6227020800.0 + v * (-1.0 / 1307674368000.0 +
                                                                        v / 355687428096000.0))))));
  return x.high + (x.high * v * series + x.low * (1 - 0.5 * v));
}

double cos_kernel(Pair x) {
  const double v = x.high * x.high;
  const double series =
      1.0 / 24 +
      v * (-1.0 / 720 +
           v * (1.0 / 40320 +
                v * (-1.0 / 3628800 + v * (1.0 / 479001600 + v * (-1.0 / 87178291200.0 +
                                                                  v * (1.0 / 20922789888000.0 -
                                                                       v / 6402373705728000.0))))));
  const double half = 0.5 * v;
  const double leading = 1 - half;
  return leading + (((1 - leading) - half) + (v * v * series - x.high * x.low));
}

}  // namespace

double det_pow(double x, double y) {
  using Limits = std::numeric_limits<double>;
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y || x < 0) return Limits::quiet_NaN();
  if (x == 0 || x == Limits::infinity()) return (x == 0) == (y > 0) ? 0 : Limits::infinity();
  const Pair log = log_pair(x);
  const double estimate = y * log.high;
  if (estimate > 710) return Limits::infinity();
  if (estimate < -746) return 0;
  const Pair product = two_product(y, log.high);
  const Pair exponent = fast_two_sum(product.high, product.low + y * log.low);
  if (exponent.high > 709.79) return Limits::infinity();
  if (exponent.high < -745.14) return 0;
  return detail::exp_of_sum(exponent.high, exponent.low);
}

double det_sin(double x) {
  if (!(x >= -1e12 && x <= 1e12)) return std::numeric_limits<double>::quiet_NaN();
  if (x > -0x1p-26 && x < 0x1p-26) return x;
  const Reduced reduced = reduce(x);
  const double value =
      (reduced.quadrant & 1) != 0 ? cos_kernel(reduced.rest) : sin_kernel(reduced.rest);
  return (reduced.quadrant & 2) != 0 ? -value : value;
}

double det_gamma(double x) {
  if (x < 0.5) return det_gamma(x + 1) / x;
  // Lanczos's approximation with g = 7 and nine terms (Godfrey's coefficients).
  constexpr double kTerms[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
  const double z = x - 1;
  double sum = kTerms[0];
  for (int i = 1; i < 9; ++i) sum += kTerms[i] / (z + i);
  const double t = z + 7.5;
  // The power is taken in two halves, so that it does not overflow before e^-t shrinks it.
  const double half = det_pow(t, (z + 0.5) / 2);
  return 2.5066282746310002 * half * det_exp(-t) * half * sum;
}

}  // namespace leapday::engine
