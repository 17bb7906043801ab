/// \file caller.hpp
/// Whoever calls somebody: what its policy says, the guards it keeps, and the steps of an endpoint
/// that make it call.
/// Why: what every attempt looks at stands in one cache line, apart from what guards need.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "leapday/scenario.hpp"
#include "sim/engine/lanes.hpp"
#include "sim/model/breaker.hpp"
#include "sim/model/request.hpp"
#include "sim/model/retry.hpp"
#include "sim/model/throttle.hpp"

namespace leapday::model {

/// Series of one app, load or dependency; `endpoints` is empty when there is only a nameless one.
struct SubjectSeries {
  std::uint32_t whole = kNone;
  std::vector<std::uint32_t> endpoints;
};

/// Somebody who calls somebody with a policy: a load, a call site of an app, a cache that misses,
/// routers that mirror.
struct alignas(64) Caller {
  enum class Target : std::uint8_t { app, dependency };
  Target target = Target::app;
  bool optional = false;
  // What its policy says, where every attempt looks:
  bool guarded = false;  ///< There is a breaker or a throttle.
  bool timed = false;
  bool hedged = false;
  bool budgeted = false;
  bool impatient = false;  ///< Always gives up on an attempt before the router would.
  bool plain = false;      ///< Its calls may be direct.
  bool repeatable = true;  ///< A router may send it again.
  bool mirror = false;     ///< A router with copies.
  bool read = false;       ///< Of a database, where a replica may answer it or not:
  bool anywhere = false;
  std::uint32_t to = 0;
  std::uint32_t endpoint = 0;
  std::uint32_t load = kNone;
  engine::LaneId timeout;
  engine::LaneId hedge;
  const CallPolicy* policy = nullptr;
  std::optional<CircuitBreaker> breaker;
  std::optional<AdaptiveThrottle> throttle;
  std::optional<RetryBudget> budget;
};

/// A downstream step of an endpoint, ready to run.
struct CallSite {
  std::uint32_t caller = kNone;  ///< None for a parallel group.
  std::vector<CallSite> parallel;
  Ratio probability{1, 1};
  std::int64_t fan_out = 1;
  bool optional = false;
  bool certain = true;  ///< Nothing in it is drawn.
};

}  // namespace leapday::model
