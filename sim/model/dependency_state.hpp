/// \file dependency_state.hpp
/// A backing service as calls meet it, and the messages of those that are queues.
/// Why: what faults change about one, and what it holds, stands in one place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "leapday/fault.hpp"
#include "leapday/scenario.hpp"
#include "sim/engine/lanes.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/model/keyed_cache.hpp"
#include "sim/model/request.hpp"
#include "sim/model/service_nodes.hpp"

namespace leapday::model {

/// A message of a queue.
struct Message {
  std::uint64_t key = 0;
  SimTime published{};
  std::uint32_t deliveries = 0;
  std::uint32_t visit = kNone;  ///< The delivery that may acknowledge it.
  std::uint32_t next = kNone;
  std::uint32_t previous = kNone;
  std::uint32_t queue = kNone;
  engine::LaneTicket redeliver;
  engine::LaneTicket expiry;
  bool waiting = false;  ///< In the backlog, not with a worker.
  bool expired = false;  ///< Dropped when it comes back.
};

struct DependencyTraffic {
  struct Modifier {
    std::uint32_t handle;
    DependencyModifier value;
  };
  const Dependency* spec = nullptr;
  std::string name;
  std::uint32_t series = kNone;
  engine::Sampler service;
  std::uint32_t limit = 0;
  std::uint32_t queue_limit = kNone;
  List serving;
  List queue;
  std::vector<Modifier> modifiers;
  double slow = 1;
  Duration latency_add{};
  bool down = false;
  SimTime cold_since{Duration{-(std::int64_t{1} << 60)}};  ///< Long ago: warm.
  std::uint32_t miss_caller = kNone;
  std::uint64_t touched = 0;
  std::uint32_t queue_gauge = kNone, open_gauge = kNone;
  std::unique_ptr<ServiceNodes> group;  ///< Where Dependency::has_nodes().
  // Of caches:
  std::unique_ptr<KeyedCache> keyed;  ///< Where it has keys.
  std::uint32_t hits = kNone, misses = kNone, coalesced = kNone;
  // Of queues:
  List backlog;
  std::uint32_t backlog_gauge = kNone;
  MessageCounts books;
  struct QueueCounters {
    std::uint32_t published, acknowledged, redelivered, duplicates, dead_lettered, dropped;
  } counters{};
  List blocked;            ///< Calls that wait for room to publish.
  bool admitting = false;  ///< An event is about to let them in.
  engine::LaneId expiry;
  std::vector<std::uint32_t> workers;  ///< Apps that consume it.
  engine::LaneId redeliver;
};

}  // namespace leapday::model
