/// \file sampler_test.cpp
/// Every law against its closed form, and the exact numbers it draws.
/// Why: a wrong variance shows in no scenario but makes every verdict wrong; a different bit makes
/// two compilers two runs.
#include "sim/engine/sampler.hpp"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "sim/engine/streams.hpp"

namespace leapday::engine {
namespace {

using Kind = Distribution::Kind;

/// P(a, x), by its series: regularised lower incomplete gamma function.
double lower_gamma(double a, double x) {
  if (x <= 0) return 0;
  double term = 1 / a, sum = term;
  for (int n = 1; n < 2000 && term > sum * 1e-17; ++n) sum += term *= x / (a + n);
  return std::min(1.0, sum * std::exp(-x + a * std::log(x) - std::lgamma(a)));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// A law with what theory says of it; variance < 0 where it is infinite.
struct Law {
  std::string name;
  Distribution law;
  double factor;
  double mean, variance;
  std::function<double(double)> cdf;
  std::uint64_t bits;  ///< Hash of its first 2000 draws, the same on every compiler.
  friend std::ostream& operator<<(std::ostream& out, const Law& l) { return out << l.name; }
};

Distribution make(Kind kind, double a, double b) {
  Distribution law;
  law.kind = kind;
  law.a = a;
  law.b = b;
  return law;
}

Distribution two_speeds() {
  Distribution mixture = make(Kind::mixture, 0, 0);
  mixture.parts = {{3, make(Kind::exponential, 1, 0)}, {1, make(Kind::uniform, 5, 9)}};
  return mixture;
}

Law gamma_law(double shape, double scale, std::uint64_t bits) {
  return {"gamma_" + std::to_string(shape).substr(0, 4),
          make(Kind::gamma, shape, scale),
          1,
          shape * scale,
          shape * scale * scale,
          [=](double x) { return lower_gamma(shape, x / scale); },
          bits};
}

std::vector<Law> laws() {
  Distribution empirical = make(Kind::empirical, 0, 0);
  empirical.values = {1, 2, 2.5, 7};
  return {
      {"exponential", make(Kind::exponential, 2, 0), 1, 2, 4,
       [](double x) { return 1 - std::exp(-x / 2); }, 0xe1fc99d75f00af8bU},
      {"exponential_scaled", make(Kind::exponential, 2, 0), 1.5, 3, 9,
       [](double x) { return 1 - std::exp(-x / 3); }, 0x06d101ba380dabbeU},
      {"uniform", make(Kind::uniform, 1, 4), 1, 2.5, 0.75,
       [](double x) { return std::clamp((x - 1) / 3, 0.0, 1.0); }, 0x2e2bb2a238a0616eU},
      {"lognormal", make(Kind::lognormal, -0.5, 0.8), 2, 2 * std::exp(-0.5 + 0.32),
       4 * (std::exp(0.64) - 1) * std::exp(-1 + 0.64),
       [](double x) { return x <= 0 ? 0 : normal_cdf((std::log(x / 2) + 0.5) / 0.8); },
       0x090ef633a4a68f53U},
      gamma_law(0.3, 2, 0x2b9e05f5113d59b6U),
      gamma_law(1, 1, 0xe1d00db5a52c0f44U),
      gamma_law(4.5, 0.5, 0x3531bdea42874e59U),
      gamma_law(60, 0.1, 0x19843a31d6cf5d57U),
      {"pareto", make(Kind::pareto, 1, 5), 1, 1.25, 5.0 / 48,
       [](double x) { return x < 1 ? 0 : 1 - std::pow(x, -5); }, 0xd19d98927512ea75U},
      {"pareto_heavy", make(Kind::pareto, 1, 1.5), 1, 3, -1,
       [](double x) { return x < 1 ? 0 : 1 - std::pow(x, -1.5); }, 0x66a32ae567442ad0U},
      {"weibull", make(Kind::weibull, 1.7, 3), 1, 3 * std::tgamma(1 + 1 / 1.7),
       9 * (std::tgamma(1 + 2 / 1.7) - std::pow(std::tgamma(1 + 1 / 1.7), 2)),
       [](double x) { return 1 - std::exp(-std::pow(x / 3, 1.7)); }, 0xe81b69eb62ecd14cU},
      {"weibull_bursty", make(Kind::weibull, 0.6, 1), 1, std::tgamma(1 + 1 / 0.6),
       std::tgamma(1 + 2 / 0.6) - std::pow(std::tgamma(1 + 1 / 0.6), 2),
       [](double x) { return 1 - std::exp(-std::pow(x, 0.6)); }, 0xb27081c28104caa0U},
      // Mean of each third: 1.5, 2.25, 4.75; mean of squares of [a, b]: (a^2 + a b + b^2) / 3.
      {"empirical", empirical, 1, 8.5 / 3,
       (7.0 / 3 + 15.25 / 3 + 72.75 / 3) / 3 - (8.5 / 3) * (8.5 / 3),
       [](double x) {
         if (x <= 1) return 0.0;
         if (x < 2) return (x - 1) / 3;
         if (x < 2.5) return (1 + (x - 2) / 0.5) / 3;
         return x < 7 ? (2 + (x - 2.5) / 4.5) / 3 : 1.0;
       },
       0x8e3565ee98ef46fdU},
      {"mixture", two_speeds(), 1, 0.75 * 1 + 0.25 * 7,
       0.75 * 2 + 0.25 * (49 + 16.0 / 12) - 2.5 * 2.5,
       [](double x) {
         return 0.75 * (1 - std::exp(-x)) + 0.25 * std::clamp((x - 5) / 4, 0.0, 1.0);
       },
       0xb4423802c5605140U},
  };
}

/// The Kolmogorov-Smirnov statistic times the root of n: above 1.95 once in a thousand.
double kolmogorov(std::vector<double> samples, const std::function<double(double)>& cdf) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  double distance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double expected = cdf(samples[i]);
    distance = std::max({distance, expected - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - expected});
  }
  return distance * std::sqrt(n);
}

double seconds(Duration d) { return static_cast<double>(d.count()) * 1e-9; }

}  // namespace

