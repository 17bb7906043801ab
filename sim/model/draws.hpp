/// \file draws.hpp
/// What a request draws for.
/// Why: draws are keyed by purpose, so that one more of them shifts no other.
#pragma once

#include <cstdint>

#include "leapday/time.hpp"

namespace leapday::model {

/// Purposes of a request's own draws, so that one more draw for one shifts no other.
enum class Purpose : std::uint64_t {
  endpoint,
  service,
  outcome,
  network,
  route,
  calls,
  jitter,
  connect,      ///< Opening a connection of a pool.
  replication,  ///< How long a write takes to a replica.
  staleness,    ///< Whether a read looks at a row that is behind.
  content,      ///< The key that a call asks a cache for.
  early,        ///< Whether a cache fetches a key before it expires.
  poison,       ///< Whether a message can be worked on.
  user,         ///< Whose request it is, of a load that says how many users it has.
  mirror,       ///< Whether it is copied.
  flag,         ///< What a variant of a flag does to it.
  defect,       ///< Whether it comes by a defect that its instance has now.
};

/// The messages of one attempt, for their draws.
enum class Hop : std::uint64_t { to_router, to_caller, connect, accepted, send, answer };

/// How often a message is sent again over a link that is down, in place of TCP's growing timeout.
inline constexpr Duration kResend = 1s;

}  // namespace leapday::model
