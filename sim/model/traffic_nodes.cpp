/// \file traffic_nodes.cpp
/// Calls at one of several nodes of a service: connections opened, waited for and refused, work
/// that slows down with concurrency.
/// Why: a server's limit on connections, its callers' pools and the concurrency at which it does
/// most are three numbers that outages set against each other.
#include <algorithm>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

namespace {

bool calls(const std::vector<CallSite>& sites, const std::vector<Caller>& callers,
           std::uint32_t dependency) {
  return std::any_of(sites.begin(), sites.end(), [&](const CallSite& site) {
    if (site.caller == kNone) return calls(site.parallel, callers, dependency);
    const Caller& caller = callers[site.caller];
    return caller.target == Caller::Target::dependency && caller.to == dependency;
  });
}

}  // namespace

void BackingServices::set_up_nodes(std::uint32_t dependency) {
  DependencyTraffic& to = at(dependency);
  const Dependency& spec = *to.spec;
  if (!spec.has_nodes()) return;
  to.group = std::make_unique<ServiceNodes>();
  ServiceNodes& group = *to.group;
  group.limit = to.limit;
  group.nodes.resize(static_cast<std::size_t>(spec.replicas) + 1);
  if (spec.contention > 0 || spec.coherency > 0) {
    for (ServiceNode& node : group.nodes) node.contended.emplace(spec.contention, spec.coherency);
  }
  group.lag = engine::Sampler(spec.replication.lag);
  if (spec.connect_time) group.connect = engine::Sampler(*spec.connect_time);
  Recorder& recorder = t_.world_.recorder;
  if (spec.pool) {
    group.refused = recorder.add_counter("refused_connections", to.name);
    group.connections_gauge = recorder.add_gauge("connections", to.name);
  }
  if (spec.replicas > 0) {
    group.reads = recorder.add_counter("reads", to.name);
    group.stale = recorder.add_counter("stale_reads", to.name);
    group.lost_writes = recorder.add_counter("lost_writes", to.name);
    group.lag_gauge = recorder.add_gauge("replication_lag", to.name);
    recorder.gauge(group.lag_gauge, now(), 0);
  }
  for (const AppTraffic& app : t_.apps_) {
    bool any = false;
    for (const auto& release : app.calls) {
      for (const auto& sites : release) any = any || calls(sites, t_.callers_, dependency);
    }
    group.callers.push_back(any ? 1 : 0);
  }
}

void BackingServices::gauges(DependencyTraffic& to) {
  if (to.queue_gauge == kNone) return;
  const auto [queued, served] = to.group->queued_and_served();
  t_.world_.recorder.gauge(to.queue_gauge, now(), queued);
  t_.world_.recorder.gauge(to.open_gauge, now(), queued + served);
  if (to.group->connections_gauge == kNone) return;
  t_.world_.recorder.gauge(to.group->connections_gauge, now(), to.group->open_connections());
}

// ---- arriving --------------------------------------------------------------------------------

std::uint32_t BackingServices::choose_replica(const ServiceNodes& group, const Visit& visit) const {
  const auto serves = [&](std::uint32_t n) { return n != group.primary && group.nodes[n].up; };
  std::uint32_t live = 0;
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) live += serves(n) ? 1 : 0;
  if (live == 0) return kNone;
  Random random = t_.draws(visit.key, Purpose::route);
  std::uint64_t turn = random.below(live);
  for (std::uint32_t n = 0;; ++n) {
    if (serves(n) && turn-- == 0) return n;
  }
}

/// None while the call needs a primary and there is none.
std::uint32_t BackingServices::choose_node(const DependencyTraffic& to, const Visit& visit) const {
  const ServiceNodes& group = *to.group;
  if (visit.anywhere) {
    const std::uint32_t replica = choose_replica(group, visit);
    if (replica != kNone) return replica;
  }
  return group.has_primary() ? group.primary : kNone;
}

/// Whose connections a call takes.
std::uint32_t BackingServices::slot_of(const Visit& visit) const {
  const Attempt& attempt = t_.attempts_[visit.attempt];
  if (attempt.origin == Attempt::Origin::dependency) return attempt.from;
  return static_cast<std::uint32_t>(t_.dependencies_.size()) + attempt.from;
}

