/// \file ziggurat.hpp
/// Exponential and normal draws by the ziggurat method (Marsaglia and Tsang 2000), 256 layers.
/// Why: most draws cost one random word, one table row and one multiplication; the tables are made
/// while compiling from our own functions, so that every compiler has the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "leapday/random.hpp"
#include "sim/engine/math.hpp"

namespace leapday::engine {

namespace detail {

/// Layer i spans [0, edge[i]) and is certain below edge[i + 1]; layer 0 holds the tail.
template <int PositionBits>
struct Ziggurat {
  struct Layer {
    std::uint64_t certain;  ///< Positions below are under the curve.
    double width;           ///< Of one position.
  };
  std::array<Layer, 256> layers{};
  std::array<double, 257> height{};
  double tail = 0;  ///< Where layer 0's certain part ends.

  /// `density` falls from 1 at 0; `inverse` undoes it; each layer has the area given.
  template <class Density, class Inverse>
  constexpr Ziggurat(double tail_edge, double area, Density density, Inverse inverse)
      : tail(tail_edge) {
    constexpr double kPositions = static_cast<double>(std::uint64_t{1} << PositionBits);
    std::array<double, 257> edge{};
    edge[0] = area / density(tail_edge);
    edge[1] = tail_edge;
    for (std::size_t i = 2; i < 256; ++i) {
      edge[i] = inverse(area / edge[i - 1] + density(edge[i - 1]));
    }
    edge[256] = 0;
    for (std::size_t i = 0; i <= 256; ++i) height[i] = density(edge[i]);
    for (std::size_t i = 0; i < 256; ++i) {
      layers[i] = {static_cast<std::uint64_t>(edge[i + 1] / edge[i] * kPositions),
                   edge[i] / kPositions};
    }
  }
};

/// Square root by Newton's method: std::sqrt is no constant expression.
constexpr double root(double x) {
  double y = x > 1 ? x : 1;
  for (int i = 0; i < 60; ++i) y = 0.5 * (y + x / y);
  return y;
}

// Tail edges and areas: solutions of the ziggurat's equation for 256 layers (Doornik 2005).
inline constexpr Ziggurat<56> kExponential(
    7.69711747013104972, 0.0039496598225815571993, [](double x) { return det_exp(-x); },
    [](double y) { return -det_log(y); });
inline constexpr Ziggurat<55> kNormal(
    3.6541528853610088, 0.00492867323399, [](double x) { return det_exp(-0.5 * x * x); },
    [](double y) { return root(-2 * det_log(y)); });

double exponential_slow(Random& random, std::uint64_t word);
double normal_slow(Random& random, std::uint64_t word);

}  // namespace detail

/// Exponential with mean 1.
inline double sample_exponential(Random& random) {
  const std::uint64_t word = random.next();
  const auto& layer = detail::kExponential.layers[word & 255];
  const std::uint64_t position = word >> 8;
  if (position < layer.certain) [[likely]] {
    return static_cast<double>(static_cast<std::int64_t>(position)) * layer.width;
  }
  return detail::exponential_slow(random, word);
}

/// The first draw of Random::brief(mixed), which is not even made but in one of fifty.
inline double sample_exponential_brief(std::uint64_t mixed) {
  const std::uint64_t word = Random::first_of_brief(mixed);
  const auto& layer = detail::kExponential.layers[word & 255];
  const std::uint64_t position = word >> 8;
  if (position < layer.certain) [[likely]] {
    return static_cast<double>(static_cast<std::int64_t>(position)) * layer.width;
  }
  Random random = Random::brief(mixed);
  return sample_exponential(random);
}

/// Normal with mean 0 and variance 1.
inline double sample_normal(Random& random) {
  const std::uint64_t word = random.next();
  const auto& layer = detail::kNormal.layers[word & 255];
  const std::uint64_t position = word >> 9;
  if (position < layer.certain) [[likely]] {
    const double x = static_cast<double>(static_cast<std::int64_t>(position)) * layer.width;
    return (word & 256) != 0 ? -x : x;
  }
  return detail::normal_slow(random, word);
}

}  // namespace leapday::engine
