/// \file flag_rules.cpp
/// Shares as whole numbers, and the steps of a ramp from some to others. Why: see flag_rules.hpp.
#include "sim/model/flag_rules.hpp"

#include <algorithm>
#include <numeric>

namespace leapday::model {
namespace {

using Wide = unsigned __int128;

Wide gcd(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

/// The same proportions in lowest terms; beyond 2^40, where no user could tell, cut off.
FlagShares reduced(const std::vector<std::pair<std::uint32_t, Wide>>& weights) {
  Wide divisor = 0, total = 0;
  for (const auto& [variant, weight] : weights) {
    divisor = gcd(divisor, weight);
    total += weight;
  }
  while (divisor != 0 && total / divisor >> 40 != 0) divisor *= 2;
  FlagShares shares;
  if (divisor == 0) return shares;
  for (const auto& [variant, weight] : weights) {
    shares.weights.emplace_back(variant, static_cast<std::uint64_t>(weight / divisor));
    shares.total += shares.weights.back().second;
  }
  return shares;
}

std::uint64_t weight_of(const FlagShares& shares, std::uint32_t variant) {
  for (const auto& [other, weight] : shares.weights) {
    if (other == variant) return weight;
  }
  return 0;
}

}  // namespace

FlagShares shares_of(const NamedMap<Ratio>& fractional, const NamedMap<FlagVariant>& variants) {
  std::int64_t common = 1;
  for (const auto& share : fractional) common = std::lcm(common, share.value.den);
  std::vector<std::pair<std::uint32_t, Wide>> weights;
  for (const auto& share : fractional) {
    std::uint32_t index = 0;
    while (variants.entries[index].name != share.name) ++index;
    weights.emplace_back(index, static_cast<Wide>(share.value.num * (common / share.value.den)));
  }
  return reduced(weights);
}

FlagShares between(const FlagShares& from, const FlagShares& to, std::uint64_t part,
                   std::uint64_t parts) {
  std::vector<std::pair<std::uint32_t, Wide>> weights;
  const Wide old_part = Wide{to.total} * (parts - part), new_part = Wide{from.total} * part;
  for (const auto& [variant, weight] : to.weights) {
    weights.emplace_back(variant, weight_of(from, variant) * old_part + weight * new_part);
  }
  for (const auto& [variant, weight] : from.weights) {
    const bool known = std::any_of(to.weights.begin(), to.weights.end(),
                                   [v = variant](const auto& other) { return other.first == v; });
    if (!known && part < parts) weights.emplace_back(variant, weight * old_part);
  }
  return reduced(weights);
}

}  // namespace leapday::model