ConnectionPool& BackingServices::pool_of(ServiceNode& node, std::uint32_t slot) {
  if (slot >= node.pools.size()) node.pools.resize(slot + 1);
  return node.pools[slot];
}

void BackingServices::arrive(std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  const std::uint32_t chosen = choose_node(to, visit);
  if (chosen == kNone) {
    if (to.spec->failover.calls == Unavailable::wait) {
      visit.pool = kNone;
      hold(visit.dependency, to.group->held, index);
    } else {
      t_.dependency_answer(index, failure(FailureReason::refused));
    }
    return;
  }
  visit.node = static_cast<std::uint16_t>(chosen);
  ServiceNode& node = to.group->nodes[chosen];
  if (to.spec->pool) {
    visit.pool = slot_of(visit);
    take_connection(index);
  } else if (node.serving.size < to.group->limit) {
    serve(index, false);
  } else {
    enter_line(to, node, index);
  }
}

/// All callers share the node's connections.
void BackingServices::enter_line(const DependencyTraffic& to, ServiceNode& node,
                                 std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  if (to.queue_limit != kNone && node.queue.size >= to.queue_limit) {
    t_.dependency_answer(index, failure(FailureReason::rejected));
    return;
  }
  visit.step = Visit::Step::queued;
  if (visit.sampled) [[unlikely]]
    t_.traces_.waits(visit.key, now());
  node.queue.push_back(t_.visits_, index);
  gauges(at(visit.dependency));
}

/// A free connection of the caller's pool, or a new one; else the call waits for one, unless there
/// is none to wait for: then it fails with what the server says, too many connections.
void BackingServices::take_connection(std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  ServiceNode& node = to.group->nodes[visit.node];
  ConnectionPool& pool = pool_of(node, visit.pool);
  if (pool.busy < pool.open) {
    ++pool.busy;
    serve(index, false);
    return;
  }
  if (pool.open < static_cast<std::uint32_t>(*to.spec->pool)) {
    if (node.connections < to.group->limit) {
      ++pool.open;
      ++pool.busy;
      ++node.connections;
      serve(index, true);
      return;
    }
    t_.world_.recorder.count(to.group->refused, now());
    if (pool.open == 0) {
      t_.dependency_answer(index, failure(FailureReason::overloaded));
      return;
    }
  }
  if (to.queue_limit != kNone && pool.waiting.size >= to.queue_limit) {
    t_.dependency_answer(index, failure(FailureReason::rejected));
    return;
  }
  hold(visit.dependency, pool.waiting, index);
}

void BackingServices::hold(std::uint32_t dependency, List& line, std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  visit.step = Visit::Step::held;
  if (visit.sampled) [[unlikely]]
    t_.traces_.waits(visit.key, now());
  line.push_back(t_.visits_, index);
  ++group(dependency).waiting;
  gauges(at(dependency));
}

void BackingServices::leave_line(std::uint32_t index) {
  const Visit& visit = t_.visits_[index];
  ServiceNodes& group = *at(visit.dependency).group;
  List& line = visit.pool == kNone ? group.held : group.nodes[visit.node].pools[visit.pool].waiting;
  line.remove(t_.visits_, index);
  --group.waiting;
  gauges(at(visit.dependency));
}

// ---- working ---------------------------------------------------------------------------------

void BackingServices::serve(std::uint32_t index, bool connect) {
  Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  ServiceNode& node = to.group->nodes[visit.node];
  visit.step = Visit::Step::serving;
  if (visit.sampled) [[unlikely]]
    t_.traces_.served(visit.key, now());
  node.serving.push_back(t_.visits_, index);
  gauges(to);
  if (visit.read) note_read(to, visit);
  Random random = t_.draws(visit.key, Purpose::service);
  Duration work = to.service.sample(random);
  if (connect) {
    Random opening = t_.draws(visit.key, Purpose::connect);
    work += to.group->connect.sample(opening);
  }
  if (to.slow != 1) work = engine::to_duration(static_cast<double>(work.count()) * to.slow * 1e-9);
  visit.event = 0;
  if (node.contended) {
    node.contended->advance(now());
    node.contended->add(index, static_cast<double>(work.count()));
    node_changed(visit.dependency, visit.node);
    return;
  }
  visit.event = t_.world_.scheduler.schedule(now() + work + std::max(to.latency_add, Duration{0}),
                                             engine::Priority::completion, t_.handlers_.dependency,
                                             TrafficCore::tie(visit.key), index);
}

