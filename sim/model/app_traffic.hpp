/// \file app_traffic.hpp
/// What traffic keeps of each load and of each app.
/// Why: loads, routers and stations read these, each another part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/policy.hpp"
#include "leapday/scaling.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/arrivals.hpp"
#include "sim/model/caller.hpp"
#include "sim/model/ejection.hpp"

namespace leapday::model {

struct LoadState {
  const Load* spec = nullptr;
  std::string name;
  std::uint64_t name_hash = 0;
  std::uint32_t caller = 0;
  std::uint32_t app = 0;
  SubjectSeries series;
  ArrivalProcess arrivals;
  Random* stream = nullptr;
  engine::EventKey scheduled = 0;  ///< Of the next arrival on the slow path; 0 for none.
  std::uint32_t schedules = 0;     ///< Tells the events of arrivals apart.
  std::uint64_t next_number = 0;
  std::size_t next_row = 0;    ///< Of the trace.
  std::int64_t mix_total = 0;  ///< Common denominator of the mix; 0 without one.
  std::vector<std::int64_t> mix_ends;
  std::uint32_t endpoint = 0;
  SimTime stop = kSimEnd;
  engine::Sampler think;
  std::vector<std::uint64_t> client_requests;  ///< Of closed loops: sent so far by each client.
};

/// An instance that an attempt has been to, and the one before.
struct Tried {
  std::uint32_t instance = kNone;
  std::uint32_t next = kNone;
};

/// Where messages that take as long wait; none while negative.
struct DelayLine {
  Duration delay{-1};
  engine::DelayLineId id;
};

/// Of one name, "shop/3".
struct NamedSeries {
  std::uint32_t series = kNone;
  std::uint32_t order = 0;  ///< In which the names first listened, from 1.
};

/// What routers are told of one app, merged from app, routers and platform.
struct AppRouting {
  std::string policy;
  std::int64_t attempts = 1;
  Duration connect_timeout{};
  Duration request_timeout{};
  EjectionRules ejection{Ejection{}};
  std::int64_t max_connections = 0;
  std::int64_t queue_limit = 0;
  bool per_connection = false;
  bool mirrored = false;  ///< Some of its requests may be copied.
  std::optional<std::int64_t> keep_alive;
  Duration cooldown{};
  bool repeats = false;  ///< What a request has failed at may be chosen for it again.
  bool tls = false;      ///< The platform hears of instances that cannot be connected to.
  engine::LaneId connect_lane;
  engine::LaneId request_lane;

  /// Routers remember of an instance what became of requests, in any case or once one fails.
  bool remembers(bool failure) const {
    return keep_alive.has_value() ||
           (failure && (tls || ejection.kind() != EjectionKind::none || cooldown > Duration{0}));
  }
};

struct RouterTraffic {
  bool known_down = false;  ///< Callers have noticed and pass it over.
};

/// Requests times nanoseconds; exact in any order.
using Area = __int128;

struct AppTraffic {
  AppRouting routing;
  SubjectSeries series;
  std::vector<std::uint32_t> releases;  ///< Series of each; empty where none is measured.
  std::uint32_t queue_gauge = kNone, open_gauge = kNone, cpu_gauge = kNone;
  std::uint32_t queued = 0, open = 0;
  double cpu = 0;
  double cpu_told = 0;                                    ///< To the recorder.
  std::vector<std::vector<std::vector<CallSite>>> calls;  ///< By release, endpoint.
  std::uint32_t meter = kNone;          ///< In TrafficCore::meters_, of one that is scaled.
  std::optional<RequestBuffer> buffer;  ///< Its routers hold requests.
  bool checked = false;                 ///< Its requests meet ClockChecks.
  std::uint32_t consumes = kNone;       ///< Dependency index of a worker's queue.
  std::uint32_t prefetch = 0;  ///< Messages that one instance holds at most; 0: has places for.
  std::vector<std::uint32_t> consumers;  ///< Instances that wait for messages, longest first.
  // For stability, after warm-up:
  std::uint32_t first_release = 0;  ///< Of its first instance, at the start.
  double first_capacity = 0;        ///< Work per time that its instances could do then.
  double offered_work = 0;          ///< Nanoseconds at full speed that stations took in.
  double capacity = 0;              ///< Nanoseconds that instances could have worked.
  std::vector<Area> backlog;        ///< Open requests times ns, in equal parts of the run.
  SimTime open_since{};
  SimTime open_part_end{};  ///< Of the part under way; past before the first.
  std::uint32_t open_part = 0;
};

}  // namespace leapday::model
