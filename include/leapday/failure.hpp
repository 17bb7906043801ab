/// \file failure.hpp
/// Why requests fail.
/// Why: counts and traces name the same reasons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace leapday {

/// Why a request, attempt or call failed: a closed list. Keep names in step with to_string.
enum class FailureReason : std::uint8_t {
  error,             ///< The app answered with an error (5xx of its own).
  timeout,           ///< The caller's timeout passed.
  router_timeout,    ///< The router's request timeout passed (504).
  connect_timeout,   ///< Nothing answered the connection attempt (502).
  refused,           ///< The host is up, nothing listens (502).
  reset,             ///< The connection broke while the request was under way (502).
  unroutable,        ///< The router knows no instance (404, 503).
  no_live_instance,  ///< Every known instance is ejected, cooling down or was tried (502).
  overloaded,        ///< Every instance is at its connection limit (503).
  rejected,          ///< The instance's queue is full (503).
  certificate,       ///< A certificate was not valid by the checker's clock (526).
  dependency,        ///< A downstream call that was needed failed (500).
  circuit_open,      ///< The caller's breaker is open.
  throttled,         ///< The caller's adaptive throttle refused.
  cancelled,         ///< The run ended or the load was withdrawn.
  unauthorized,      ///< Its token was not valid by the instance's clock (401).
  count_             ///< Not a reason.
};
inline constexpr std::size_t kFailureReasons = static_cast<std::size_t>(FailureReason::count_);
std::string_view to_string(FailureReason reason);

}  // namespace leapday
