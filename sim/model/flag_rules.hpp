/// \file flag_rules.hpp
/// What a feature flag says at one version, and who gets which variant by it.
/// Why: the arithmetic is flagd's, to the bit, so that a real flag's users can be told apart here
/// as they are there; it is tested by value, apart from any request.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "leapday/scenario.hpp"
#include "sim/engine/murmur3.hpp"

namespace leapday::model {

/// The weights of a fractional evaluation: whole numbers, in the order that decides.
struct FlagShares {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> weights;  ///< Variant, weight.
  std::uint64_t total = 0;                                       ///< 0: there are none.
};

/// Whole numbers in proportion to the shares, in lowest terms.
FlagShares shares_of(const NamedMap<Ratio>& fractional, const NamedMap<FlagVariant>& variants);
/// `part` of `parts` of the way from one to the other, in the order of the latter; what only the
/// former has comes last.
FlagShares between(const FlagShares& from, const FlagShares& to, std::uint64_t part,
                   std::uint64_t parts);

/// One version of a flag.
struct FlagRules {
  bool enabled = true;
  std::uint32_t default_variant = 0;
  FlagShares fractional;

  /// flagd's fractional operation: the hash scaled to the sum of the weights falls into the first
  /// variant whose cumulative weight is above it.
  std::uint32_t pick(std::uint32_t hash) const {
    if (fractional.total == 0) return default_variant;
    const auto ball =
        static_cast<std::uint64_t>(static_cast<unsigned __int128>(hash) * fractional.total >> 32);
    std::uint64_t end = 0;
    for (const auto& [variant, weight] : fractional.weights) {
      end += weight;
      if (ball < end) return variant;
    }
    return default_variant;
  }
};

/// A user's targeting key: the client's key in 16 hexadecimal digits. Flag name and targeting key,
/// one behind the other, are what is hashed.
inline std::uint32_t flag_hash(const std::string& flag, std::uint64_t user, std::string& scratch) {
  constexpr std::array<char, 16> kDigits{'0', '1', '2', '3', '4', '5', '6', '7',
                                         '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  scratch = flag;
  for (int shift = 60; shift >= 0; shift -= 4) scratch += kDigits[user >> shift & 15U];
  return engine::murmur3_32(scratch);
}

}  // namespace leapday::model
