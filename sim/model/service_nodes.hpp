/// \file service_nodes.hpp
/// The nodes that one dependency consists of, the connections that its callers keep to them, and
/// which of them is the primary.
/// Why: what a failover resets, what a limit on connections refuses and what a replica has not
/// applied yet belongs to a node, not to the service.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "leapday/ids.hpp"
#include "sim/engine/sampler.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/contended_server.hpp"
#include "sim/model/replica_log.hpp"
#include "sim/model/request.hpp"

namespace leapday::model {

/// The connections that one caller keeps to one node.
struct ConnectionPool {
  std::uint32_t open = 0;
  std::uint32_t busy = 0;
  List waiting;       ///< Calls, on the caller's side.
  bool gone = false;  ///< So is its caller: connections close when they are free.
};

struct ServiceNode {
  bool up = true;
  std::uint32_t lost_by = kNone;  ///< The modifier that took it away.
  List serving;
  List queue;
  std::uint32_t connections = 0;      ///< Open ones of all pools.
  std::vector<ConnectionPool> pools;  ///< By caller: dependencies, then instances.
  std::optional<ContendedServer> contended;
  engine::EventKey next = 0;  ///< When the next of its contending calls ends.
  ReplicaLog log;             ///< What it lacks of the primary.
  std::uint64_t lacks = 0;    ///< Writes that it had not received when the primary was lost.
};

struct ServiceNodes {
  std::vector<ServiceNode> nodes;
  std::uint32_t primary = 0;
  std::uint32_t limit = kNone;  ///< Connections of each.
  // Of a failover under way:
  engine::EventKey timer = 0;
  bool noticed = false;  ///< The loss; the candidate is being promoted.
  std::uint32_t candidate = kNone;
  EventId lost;
  List held;  ///< Calls that wait for a primary.

  std::uint32_t waiting = 0;  ///< Calls on their callers' side: held, or for a connection.
  engine::Sampler lag;
  engine::Sampler connect;
  std::vector<char> callers;  ///< By app: has a call to it.
  // What the recorder knows it by:
  std::uint32_t reads = kNone, stale = kNone, lost_writes = kNone, refused = kNone;
  std::uint32_t lag_gauge = kNone, connections_gauge = kNone;

  /// One that serves as such.
  bool has_primary() const { return nodes[primary].up && !noticed; }
  std::uint32_t open_connections() const {
    std::uint32_t sum = 0;
    for (const ServiceNode& node : nodes) sum += node.connections;
    return sum;
  }
  std::pair<std::uint32_t, std::uint32_t> queued_and_served() const {
    std::pair<std::uint32_t, std::uint32_t> sum{waiting, 0};
    for (const ServiceNode& node : nodes) {
      sum.first += node.queue.size;
      sum.second += node.serving.size;
    }
    return sum;
  }
};

}  // namespace leapday::model
