/// \file philox.hpp
/// Philox4x64-10 (Salmon, Moraes, Dror, Shaw, SC'11), bit-identical to Random123 and numpy.
/// Why: a counter-based generator gives every named stream its own start without an order of
/// creation, and Python can check any draw.
#pragma once

#include <array>
#include <cstdint>

namespace leapday::engine {

using PhiloxCounter = std::array<std::uint64_t, 4>;
using PhiloxKey = std::array<std::uint64_t, 2>;

/// The block of four words that belongs to this counter and key.
constexpr PhiloxCounter philox_block(PhiloxCounter counter, PhiloxKey key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2E7470EE14C6C93U;
  constexpr std::uint64_t kMultiplier1 = 0xCA5A826395121157U;
  constexpr std::uint64_t kWeyl0 = 0x9E3779B97F4A7C15U;
  constexpr std::uint64_t kWeyl1 = 0xBB67AE8584CAA73BU;
  for (int round = 0; round < 10; ++round) {
    const auto product0 = static_cast<unsigned __int128>(kMultiplier0) * counter[0];
    const auto product1 = static_cast<unsigned __int128>(kMultiplier1) * counter[2];
    counter = {static_cast<std::uint64_t>(product1 >> 64) ^ counter[1] ^ key[0],
               static_cast<std::uint64_t>(product1),
               static_cast<std::uint64_t>(product0 >> 64) ^ counter[3] ^ key[1],
               static_cast<std::uint64_t>(product0)};
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

}  // namespace leapday::engine
