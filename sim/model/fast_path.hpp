/// \file fast_path.hpp
/// Requests on the fast path: nothing can happen to them but to wait, be served and be answered.
/// Why: while an app is calm (plain network, healthy routers and instances, no time-out in reach) a
/// request needs neither a call, nor an attempt, nor a visit of its own, and its two events need
/// not pass the run's queue. What disturbs the app turns them into those first, so that every
/// mechanism exists once, on the slow path, which stays the oracle of this one.
#pragma once

#include <cstdint>
#include <vector>

#include "leapday/time.hpp"
#include "sim/engine/event_queue.hpp"
#include "sim/engine/pool.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

/// `done` of a request that waits.
inline constexpr SimTime kNotServed = SimTime::max();

/// A request in flight: one cache line.
struct FastRequest {
  std::uint64_t key = 0;     ///< As Call::key.
  std::uint64_t number = 0;  ///< As Call::number.
  SimTime sent{};
  SimTime done = kNotServed;  ///< When its service ends.
  double work = 0;  ///< In nanoseconds at full speed.
  std::uint32_t load = 0;
  std::uint32_t endpoint = 0;
  std::uint32_t router = 0;
  std::uint32_t row = 0;  ///< Of the router's table.
  std::uint32_t instance = 0;
  std::uint32_t next = kNone;  ///< In the station's queue.
};
static_assert(sizeof(FastRequest) == 64);

/// An instance's station, as the fast path sees it.
struct FastStation {
  std::uint32_t serving = 0;
  std::uint32_t waiting = 0;
  std::uint32_t head = kNone;  ///< Of those that wait.
  std::uint32_t tail = kNone;
  double work = 0;  ///< Of all that are here, whole.
};

struct FastApp {
  bool possible = false;  ///< By what the scenario says.
  bool active = false;
  std::uint32_t countdown = 1;  ///< Arrivals until the next try to become active.
  std::uint32_t back_off = 64;
  std::vector<std::uint32_t> loads;
  engine::Pool<FastRequest> requests;
};

/// What the fast path keeps of one load.
struct FastLoad {
  engine::EventKey next = 0;  ///< Of its next arrival; 0 for none.
  /// What is certain to be answered within this many nanoseconds cannot time out.
  double patience = 1e17;
};

struct FastPath {
  std::vector<FastApp> apps;
  std::vector<FastLoad> loads;
  std::vector<FastStation> stations;  ///< By instance.
  /// Payloads are loads, and instance << 32 | request. Entries of apps that left the fast path stay
  /// behind and are passed over.
  engine::EventQueue arrivals;
  engine::EventQueue departures;
  engine::EventKey wake = 0;  ///< Of the event that goes on with it.
};

}  // namespace leapday::model
