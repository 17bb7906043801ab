/// \file streams.hpp
/// Named random streams: one per entity and purpose, from the run's seed.
/// Why: adding a consumer, or creating entities in another order, changes nobody else's numbers.
#pragma once

#include <cstdint>
#include <string_view>

#include "leapday/random.hpp"
#include "sim/engine/philox.hpp"

namespace leapday::engine {

/// The stream that belongs to this seed and name: Philox keyed by both starts xoshiro256++.
constexpr Random make_stream(std::uint64_t seed, std::uint64_t name_hash) {
  const PhiloxCounter words = philox_block({0, 0, 0, 0}, {seed, name_hash});
  // xoshiro must not start from all zeros; Philox gives those once in 2^256.
  return {words[0] | (words[1] == 0 ? 1U : 0U), words[1], words[2], words[3]};
}
constexpr Random make_stream(std::uint64_t seed, std::string_view name) {
  return make_stream(seed, hash_name(name));
}

}  // namespace leapday::engine