/// Plans the next end among the calls that contend.
void BackingServices::node_changed(std::uint32_t dependency, std::uint32_t index) {
  ServiceNode& node = group(dependency).nodes[index];
  const std::int64_t next = node.contended->next();
  if (next == ContendedServer::kNever || next >= kSimEnd.time_since_epoch().count()) {
    node.next = 0;
    return;
  }
  const SimTime when{Duration{next}};
  if (node.next == engine::Scheduler::key(when, engine::Priority::completion)) return;
  node.next = t_.world_.scheduler.schedule(when, engine::Priority::completion, t_.handlers_.node,
                                           dependency, index);
}

void BackingServices::node_event(std::uint32_t dependency, std::uint32_t index) {
  ServiceNode& node = group(dependency).nodes[index];
  if (node.next != t_.world_.scheduler.current_key()) return;
  node.next = 0;
  node.contended->advance(now());
  std::uint32_t visit = kNone;
  const bool ended = node.contended->take_ended(visit);
  node_changed(dependency, index);  // others that end now have an event of their own
  if (ended) worked(visit, std::max(at(dependency).latency_add, Duration{0}));
}

/// Of a call that does not contend, or has waited since its work was done.
void BackingServices::completion(std::uint32_t index) {
  if (t_.visits_[index].step == Visit::Step::committing) {
    leave(index);
  } else {
    worked(index, Duration{0});
  }
}

/// Its work is done. A write that was not an error is committed, and with synchronous replication
/// answered when the first replica has it.
void BackingServices::worked(std::uint32_t index, Duration extra) {
  Visit& visit = t_.visits_[index];
  DependencyTraffic& to = at(visit.dependency);
  Duration wait = extra;
  if (!visit.read && to.spec->replicas > 0 && visit.node == to.group->primary) {
    Random random = t_.draws(visit.key, Purpose::outcome);
    if (!t_.draw_error(to, random)) wait = std::max(wait, commit(to, visit));
  }
  if (wait <= Duration{0}) {
    leave(index);
    return;
  }
  visit.step = Visit::Step::committing;
  visit.event =
      t_.world_.scheduler.schedule(now() + wait, engine::Priority::completion,
                                   t_.handlers_.dependency, TrafficCore::tie(visit.key), index);
}

void BackingServices::leave(std::uint32_t index) {
  Visit& visit = t_.visits_[index];
  if (visit.sampled) [[unlikely]]
    t_.traces_.end_part(visit.key, now());
  visit.event = 0;
  const std::uint32_t dependency = visit.dependency;
  const std::uint32_t node = visit.node;
  const std::uint32_t slot = visit.pool;
  group(dependency).nodes[node].serving.remove(t_.visits_, index);
  take_next(dependency, node, slot);
  gauges(at(dependency));
  t_.dependency_worked(index);
}

/// A connection is free: of the caller's pool, or of those that all share.
void BackingServices::take_next(std::uint32_t dependency, std::uint32_t index, std::uint32_t slot) {
  DependencyTraffic& to = at(dependency);
  ServiceNode& node = to.group->nodes[index];
  if (!to.spec->pool) {
    if (node.queue.size == 0 || node.serving.size >= to.group->limit) return;
    const std::uint32_t next = node.queue.head;
    node.queue.remove(t_.visits_, next);
    serve(next, false);
    return;
  }
  ConnectionPool& pool = pool_of(node, slot);
  --pool.busy;
  if (pool.gone) {
    --pool.open;
    --node.connections;
  } else if (pool.waiting.size > 0) {
    const std::uint32_t next = pool.waiting.head;
    pool.waiting.remove(t_.visits_, next);
    --to.group->waiting;
    ++pool.busy;
    serve(next, false);
  }
}

