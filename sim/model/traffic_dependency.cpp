/// \file traffic_dependency.cpp
/// Backing services: connection pools, caches that miss, brokers that take messages, and what
/// faults do to them.
/// Why: what an app waits for decides how it fails; a service that is down refuses at once, a slow
/// one fills the pools of all who call it.
#include <algorithm>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

void TrafficCore::call_dependency(std::uint32_t attempt_index) {
  Attempt& attempt = attempts_[attempt_index];
  const std::uint32_t to = callers_[attempt.caller].to;
  const std::uint32_t index = make_visit();
  Visit& visit = visits_[index];
  visit.key = hash_combine(attempt.key, to);
  visit.sent = now();
  visit.attempt = attempt_index;
  visit.dependency = to;
  visit.to_dependency = true;
  visit.sampled = attempt.sampled;
  visit.read = callers_[attempt.caller].read;
  visit.anywhere = callers_[attempt.caller].anywhere;
  if (dependencies_[to].keyed) backing_->choose_content(visit, attempt.client);
  if (visit.sampled) [[unlikely]]
    trace_visit(visit);
  attempt.visit = index;
  attempt.step = Attempt::Step::trying;
  ++dependencies_[to].touched;
  if (network_.trivial()) {
    dependency_arrive(index);
    return;
  }
  const NetworkEnd end{.kind = NetworkEnd::Kind::dependency, .index = to};
  std::optional<Duration> delay = transit(end_of_caller(attempt), end, visit.key, Hop::connect);
  if (!delay) {  // nobody answers the connection
    visit.step = Visit::Step::silent;
    checks_.lost(to, caller_instance(visit));
    const Duration wait = world_.scenario.platform.constants.router_connect_timeout;
    if (wait <= Duration{0}) return;
    delay = wait;
  }
  visit.event = world_.scheduler.schedule(now() + *delay, engine::Priority::delivery,
                                          handlers_.visit, tie(visit.key), index);
}

void TrafficCore::dependency_arrive(std::uint32_t index) {
  Visit& visit = visits_[index];
  DependencyTraffic& to = dependencies_[visit.dependency];
  if (to.down) {
    dependency_answer(index, failure(FailureReason::refused));
  } else if (checks_.has_tls(visit.dependency) &&
             !checks_.connects(visit.dependency, caller_instance(visit))) {
    dependency_answer(index, failure(FailureReason::certificate));
  } else if (takes_at_once(to)) {
    backing_->offer_message(index);
  } else if (to.group) {
    backing_->arrive(index);
  } else if (to.serving.size < to.limit) {
    dependency_serve(visit.dependency, index);
  } else if (to.queue_limit == kNone || to.queue.size < to.queue_limit) {
    visit.step = Visit::Step::queued;
    if (visit.sampled) [[unlikely]]
      traces_.waits(visit.key, now());
    to.queue.push_back(visits_, index);
    dependency_gauges(to);
  } else {
    dependency_answer(index, failure(FailureReason::rejected));
  }
}

/// The instance that a call to a dependency comes from; none where a cache asks for it, or nobody
/// any more.
InstanceId TrafficCore::caller_instance(const Visit& visit) const {
  if (visit.attempt == kNone) return {};
  const Attempt& attempt = attempts_[visit.attempt];
  return attempt.origin == Attempt::Origin::instance ? InstanceId{attempt.from} : InstanceId{};
}

/// A queue that is told of no work, limit or trouble has a message as soon as it arrives.
bool TrafficCore::takes_at_once(const DependencyTraffic& to) const {
  return to.spec->kind == DependencyKind::queue && !to.spec->service_time && to.limit == kNone &&
         to.spec->error_rate.is_zero() && to.modifiers.empty();
}

