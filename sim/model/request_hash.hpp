/// \file request_hash.hpp
/// What a settled request adds to the trace hash.
/// Why: hashes are compared across versions, so that the numbers in them never change.
#pragma once

#include <cstdint>

#include "leapday/random.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

/// Reasons by the numbers that hashes have always known them by: 15 is an answer.
constexpr std::uint64_t hashed(FailureReason reason) {
  static_assert(static_cast<int>(FailureReason::unauthorized) == 15 && kFailureReasons == 16);
  const auto number = static_cast<std::uint64_t>(reason);
  return number < 15 ? number : 31 - number;
}

inline std::uint64_t request_word(std::uint64_t key, SimTime at, Outcome outcome) {
  return hash_combine(key ^ static_cast<std::uint64_t>(at.time_since_epoch().count()),
                      hashed(outcome.reason));
}

}  // namespace leapday::model