// ---- connections come and go -----------------------------------------------------------------

BackingServices::Calls BackingServices::take_line(ServiceNodes& group, List& line) {
  List none;
  group.waiting -= line.size;
  Calls calls = t_.drop_all(line, none);
  return calls;
}

/// Calls whose place in a line has gone begin anew. What one of them does may end others.
void BackingServices::arrive_again(const Calls& calls) {
  for (const auto& [visit, serial] : calls) {
    if (!t_.still_dropped(visit, serial)) continue;
    if (t_.visits_[visit].sampled) [[unlikely]]
      t_.traces_.end_part(t_.visits_[visit].key, now());
    t_.dependency_arrive(visit);
  }
}

/// Every connection of the node breaks.
void BackingServices::reset_node(std::uint32_t dependency, std::uint32_t index) {
  ServiceNodes& group = this->group(dependency);
  ServiceNode& node = group.nodes[index];
  const Calls open = t_.drop_all(node.serving, node.queue);
  Calls waiting;
  for (ConnectionPool& pool : node.pools) {
    const Calls line = take_line(group, pool.waiting);
    waiting.insert(waiting.end(), line.begin(), line.end());
  }
  node.pools.clear();
  node.connections = 0;
  node.next = 0;
  if (node.contended) node.contended->clear();
  gauges(at(dependency));
  for (const auto& [visit, serial] : open) {
    if (t_.still_dropped(visit, serial)) t_.dependency_answer(visit, failure(FailureReason::reset));
  }
  arrive_again(waiting);
}

void BackingServices::stop_nodes(std::uint32_t dependency) {
  ServiceNodes& group = this->group(dependency);
  for (std::uint32_t n = 0; n < group.nodes.size(); ++n) reset_node(dependency, n);
  arrive_again(take_line(group, group.held));
}

/// Opens the connections that its pools begin with.
void BackingServices::instance_listening(std::uint32_t instance) {
  const std::uint32_t app = t_.instances_[instance].app;
  const auto slot = static_cast<std::uint32_t>(t_.dependencies_.size()) + instance;
  for (DependencyTraffic& to : t_.dependencies_) {
    if (!to.group || !to.spec->pool) continue;
    for (ServiceNode& node : to.group->nodes) {
      if (slot < node.pools.size()) node.pools[slot].gone = false;
    }
    if (to.spec->pool_min == 0 || to.group->callers[app] == 0 || to.down) continue;
    if (!to.group->has_primary()) continue;
    ServiceNode& node = to.group->nodes[to.group->primary];
    ConnectionPool& pool = pool_of(node, slot);
    for (auto wanted = static_cast<std::uint32_t>(to.spec->pool_min); pool.open < wanted;) {
      if (node.connections >= to.group->limit) {
        t_.world_.recorder.count(to.group->refused, now(), wanted - pool.open);
        break;
      }
      ++pool.open;
      ++node.connections;
    }
    gauges(to);
  }
}

/// Its free connections close, the others when the server has done what they are busy with. Calls
/// that waited in the instance have gone with it.
void BackingServices::instance_gone(std::uint32_t instance) {
  const auto slot = static_cast<std::uint32_t>(t_.dependencies_.size()) + instance;
  for (DependencyTraffic& to : t_.dependencies_) {
    if (!to.group || !to.spec->pool) continue;
    Calls waiting;
    for (ServiceNode& node : to.group->nodes) {
      if (slot >= node.pools.size()) continue;
      ConnectionPool& pool = node.pools[slot];
      node.connections -= pool.open - pool.busy;
      pool.open = pool.busy;
      pool.gone = true;
      const Calls line = take_line(*to.group, pool.waiting);
      waiting.insert(waiting.end(), line.begin(), line.end());
    }
    gauges(to);
    for (const auto& [visit, serial] : waiting) {
      if (t_.still_dropped(visit, serial))
        t_.dependency_answer(visit, failure(FailureReason::reset));
    }
  }
}

}  // namespace leapday::model
