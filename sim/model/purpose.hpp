/// \file purpose.hpp
/// What a request draws numbers for, and the messages it sends.
/// Why: one more draw for one purpose shifts no other, so that a twin stays aligned.
#pragma once

#include <chrono>
#include <cstdint>

#include "leapday/time.hpp"

namespace leapday::model {

/// Purposes of a request's own draws.
enum class Purpose : std::uint64_t {
  endpoint,
  service,
  outcome,
  network,
  route,
  calls,
  jitter,
  user,
  mirror,
  flag
};

/// The messages of one attempt, for their draws.
enum class Hop : std::uint64_t { to_router, to_caller, connect, accepted, send, answer };

/// How often a message is sent again over a link that is down, in place of TCP's growing timeout.
inline constexpr Duration kResend = std::chrono::seconds{1};

}  // namespace leapday::model