BOOST_AUTO_TEST_SUITE(sampler)

BOOST_DATA_TEST_CASE(draws_follow_the_law, laws(), law) {
  constexpr int kDraws = 200'000;
  const Sampler sampler(law.law, law.factor);
  Random random = make_stream(21, law.name);
  std::vector<double> draws(kDraws);
  double sum = 0;
  for (double& x : draws) sum += x = seconds(sampler.sample(random));
  const double mean = sum / kDraws;

  BOOST_TEST(kolmogorov(draws, law.cdf) < 1.95);
  BOOST_TEST(sampler.mean_seconds() == law.mean, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(!sampler.deterministic());
  if (law.variance > 0) {
    double squares = 0, fourths = 0;
    for (const double x : draws) {
      const double square = (x - mean) * (x - mean);
      squares += square;
      fourths += square * square;
    }
    const double variance = squares / kDraws;
    const double variance_error =
        std::sqrt(std::max(0.0, fourths / kDraws - variance * variance) / kDraws);
    BOOST_TEST(std::fabs(mean - law.mean) < 4 * std::sqrt(law.variance / kDraws));
    BOOST_TEST(std::fabs(variance - law.variance) < 5 * variance_error);
  }
}

BOOST_DATA_TEST_CASE(the_draws_are_the_same_everywhere, laws(), law) {
  const Sampler sampler(law.law, law.factor);
  Random random = make_stream(22, law.name);
  std::uint64_t bits = 0;
  for (int i = 0; i < 2000; ++i) {
    bits = hash_combine(bits, static_cast<std::uint64_t>(sampler.sample(random).count()));
  }
  BOOST_TEST(bits == law.bits);
}

BOOST_AUTO_TEST_CASE(a_deterministic_law_draws_nothing_and_keeps_every_nanosecond) {
  Random random = Random::keyed(1), untouched = random;
  for (const Duration value : {0ns, 1ns, 999'999'999ns, 1234567890123ns, Duration{86400s * 40}}) {
    const Sampler sampler(Distribution::deterministic(value));
    BOOST_TEST(sampler.deterministic());
    BOOST_TEST((sampler.sample(random) == value));
  }
  Distribution one = make(Kind::empirical, 0, 0);
  one.values = {0.25};
  BOOST_TEST(Sampler(one).deterministic());
  BOOST_TEST((Sampler(one, 2).sample(random) == 500ms));
  BOOST_TEST(random.next() == untouched.next());
}

BOOST_AUTO_TEST_CASE(seconds_become_time_in_one_way) {
  BOOST_TEST((to_duration(1.5e-9) == 2ns));
  BOOST_TEST((to_duration(1.4999e-9) == 1ns));
  BOOST_TEST((to_duration(0.4e-9) == 0ns));
  BOOST_TEST((to_duration(-3) == 0ns));
  BOOST_TEST((to_duration(std::nan("")) == 0ns));
  BOOST_TEST((to_duration(1e300) == kSimEnd.time_since_epoch()));
  BOOST_TEST((to_duration(INFINITY) == kSimEnd.time_since_epoch()));
}

BOOST_AUTO_TEST_CASE(a_law_without_a_mean_still_draws_times_that_a_run_can_hold) {
  const Sampler sampler(make(Kind::pareto, 1, 0.05));
  Random random = make_stream(1, "heavy");
  BOOST_TEST(std::isinf(sampler.mean_seconds()));
  bool longest = false;
  for (int i = 0; i < 10'000; ++i) {
    const Duration draw = sampler.sample(random);
    BOOST_REQUIRE(draw >= 1s);
    longest |= draw == kSimEnd.time_since_epoch();
  }
  BOOST_TEST(longest);
}

BOOST_AUTO_TEST_CASE(exponential_and_normal_ziggurats_have_the_right_shape_and_tails) {
  constexpr int kDraws = 2'000'000;
  Random random = make_stream(5, "ziggurat");
  std::vector<double> exponential(kDraws), normal(kDraws);
  for (double& x : exponential) x = sample_exponential(random);
  for (double& x : normal) x = sample_normal(random);
  const auto count_above = [](const std::vector<double>& all, double limit) {
    return static_cast<double>(
        std::count_if(all.begin(), all.end(), [=](double x) { return x > limit; }));
  };
  const auto expect = [&](double count, double probability) {
    const double mean = kDraws * probability;
    BOOST_TEST(std::fabs(count - mean) < 4 * std::sqrt(mean) + 1);
  };

  BOOST_TEST(kolmogorov(exponential, [](double x) { return 1 - std::exp(-x); }) < 1.95);
  BOOST_TEST(kolmogorov(normal, normal_cdf) < 1.95);
  // Beyond the edge of the lowest layer, where another algorithm takes over, and further out.
  for (const double limit : {7.0, 7.6971, 9.0, 11.0}) {
    expect(count_above(exponential, limit), std::exp(-limit));
  }
  for (const double limit : {3.0, 3.6541, 4.2}) {
    expect(count_above(normal, limit), normal_cdf(-limit));
    for (double& x : normal) x = -x;
    expect(count_above(normal, limit), normal_cdf(-limit));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace leapday::engine
