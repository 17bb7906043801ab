/// \file traffic_database.cpp
/// A database's replicas, and what it takes until one of them is the primary.
/// Why: what a failover costs is a time without writes, calls that are reset, callers that all
/// connect at once and, unless a replica had to say so first, writes that were answered and lost.
#include <algorithm>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

/// A read that begins on a replica is stale if one of the writes that this lacks changed its row.
void BackingServices::note_read(DependencyTraffic& to, const Visit& visit) {
  ServiceNodes& group = *to.group;
  if (group.reads == kNone) return;
  t_.world_.recorder.count(group.reads, now());
  if (visit.node == group.primary) return;
  const std::uint64_t behind = group.nodes[visit.node].log.unapplied(now());
  if (behind == 0) return;
  const auto rows = static_cast<double>(to.spec->replication.rows);
  const double fresh = rows <= 1 ? 0 : engine::det_pow(1 - 1 / rows, static_cast<double>(behind));
  Random random = t_.draws(visit.key, Purpose::staleness);
  if (random.uniform() >= fresh) t_.world_.recorder.count(group.stale, now());
}

/// The write is on its way to every replica. Returns how long its answer waits for one of them.
Duration BackingServices::commit(DependencyTraffic& to, const Visit& visit) {
  ServiceNodes& group = *to.group;
  const Replication& rules = to.spec->replication;
  std::int64_t first = ContendedServer::kNever;
  std::int64_t last = now().time_since_epoch().count();
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) {
    ServiceNode& node = group.nodes[n];
    if (n == group.primary || !node.up) continue;
    Random random = t_.draws(hash_combine(visit.key, n), Purpose::replication);
    const ReplicaLog::Entry entry = node.log.append(now(), group.lag.sample(random), rules.apply);
    first = std::min(first, entry.received);
    last = std::max(last, entry.applied);
  }
  const std::int64_t at = now().time_since_epoch().count();
  t_.world_.recorder.gauge(group.lag_gauge, now(), static_cast<double>(last - at) * 1e-9);
  const bool waits = rules.mode == ReplicationMode::sync && first != ContendedServer::kNever;
  return Duration{waits ? first - at : 0};
}

/// Power or process of the primary is gone. What its replicas have not received is with it.
void BackingServices::lose_primary(std::uint32_t dependency, std::uint32_t handle, EventId cause) {
  DependencyTraffic& to = at(dependency);
  ServiceNodes& group = *to.group;
  ServiceNode& node = group.nodes[group.primary];
  if (!group.has_primary()) return;
  node.up = false;
  node.lost_by = handle;
  bool replicas = false;
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) {
    if (n == group.primary || !group.nodes[n].up) continue;
    replicas = true;
    group.nodes[n].lacks = group.nodes[n].log.cut(now());
  }
  group.lost = t_.world_.recorder.event(now(), cause, "database.primary_lost", to.name,
                                        "node " + std::to_string(group.primary) + ", " +
                                            std::to_string(node.serving.size) + " calls under way" +
                                            (replicas ? "" : ", no replica to take over"));
  if (replicas) {
    group.timer =
        t_.world_.scheduler.schedule(now() + to.spec->failover.detection, engine::Priority::control,
                                     t_.handlers_.failover, dependency);
  }
  reset_node(dependency, group.primary);
}

void BackingServices::failover_event(std::uint32_t dependency) {
  ServiceNodes& group = this->group(dependency);
  if (group.timer != t_.world_.scheduler.current_key()) return;
  group.timer = 0;
  if (group.noticed) {
    promote(dependency);
  } else {
    notice_loss(dependency);
  }
}

/// The replica that has received the most is promoted, once it has applied it.
void BackingServices::notice_loss(std::uint32_t dependency) {
  DependencyTraffic& to = at(dependency);
  ServiceNodes& group = *to.group;
  group.candidate = kNone;
  SimTime ready = kSimEnd;
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) {
    if (n == group.primary || !group.nodes[n].up) continue;
    if (group.candidate != kNone && group.nodes[n].lacks >= group.nodes[group.candidate].lacks)
      continue;
    group.candidate = n;
    ready = group.nodes[n].log.caught_up(now());
  }
  group.noticed = true;
  t_.world_.recorder.event(now(), group.lost, "database.loss_noticed", to.name,
                           "node " + std::to_string(group.candidate) + " is to take over");
  group.timer =
      t_.world_.scheduler.schedule(std::max(ready, now() + to.spec->failover.promotion),
                                   engine::Priority::control, t_.handlers_.failover, dependency);
}

void BackingServices::promote(std::uint32_t dependency) {
  DependencyTraffic& to = at(dependency);
  ServiceNodes& group = *to.group;
  const bool answered = to.spec->replication.mode == ReplicationMode::async;
  const std::uint64_t lost = answered ? group.nodes[group.candidate].lacks : 0;
  t_.world_.recorder.event(now(), group.lost, "database.promoted", to.name,
                           "node " + std::to_string(group.candidate) + " in place of node " +
                               std::to_string(group.primary) + ", " + std::to_string(lost) +
                               " writes lost");
  if (lost > 0)
    t_.world_.recorder.count(group.lost_writes, now(), static_cast<std::uint32_t>(lost));
  group.noticed = false;
  group.primary = group.candidate;
  for (ServiceNode& node : group.nodes) {  // the others have caught up meanwhile
    node.log.clear();
    node.lacks = 0;
  }
  arrive_again(take_line(group, group.held));
}

/// The node is back: as the primary if nobody has begun to replace it, else as a replica that has
/// been brought up to date.
void BackingServices::recover(std::uint32_t dependency, std::uint32_t handle, EventId cause) {
  DependencyTraffic& to = at(dependency);
  ServiceNodes& group = *to.group;
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) {
    ServiceNode& node = group.nodes[n];
    if (node.up || node.lost_by != handle) continue;
    node.up = true;
    node.lost_by = kNone;
    node.log.clear();
    node.lacks = 0;
    const bool leads = n == group.primary && !group.noticed;
    t_.world_.recorder.event(
        now(), cause, "database.recovered", to.name,
        "node " + std::to_string(n) + (leads ? " as the primary" : " as a replica"));
    if (!leads) continue;
    group.timer = 0;
    arrive_again(take_line(group, group.held));
  }
}

}  // namespace leapday::model
