/// \file shares.hpp
/// Shares of a number of instances, rounded as platforms round them.
/// Why: one instance more or less is what a surge or a budget is about; floating point is not
/// asked.
#pragma once

#include <cstdint>

#include "leapday/units.hpp"

namespace leapday::model {

/// ceil(n * share).
inline std::int64_t share_up(std::int64_t n, Ratio share) {
  const auto product = static_cast<__int128>(n) * share.num;
  return static_cast<std::int64_t>((product + share.den - 1) / share.den);
}
/// floor(n * share).
inline std::int64_t share_down(std::int64_t n, Ratio share) {
  return static_cast<std::int64_t>(static_cast<__int128>(n) * share.num / share.den);
}

}  // namespace leapday::model
