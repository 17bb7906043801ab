/// \file sampler.cpp
/// One algorithm per law. Why these: inversion through the exponential where it is exact and cheap,
/// Marsaglia and Tsang (2000) for the gamma law.
#include "sim/engine/sampler.hpp"

#include <cmath>
#include <limits>

#include "sim/engine/assert.hpp"

namespace leapday::engine {

using Kind = Distribution::Kind;

Sampler::Sampler(const Distribution& law, double factor) : kind_(law.kind), a_(law.a), b_(law.b) {
  switch (kind_) {
    case Kind::deterministic:
    case Kind::exponential:
      a_ *= factor;
      break;
    case Kind::uniform:
      a_ *= factor;
      b_ *= factor;
      break;
    case Kind::lognormal:
      c_ = factor;
      break;
    case Kind::gamma:
      b_ *= factor;
      c_ = (a_ < 1 ? a_ + 1 : a_) - 1.0 / 3;
      break;
    case Kind::pareto:
      a_ *= factor;
      c_ = 1 / b_;
      break;
    case Kind::weibull:
      b_ *= factor;
      c_ = 1 / a_;
      break;
    case Kind::empirical:
      LEAPDAY_ASSERT(!law.values.empty(), "an empirical law has no samples");
      for (const double value : law.values) values_.push_back(value * factor);
      break;
    case Kind::mixture: {
      LEAPDAY_ASSERT(!law.parts.empty(), "a mixture has no parts");
      double sum = 0;
      for (const Distribution::Part& part : law.parts) {
        cumulative_.push_back(sum += part.weight);
        parts_.emplace_back(part.law, factor);
      }
      break;
    }
  }
  mean_ = mean_of_law();
  if (kind_ == Kind::empirical && values_.front() == values_.back()) {
    kind_ = Kind::deterministic;
    a_ = values_.front();
  }
  if (kind_ == Kind::deterministic) fixed_ = to_duration(a_);
}

double Sampler::mean_of_law() const {
  switch (kind_) {
    case Kind::deterministic:
    case Kind::exponential:
      return a_;
    case Kind::uniform:
      return (a_ + b_) / 2;
    case Kind::lognormal:
      return c_ * det_exp(a_ + b_ * b_ / 2);
    case Kind::gamma:
      return a_ * b_;
    case Kind::pareto:
      return b_ > 1 ? a_ * b_ / (b_ - 1) : std::numeric_limits<double>::infinity();
    case Kind::weibull:
      return b_ * det_gamma(1 + c_);
    case Kind::empirical: {
      if (values_.size() == 1) return values_[0];
      double sum = -(values_.front() + values_.back()) / 2;
      for (const double value : values_) sum += value;
      return sum / static_cast<double>(values_.size() - 1);
    }
    case Kind::mixture: {
      double sum = 0, previous = 0;
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        sum += (cumulative_[i] - previous) * parts_[i].mean_;
        previous = cumulative_[i];
      }
      return sum / previous;
    }
  }
  return 0;
}

double Sampler::seconds(Random& random) const {
  switch (kind_) {
    case Kind::deterministic:
      return a_;
    case Kind::exponential:
      return a_ * sample_exponential(random);
    case Kind::uniform:
      return a_ + (b_ - a_) * random.uniform();
    case Kind::lognormal:
      return c_ * det_exp(a_ + b_ * sample_normal(random));
    case Kind::gamma:
      return b_ * gamma(random);
    // -log of a uniform draw is exponential, so inversion needs no logarithm.
    case Kind::pareto:
      return a_ * det_exp(sample_exponential(random) * c_);
    case Kind::weibull:
      return b_ * det_pow(sample_exponential(random), c_);
    case Kind::empirical:
      return quantile_of_samples(random);
    case Kind::mixture:
      return part(random).seconds(random);
  }
  return 0;
}

double Sampler::gamma(Random& random) const {
  const double d = c_;
  const double c = 1 / (3 * std::sqrt(d));
  double draw = 0;
  for (;;) {
    const double x = sample_normal(random);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = random.uniform();
    if (u < 1 - 0.0331 * (x * x) * (x * x) || det_log(u) < 0.5 * x * x + d * (1 - v + det_log(v))) {
      draw = d * v;
      break;
    }
  }
  // Below shape 1: a draw of shape + 1 times a uniform to the 1/shape.
  return a_ < 1 ? draw * det_exp(-sample_exponential(random) / a_) : draw;
}

double Sampler::quantile_of_samples(Random& random) const {
  const double at = random.uniform() * static_cast<double>(values_.size() - 1);
  auto i = static_cast<std::size_t>(at);
  if (i > values_.size() - 2) i = values_.size() - 2;
  return values_[i] + (values_[i + 1] - values_[i]) * (at - static_cast<double>(i));
}

const Sampler& Sampler::part(Random& random) const {
  const double at = random.uniform() * cumulative_.back();
  std::size_t i = 0;
  while (i + 1 < parts_.size() && cumulative_[i] <= at) ++i;
  return parts_[i];
}

}  // namespace leapday::engine