/// A connection is held for the work, scaled while slow, and for what latency was added.
void TrafficCore::dependency_serve(std::uint32_t dependency, std::uint32_t index) {
  DependencyTraffic& to = dependencies_[dependency];
  Visit& visit = visits_[index];
  visit.step = Visit::Step::serving;
  if (visit.sampled) [[unlikely]]
    traces_.served(visit.key, now());
  to.serving.push_back(visits_, index);
  dependency_gauges(to);
  Random random = draws(visit.key, Purpose::service);
  Duration work = to.service.sample(random);
  if (to.slow != 1) work = engine::to_duration(static_cast<double>(work.count()) * to.slow * 1e-9);
  visit.event = world_.scheduler.schedule(now() + work + std::max(to.latency_add, Duration{0}),
                                          engine::Priority::completion, handlers_.dependency,
                                          tie(visit.key), index);
}

void TrafficCore::take_next_call(std::uint32_t dependency) {
  DependencyTraffic& to = dependencies_[dependency];
  if (to.queue.size == 0 || to.serving.size >= to.limit) return;
  const std::uint32_t next = to.queue.head;
  to.queue.remove(visits_, next);
  dependency_serve(dependency, next);
}

void TrafficCore::dependency_completion(std::uint32_t order, std::uint32_t index) {
  if (!visits_.live(index)) return;
  Visit& visit = visits_[index];
  if (visit.event != world_.scheduler.current_key() || order != order_of(visit)) return;
  if (!visit.to_dependency) return;
  const std::uint32_t dependency = visit.dependency;
  if (dependencies_[dependency].group) {
    backing_->completion(index);
    return;
  }
  if (visit.sampled) [[unlikely]]
    traces_.end_part(visit.key, now());
  visit.event = 0;
  DependencyTraffic& to = dependencies_[dependency];
  to.serving.remove(visits_, index);
  dependency_gauges(to);
  take_next_call(dependency);
  dependency_worked(index);
}

/// The service is done with the call and has its place for another.
void TrafficCore::dependency_worked(std::uint32_t index) {
  Visit& visit = visits_[index];
  DependencyTraffic& to = dependencies_[visit.dependency];
  Random random = draws(visit.key, Purpose::outcome);
  if (draw_error(to, random)) {
    dependency_answer(index, failure(FailureReason::error));
  } else if (to.keyed) {
    backing_->look_up(index);
  } else if (to.miss_caller != kNone && !cache_hit(to, random)) {
    world_.recorder.count(to.misses, now());
    visit.step = Visit::Step::calling;
    begin_call(to.miss_caller, index,
               hash_combine(visit.key, static_cast<std::uint64_t>(Purpose::calls)));
  } else if (to.spec->kind == DependencyKind::queue) {
    backing_->offer_message(index);
  } else {
    if (to.hits != kNone) world_.recorder.count(to.hits, now());
    dependency_answer(index, kAnswered);
  }
}

bool TrafficCore::draw_error(const DependencyTraffic& to, Random& random) const {
  bool error = random.chance(to.spec->error_rate);
  for (const DependencyTraffic::Modifier& modifier : to.modifiers) {
    if (!modifier.value.error.is_zero()) error = random.chance(modifier.value.error) || error;
  }
  return error;
}

/// The hit rate rises in proportion to the time since the cache was cold.
bool TrafficCore::cache_hit(const DependencyTraffic& cache, Random& random) const {
  if (cache.spec->kind != DependencyKind::cache) return true;
  const bool would_hit = random.chance(cache.spec->hit_rate);
  const std::int64_t age = (now() - cache.cold_since).count();
  const std::int64_t warm = cache.spec->warm_up.count();
  return would_hit && (age >= warm || random.chance(Ratio{age, warm}));
}

void TrafficCore::dependency_answer(std::uint32_t index, Outcome outcome) {
  Visit& visit = visits_[index];
  if (visit.sampled) [[unlikely]]
    traces_.end_part(visit.key, now(), outcome.reason);
  if (visit.attempt == kNone) {
    free_visit(index);
    return;
  }
  if (network_.trivial()) {
    dependency_answered(index, outcome);
    return;
  }
  visit.result = outcome.reason;
  const NetworkEnd end{.kind = NetworkEnd::Kind::dependency, .index = visit.dependency};
  const std::optional<Duration> delay =
      transit(end, end_of_caller(attempts_[visit.attempt]), visit.key, Hop::answer);
  visit.step = delay ? Visit::Step::answering : Visit::Step::resending;
  visit.event =
      world_.scheduler.schedule(now() + delay.value_or(kResend), engine::Priority::delivery,
                                handlers_.visit, tie(visit.key), index);
}

