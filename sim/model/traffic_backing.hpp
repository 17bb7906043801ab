/// \file traffic_backing.hpp
/// What a call meets at a database of several nodes, a cache of keys and a broker, beyond a line
/// of calls that wait for their service.
/// Why: steps that only some dependencies take are kept out of what every request passes; they
/// work on the same tables (traffic_core.hpp).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {

class BackingServices {
 public:
  explicit BackingServices(TrafficCore& traffic) : t_(traffic) {}

  // ---- traffic_nodes.cpp: nodes and the connections to them
  void set_up_nodes(std::uint32_t dependency);
  void arrive(std::uint32_t visit);
  void completion(std::uint32_t visit);
  void node_event(std::uint32_t dependency, std::uint32_t node);
  /// A call gives up on its caller's side.
  void leave_line(std::uint32_t visit);
  /// All its nodes stop: what is under way is reset.
  void stop_nodes(std::uint32_t dependency);
  void instance_listening(std::uint32_t instance);
  void instance_gone(std::uint32_t instance);
  void gauges(DependencyTraffic& to);

  // ---- traffic_database.cpp: replicas and failover
  void lose_primary(std::uint32_t dependency, std::uint32_t handle, EventId cause);
  void recover(std::uint32_t dependency, std::uint32_t handle, EventId cause);
  void failover_event(std::uint32_t dependency);

  // ---- traffic_cache.cpp: keys
  void set_up_cache(std::uint32_t dependency);
  void choose_content(Visit& visit, std::uint64_t call_key) const;
  void look_up(std::uint32_t visit);
  void fetched(std::uint32_t visit, Outcome outcome);
  /// Returns how many keys were held, or 1 where shares of hits stand for keys.
  std::uint64_t flush(std::uint32_t dependency, EventId cause);

  // ---- traffic_broker.cpp: limits, poison and the books of queues
  void set_up_broker(std::uint32_t queue);
  void offer_message(std::uint32_t visit);
  void backlog_changed(std::uint32_t queue);
  void admit(std::uint32_t queue);
  void expire(std::uint32_t message);
  void dead_letter(std::uint32_t message);
  void drop(std::uint32_t message);
  void close_books();

 private:
  using Calls = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  ///< Visit, serial.

  SimTime now() const { return t_.now(); }
  DependencyTraffic& at(std::uint32_t dependency) { return t_.dependencies_[dependency]; }
  ServiceNodes& group(std::uint32_t dependency) { return *t_.dependencies_[dependency].group; }
  std::uint32_t choose_node(const DependencyTraffic& to, const Visit& visit) const;
  std::uint32_t choose_replica(const ServiceNodes& group, const Visit& visit) const;
  void enter_line(const DependencyTraffic& to, ServiceNode& node, std::uint32_t visit);
  void take_connection(std::uint32_t visit);
  ConnectionPool& pool_of(ServiceNode& node, std::uint32_t slot);
  std::uint32_t slot_of(const Visit& visit) const;
  void hold(std::uint32_t dependency, List& line, std::uint32_t visit);
  void serve(std::uint32_t visit, bool connect);
  void node_changed(std::uint32_t dependency, std::uint32_t node);
  void worked(std::uint32_t visit, Duration extra);
  void leave(std::uint32_t visit);
  void take_next(std::uint32_t dependency, std::uint32_t node, std::uint32_t slot);
  Calls take_line(ServiceNodes& group, List& line);
  void arrive_again(const Calls& calls);
  void reset_node(std::uint32_t dependency, std::uint32_t node);

  void note_read(DependencyTraffic& to, const Visit& visit);
  Duration commit(DependencyTraffic& to, const Visit& visit);
  void notice_loss(std::uint32_t dependency);
  void promote(std::uint32_t dependency);

  bool full(const DependencyTraffic& queue) const;

  TrafficCore& t_;
};

}  // namespace leapday::model
