/// \file distribution.cpp
/// Means and descriptions of the laws. Formulas: Johnson, Kotz, Balakrishnan, Continuous
/// Univariate Distributions. libm is used here because these numbers go to reports and estimates,
/// never into the order of events (sim/engine has its own functions for that).
#include "leapday/distribution.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace leapday {
namespace {

std::string seconds_text(double s) {
  if (s == 0) return "0s";
  if (s < 1e-6) return fmt::format("{:g}ns", s * 1e9);
  if (s < 1e-3) return fmt::format("{:g}us", s * 1e6);
  if (s < 1) return fmt::format("{:g}ms", s * 1e3);
  return fmt::format("{:g}s", s);
}

}  // namespace

Distribution Distribution::deterministic(Duration value) {
  return {.kind = Kind::deterministic, .a = static_cast<double>(value.count()) * 1e-9};
}

Distribution Distribution::exponential(Duration mean) {
  return {.kind = Kind::exponential, .a = static_cast<double>(mean.count()) * 1e-9};
}

double Distribution::mean() const {
  switch (kind) {
    case Kind::deterministic:
    case Kind::exponential:
      return a;
    case Kind::uniform:
      return (a + b) / 2;
    case Kind::lognormal:
      return std::exp(a + b * b / 2);
    case Kind::gamma:
      return a * b;
    case Kind::pareto:
      return b > 1 ? a * b / (b - 1) : std::numeric_limits<double>::infinity();
    case Kind::weibull:
      return b * std::tgamma(1 + 1 / a);
    case Kind::empirical: {  // linear interpolation between sorted samples
      if (values.size() < 2) return values.empty() ? 0 : values[0];
      double sum = 0;
      for (std::size_t i = 1; i < values.size(); ++i) sum += (values[i - 1] + values[i]) / 2;
      return sum / static_cast<double>(values.size() - 1);
    }
    case Kind::mixture: {
      double sum = 0, weights = 0;
      for (const Part& part : parts) {
        sum += part.weight * part.law.mean();
        weights += part.weight;
      }
      return weights > 0 ? sum / weights : 0;
    }
  }
  return 0;
}

std::string Distribution::describe() const {
  switch (kind) {
    case Kind::deterministic:
      return seconds_text(a);
    case Kind::exponential:
      return fmt::format("exponential(mean {})", seconds_text(a));
    case Kind::uniform:
      return fmt::format("uniform({} to {})", seconds_text(a), seconds_text(b));
    case Kind::lognormal:
      return fmt::format("lognormal(median {}, p99 {})", seconds_text(std::exp(a)),
                         seconds_text(std::exp(a + 2.3263478740408408 * b)));
    case Kind::gamma:
      return fmt::format("gamma(shape {:g}, mean {})", a, seconds_text(a * b));
    case Kind::pareto:
      return fmt::format("pareto(scale {}, shape {:g})", seconds_text(a), b);
    case Kind::weibull:
      return fmt::format("weibull(shape {:g}, scale {})", a, seconds_text(b));
    case Kind::empirical:
      return fmt::format("empirical({} samples{}{})", values.size(), file.empty() ? "" : " from ",
                         file);
    case Kind::mixture: {
      std::string text = "mixture(";
      for (const Part& part : parts) {
        if (&part != &parts.front()) text += ", ";
        text += fmt::format("{:g} of {}", part.weight, part.law.describe());
      }
      return text + ")";
    }
  }
  return {};
}

}  // namespace leapday
