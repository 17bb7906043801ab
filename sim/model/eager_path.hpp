/// \file eager_path.hpp
/// Requests whose departure is known when they arrive, and what is gathered of them until they are
/// settled, many at once.
/// Why: while an app is calm and its routers do not look at open requests, a departure can change
/// nothing but the books. It needs no event then: only whoever reads the books must find it there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "leapday/time.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/busy_curve.hpp"
#include "sim/model/recorder.hpp"

namespace leapday::model {

/// A request in flight: one cache line.
struct EagerRequest {
  std::uint64_t key = 0;     ///< As Call::key.
  std::uint64_t number = 0;  ///< As Call::number.
  SimTime sent{};
  SimTime done{};          ///< When its service ends.
  double work = 0;         ///< In nanoseconds at full speed.
  std::uint32_t sums = 0;  ///< Of its load and endpoint: in EagerPath::sums.
  std::uint32_t row = 0;   ///< Of the router's table.
  std::uint32_t instance = 0;
  std::uint32_t router = 0;
  std::uint64_t waits = 0;  ///< 1 until a server is free.
};
static_assert(sizeof(EagerRequest) == 64);

/// What one load's requests of one endpoint change in every series that counts them.
struct alignas(64) EagerSums {
  Recorder::RowSums sums;
  std::array<std::uint32_t, 4> series{};  ///< App and load, and the endpoint's of each.
  std::uint32_t used = 0;                 ///< Of these.
  std::uint32_t load = 0;
  std::uint32_t endpoint = 0;
};

struct AppTraffic;
struct Caller;
struct LoadState;
struct RouteView;

struct EagerApp {
  static constexpr std::size_t kBatch = 256;  ///< Arrivals that may wait to be counted.

  bool possible = false;            ///< By the scenario, until it costs more than it saves.
  bool active = false;              ///< Its requests are here, not in FastPath::requests.
  bool dirty = false;               ///< Something may be due.
  std::vector<EagerRequest> open;   ///< In order of sending.
  std::size_t counted = 0;          ///< The first so many have been counted as sent.
  std::vector<CurveStep> arrivals;  ///< Not counted yet.
  SimTime first_done{};             ///< The earliest end in `open` at the last count.
  engine::EventKey due = 0;  ///< Of its entry among the departures, which stands for all of them.
  std::int64_t in_vain = 0;  ///< Requests looked at before they were over, less others.
  std::uint32_t countdown = 1;  ///< Arrivals until the next try to become eager.
};

/// An app's entry among the departures of the fast path. Those of requests have 0 in the lowest
/// byte.
inline std::uint64_t app_payload(std::uint32_t app) { return std::uint64_t{app} << 8 | 1; }
inline bool stands_for_app(const engine::Event& departure) {
  return (departure.payload & 255) != 0;
}

/// What the arrivals of one load have in common.
struct EagerSender {
  LoadState& load;
  AppTraffic& app;
  EagerApp& eager;
  Caller& caller;
  RouteView* views;  ///< Of the app, by router, this far apart:
  std::size_t stride;
  std::uint64_t routers;
  std::uint32_t sums;       ///< Of its first endpoint.
  std::uint32_t most_open;  ///< Requests that a router may have open at one instance.
  Duration deadline;
};

/// Arrivals of one load in a row.
struct EagerRun {
  engine::EventKey last = 0;
  std::uint64_t events = 0;
  bool refused = false;  ///< The last one needs the slow path.
};

struct EagerPath {
  std::vector<EagerApp> apps;
  std::vector<EagerSums> sums;            ///< By load and endpoint.
  std::vector<std::uint32_t> first_sums;  ///< By load, and one more.
  std::vector<std::uint32_t> dirty;       ///< Apps.
  /// Nothing is settled beyond in one go: the end of the record's row or of the part of the run
  /// that is under way, in nanoseconds from t=0.
  std::int64_t cap = std::numeric_limits<std::int64_t>::min();
  std::uint64_t departures = 0;  ///< Ever settled: numbers them.
  std::uint64_t counted = 0;     ///< Events that the scheduler has counted ahead.
  EagerRequest refused;          ///< Needs the slow path.
  std::vector<CurveStep> ends;   ///< Of the app being settled, from [1] on.
  BusyCurve curve;               ///< Likewise.
};

}  // namespace leapday::model