void TrafficCore::dependency_answered(std::uint32_t index, Outcome outcome) {
  const std::uint32_t attempt = visits_[index].attempt;
  attempts_[attempt].visit = kNone;
  if (visits_[index].sampled) [[unlikely]]
    traces_.outcome(visits_[index].key, outcome.reason);
  free_visit(index);
  attempt_done(attempt, outcome);
}

void TrafficCore::dependency_event(std::uint32_t index) {
  const Visit& visit = visits_[index];
  switch (visit.step) {
    case Visit::Step::connecting:
      dependency_arrive(index);
      break;
    case Visit::Step::silent:
      dependency_answered(index, failure(FailureReason::connect_timeout));
      break;
    case Visit::Step::answering:
      dependency_answered(index, {visit.result});
      break;
    case Visit::Step::resending:
      dependency_answer(index, {visit.result});
      break;
    default:
      break;
  }
}

void TrafficCore::dependency_gauges(DependencyTraffic& dependency) {
  if (dependency.queue_gauge == kNone) return;
  if (dependency.group) {
    backing_->gauges(dependency);
    return;
  }
  world_.recorder.gauge(dependency.queue_gauge, now(), dependency.queue.size);
  world_.recorder.gauge(dependency.open_gauge, now(),
                        dependency.queue.size + dependency.serving.size);
}

// ---- faults ----------------------------------------------------------------------------------

std::uint32_t TrafficCore::push(std::uint32_t dependency, const DependencyModifier& modifier,
                                EventId cause) {
  const std::uint32_t handle = next_handle_++;
  dependencies_[dependency].modifiers.push_back({handle, modifier});
  pushed_.emplace_back(handle, dependency);
  DependencyTraffic& to = dependencies_[dependency];
  to.touched += to.serving.size + to.queue.size;
  if (to.group) {
    const auto [queued, served] = to.group->queued_and_served();
    to.touched += queued + served;
  }
  combine_modifiers(dependency);
  if (modifier.primary_lost && to.group) backing_->lose_primary(dependency, handle, cause);
  return handle;
}

void TrafficCore::pop(std::uint32_t handle, EventId cause) {
  for (const auto& [pushed, dependency] : pushed_) {
    if (pushed != handle) continue;
    std::erase_if(dependencies_[dependency].modifiers,
                  [handle](const auto& modifier) { return modifier.handle == handle; });
    combine_modifiers(dependency);
    if (dependencies_[dependency].group) backing_->recover(dependency, handle, cause);
  }
  std::erase_if(pushed_, [handle](const auto& entry) { return entry.first == handle; });
}

/// Slowness applies to calls that begin to be served from now on. Going down ends the calls under
/// way with a reset; coming back, a cache is cold and a queue delivers again.
void TrafficCore::combine_modifiers(std::uint32_t dependency) {
  DependencyTraffic& to = dependencies_[dependency];
  const bool was_down = to.down;
  to.slow = 1;
  to.latency_add = Duration{0};
  to.down = false;
  for (const DependencyTraffic::Modifier& modifier : to.modifiers) {
    to.slow *= modifier.value.slow_factor;
    to.latency_add += modifier.value.latency_add;
    to.down = to.down || modifier.value.down || (modifier.value.primary_lost && !to.group);
  }
  if (to.down && !was_down) {
    auto open = drop_all(to.serving, to.queue);
    List none;
    const auto blocked = drop_all(none, to.blocked);
    open.insert(open.end(), blocked.begin(), blocked.end());
    dependency_gauges(to);
    for (const auto& [visit, serial] : open) {
      if (still_dropped(visit, serial)) dependency_answer(visit, failure(FailureReason::reset));
    }
    if (to.group) backing_->stop_nodes(dependency);
    checks_.restarted(dependency);
  }
  if (was_down && !to.down) {
    to.cold_since = now();
    if (to.keyed) to.keyed->flush(now());
    if (to.spec->kind == DependencyKind::queue) dispatch(dependency);
  }
}

}  // namespace leapday::model
