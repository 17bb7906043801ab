/// \file math_test.cpp
/// Accuracy of our own functions against long double, and their exact bits.
/// Why: the bits are what makes g++ and clang, Debug and Release, the same run.
#include "sim/engine/math.hpp"

#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "leapday/random.hpp"

namespace leapday::engine {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Distance in units of the last place of the true value.
double ulps(double got, long double want) {
  const double rounded = static_cast<double>(want);
  if (got == rounded) return 0;
  const double magnitude = std::fabs(rounded);
  const double unit = std::nextafter(magnitude, kInfinity) - magnitude;
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want) / unit);
}

/// The worst of many, over arguments that `draw` makes.
template <class Draw, class Error>
double worst(Draw draw, Error error, int samples = 200'000) {
  Random random = Random::keyed(11);
  double most = 0;
  for (int i = 0; i < samples; ++i) most = std::fmax(most, error(draw(random)));
  return most;
}

double between(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

double log_error(double x) { return ulps(det_log(x), logl(x)); }
double exp_error(double x) { return ulps(det_exp(x), expl(x)); }
double sin_error(double x) { return ulps(det_sin(x), sinl(x)); }

/// Hash of the bits of 2000 values.
template <class Function>
std::uint64_t bits_of(Function function) {
  Random random = Random::keyed(12);
  std::uint64_t hash = 0;
  for (int i = 0; i < 2000; ++i) {
    hash = hash_combine(hash, std::bit_cast<std::uint64_t>(function(random)));
  }
  return hash;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(math)

BOOST_AUTO_TEST_CASE(log_is_within_one_ulp) {
  const auto any = [](Random& r) {  // every positive double, subnormal ones included
    return std::bit_cast<double>(r.below(0x7ff0000000000000U - 1) + 1);
  };
  BOOST_TEST(worst(any, log_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, 1e-9, 2); }, log_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, 0.999, 1.001); }, log_error) <= 1.0);
  BOOST_TEST(det_log(1) == 0);
  BOOST_TEST(det_log(0) == -kInfinity);
  BOOST_TEST(det_log(kInfinity) == kInfinity);
  BOOST_TEST(std::isnan(det_log(-1)));
  BOOST_TEST(std::isnan(det_log(std::nan(""))));
}

BOOST_AUTO_TEST_CASE(exp_is_within_one_ulp) {
  BOOST_TEST(worst([](Random& r) { return between(r, -708, 709.7); }, exp_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, -1, 1); }, exp_error) <= 1.0);
  // Where the result is subnormal it may be off by one unit of that coarse scale.
  BOOST_TEST(worst([](Random& r) { return between(r, -745.1, -708); }, exp_error) <= 1.0);
  BOOST_TEST(det_exp(0) == 1);
  BOOST_TEST(det_exp(710) == kInfinity);
  BOOST_TEST(det_exp(-746) == 0);
  BOOST_TEST(det_exp(-kInfinity) == 0);
  BOOST_TEST(det_exp(709.782712893383) == std::exp(709.782712893383));
  BOOST_TEST(det_exp(709.7827128933841) == kInfinity);
  BOOST_TEST(std::isnan(det_exp(std::nan(""))));
}

BOOST_AUTO_TEST_CASE(pow_is_within_two_ulp) {
  struct Pair {
    double x, y;
  };
  const auto error = [](Pair p) { return ulps(det_pow(p.x, p.y), powl(p.x, p.y)); };
  BOOST_TEST(worst(
                 [](Random& r) {
                   return Pair{std::exp(between(r, -20, 20)), between(r, -30, 30)};
                 },
                 error) <= 2.0);
  BOOST_TEST(worst(
                 [](Random& r) {
                   return Pair{between(r, 0.999, 1.001), between(r, -5e5, 5e5)};
                 },
                 error) <= 2.0);
  BOOST_TEST(worst(
                 [](Random& r) {
                   return Pair{std::exp(between(r, -700, 700)), between(r, -1, 1)};
                 },
                 error) <= 2.0);
  BOOST_TEST(det_pow(0, 2) == 0);
  BOOST_TEST(det_pow(0, -2) == kInfinity);
  BOOST_TEST(det_pow(kInfinity, -1) == 0);
  BOOST_TEST(det_pow(kInfinity, 1) == kInfinity);
  BOOST_TEST(det_pow(3, 0) == 1);
  BOOST_TEST(det_pow(2, 1024) == kInfinity);
  BOOST_TEST(det_pow(2, -1080) == 0);
  BOOST_TEST(det_pow(2, 10) == 1024);
  BOOST_TEST(det_pow(10, 1e300) == kInfinity);
  BOOST_TEST(det_pow(0.5, 1e300) == 0);
  BOOST_TEST(std::isnan(det_pow(-1, 2)));
}

BOOST_AUTO_TEST_CASE(sin_is_within_one_ulp) {
  BOOST_TEST(worst([](Random& r) { return between(r, -4, 4); }, sin_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, -1e9, 1e9); }, sin_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, -1e12, 1e12); }, sin_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return static_cast<double>(r.below(1U << 20)) * M_PI; },
                   sin_error) <= 1.0);
  BOOST_TEST(worst([](Random& r) { return between(r, 0, 1e-6); }, sin_error) <= 1.0);
  BOOST_TEST(det_sin(0) == 0);
  BOOST_TEST(std::isnan(det_sin(2e12)));
  BOOST_TEST(std::isnan(det_sin(kInfinity)));
}

BOOST_AUTO_TEST_CASE(gamma_is_good_enough_for_means) {
  const auto error = [](double x) { return std::fabs(det_gamma(x) / std::tgamma(x) - 1); };
  BOOST_TEST(worst([](Random& r) { return between(r, 1e-3, 171); }, error, 20'000) <= 3e-13);
  BOOST_TEST(det_gamma(5) == 24, boost::test_tools::tolerance(1e-13));
}

BOOST_AUTO_TEST_CASE(the_bits_are_the_same_everywhere) {
  BOOST_TEST(bits_of([](Random& r) { return det_log(between(r, 1e-6, 50)); }) ==
             0x960aff3073457fe3U);
  BOOST_TEST(bits_of([](Random& r) { return det_exp(between(r, -40, 40)); }) ==
             0xfe4e0419ff46255dU);
  BOOST_TEST(bits_of([](Random& r) {
               const double x = between(r, 1e-3, 100);
               return det_pow(x, between(r, -9, 9));
             }) == 0x3c853f15268e0164U);
  BOOST_TEST(bits_of([](Random& r) { return det_sin(between(r, -1e6, 1e6)); }) ==
             0x0f5fd9cab86a363bU);
  BOOST_TEST(bits_of([](Random& r) { return det_gamma(between(r, 0.1, 20)); }) ==
             0xe1b2d338a6e88c89U);
  static_assert(std::bit_cast<std::uint64_t>(det_log(3)) == 0x3ff193ea7aad030aU);
  static_assert(std::bit_cast<std::uint64_t>(det_exp(1)) == 0x4005bf0a8b14576aU);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
