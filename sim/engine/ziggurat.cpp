/// \file ziggurat.cpp
/// The rare cases of the ziggurats: wedges and tails.
#include "sim/engine/ziggurat.hpp"

namespace leapday::engine::detail {

double exponential_slow(Random& random, std::uint64_t word) {
  double base = 0;
  for (;;) {
    const std::size_t i = word & 255;
    const double x =
        static_cast<double>(static_cast<std::int64_t>(word >> 8)) * kExponential.layers[i].width;
    if ((word >> 8) < kExponential.layers[i].certain) return base + x;
    if (i == 0) {
      base += kExponential.tail;  // memoryless: beyond the edge it starts anew
    } else {
      const double low = kExponential.height[i], high = kExponential.height[i + 1];
      if (low + random.uniform() * (high - low) < det_exp(-x)) return base + x;
    }
    word = random.next();
  }
}

double normal_slow(Random& random, std::uint64_t word) {
  for (;;) {
    const std::size_t i = word & 255;
    const bool negative = (word & 256) != 0;
    double x = static_cast<double>(static_cast<std::int64_t>(word >> 9)) * kNormal.layers[i].width;
    if ((word >> 9) < kNormal.layers[i].certain) return negative ? -x : x;
    if (i == 0) {  // Marsaglia's tail
      double y = 0;
      do {
        x = sample_exponential(random) / kNormal.tail;
        y = sample_exponential(random);
      } while (2 * y < x * x);
      x += kNormal.tail;
      return negative ? -x : x;
    }
    const double low = kNormal.height[i], high = kNormal.height[i + 1];
    if (low + random.uniform() * (high - low) < det_exp(-0.5 * x * x)) return negative ? -x : x;
    word = random.next();
  }
}

}  // namespace leapday::engine::detail
