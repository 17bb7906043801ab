/// \file traffic_queue.cpp
/// Messages from publishing to acknowledgement, the workers that take them, and jobs.
/// Why: a queue hides an outage from its publishers and shows it as a backlog; what a crashed
/// worker held comes back.
#include <algorithm>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

void TrafficCore::publish(std::uint32_t queue, std::uint64_t key) {
  const std::uint32_t index = messages_.make();
  Message& message = messages_[index];
  message.key = key;
  message.published = now();
  message.queue = queue;
  message.waiting = true;
  DependencyTraffic& to = dependencies_[queue];
  ++to.books.published;
  world_.recorder.count(to.counters.published, now());
  if (to.spec->retention) message.expiry = world_.scheduler.arm(to.expiry, index);
  to.backlog.push_back(messages_, index);
  dispatch(queue);
  set_backlog(dependencies_[queue]);
}

void TrafficCore::set_backlog(DependencyTraffic& queue) {
  world_.recorder.gauge(queue.backlog_gauge, now(), queue.backlog.size);
  if (queue.blocked.size > 0) {
    backing_->backlog_changed(static_cast<std::uint32_t>(&queue - dependencies_.data()));
  }
}

/// With a prefetch, messages may wait in the instance as far as its own queue has room for them.
bool TrafficCore::has_free_slot(std::uint32_t instance) const {
  const InstanceTraffic& to = instances_[instance];
  const std::uint32_t prefetch = apps_[to.app].prefetch;
  if (prefetch > 0) {
    const std::uint32_t holds = to.serving.size + to.queue.size + to.incoming;
    const std::uint64_t room = std::uint64_t{to.limit} + to.queue_limit;
    return to.state == InstanceTraffic::State::listening && holds < prefetch && holds < room;
  }
  return to.state == InstanceTraffic::State::listening && to.queue.size == 0 &&
         to.serving.size + to.incoming < to.limit;
}

/// Messages and acknowledgements go over a connection, which needs both directions.
bool TrafficCore::cut_off(std::uint32_t queue, std::uint32_t instance) const {
  if (network_.trivial()) return false;
  const NetworkEnd broker{.kind = NetworkEnd::Kind::dependency, .index = queue};
  const NetworkEnd worker = end_of_instance(instance);
  return !network_.reachable(broker, worker) || !network_.reachable(worker, broker);
}

/// Hands waiting messages to workers with free slots, each worker in turn. Those that are cut off
/// keep their turn.
void TrafficCore::dispatch(std::uint32_t queue) {
  DependencyTraffic& from = dependencies_[queue];
  if (from.down) return;
  for (const std::uint32_t app : from.workers) {
    std::vector<std::uint32_t>& consumers = apps_[app].consumers;
    std::size_t turn = 0;
    while (from.backlog.size > 0 && turn < consumers.size()) {
      const std::uint32_t instance = consumers[turn];
      const bool free = has_free_slot(instance);
      if (free && cut_off(queue, instance)) {
        ++turn;
        continue;
      }
      consumers.erase(consumers.begin() + static_cast<std::ptrdiff_t>(turn));
      if (!free) continue;
      const std::uint32_t message = from.backlog.head;
      from.backlog.remove(messages_, message);
      messages_[message].waiting = false;
      deliver(message, instance);
      if (has_free_slot(instance)) consumers.push_back(instance);
    }
  }
}

/// Who was cut off may be within reach again.
void TrafficCore::links_changed() {
  for (std::uint32_t queue = 0; queue < dependencies_.size(); ++queue) {
    if (dependencies_[queue].spec->kind != DependencyKind::queue) continue;
    dispatch(queue);
    set_backlog(dependencies_[queue]);
  }
}

void TrafficCore::offer_worker(std::uint32_t instance) {
  AppTraffic& app = apps_[instances_[instance].app];
  if (app.consumes == kNone || !has_free_slot(instance)) return;
  if (std::find(app.consumers.begin(), app.consumers.end(), instance) == app.consumers.end()) {
    app.consumers.push_back(instance);
  }
  dispatch(app.consumes);
  set_backlog(dependencies_[app.consumes]);
}

void TrafficCore::deliver(std::uint32_t message_index, std::uint32_t instance) {
  Message& message = messages_[message_index];
  const std::uint32_t index = make_visit();
  Visit& visit = visits_[index];
  DependencyTraffic& from = dependencies_[message.queue];
  if (message.deliveries > 0) world_.recorder.count(from.counters.redelivered, now());
  if (from.spec->poison) {
    visit.poisoned = draws(message.key, Purpose::poison).chance(from.spec->poison->share);
  }
  visit.key = hash_combine(message.key, message.deliveries++);
  visit.instance = instance;
  visit.message = message_index;
  message.visit = index;
  message.redeliver = world_.scheduler.arm(dependencies_[message.queue].redeliver, message_index);
  begin_unasked(index);
  if (network_.trivial()) {
    arrive(index);
    return;
  }
  Random random =
      draws(hash_combine(visit.key, static_cast<std::uint64_t>(Hop::send)), Purpose::network);
  const NetworkEnd broker{.kind = NetworkEnd::Kind::dependency, .index = message.queue};
  const auto delay = network_.transit(broker, end_of_instance(instance), random);
  if (!delay) {
    worker_lost(index, true);
    return;
  }
  visit.step = Visit::Step::sending;
  ++instances_[instance].incoming;
  visit.event = world_.scheduler.schedule(now() + *delay, engine::Priority::delivery,
                                          handlers_.visit, tie(visit.key), index);
}

/// Not acknowledged in time: it goes to somebody else, whatever the first worker still does.
void TrafficCore::redeliver_due(std::uint32_t index) {
  messages_[index].redeliver = {};
  put_back(index);
}

void TrafficCore::put_back(std::uint32_t index) {
  Message& message = messages_[index];
  world_.scheduler.cancel(message.redeliver);
  message.visit = kNone;
  const std::uint32_t queue = message.queue;
  DependencyTraffic& to = dependencies_[queue];
  if (to.spec->max_deliveries > 0 && message.deliveries >= to.spec->max_deliveries) {
    backing_->dead_letter(index);
    return;
  }
  if (message.expired) {
    backing_->drop(index);
    return;
  }
  message.waiting = true;
  to.backlog.push_front(messages_, index);
  dispatch(queue);
  set_backlog(to);
}

/// The station has finished a message or a job.
void TrafficCore::worker_done(std::uint32_t index, Outcome outcome) {
  const Visit visit = visits_[index];
  visits_.free(index);
  end_unasked(visit, outcome);
  if (visit.message != kNone && messages_.live(visit.message) &&
      messages_[visit.message].visit == index) {
    Message& message = messages_[visit.message];
    if (cut_off(message.queue, visit.instance)) {
      message.visit = kNone;  // the acknowledgement is lost
    } else if (outcome.ok()) {
      DependencyTraffic& from = dependencies_[message.queue];
      ++from.books.acknowledged;
      world_.recorder.count(from.counters.acknowledged, now());
      world_.scheduler.cancel(message.redeliver);
      world_.scheduler.cancel(message.expiry);
      messages_.free(visit.message);
    } else {
      put_back(visit.message);
    }
  } else if (visit.message != kNone && outcome.ok()) {  // somebody else has it, or had it
    const DependencyTraffic& from = dependencies_[apps_[instances_[visit.instance].app].consumes];
    world_.recorder.count(from.counters.duplicates, now());
  }
  if (visit.message != kNone) offer_worker(visit.instance);
}

/// Its instance is gone. A crashed process closes its connection, so its messages come back at
/// once; those of a silent host, or of one that is cut off, only when their time is up.
void TrafficCore::worker_lost(std::uint32_t index, bool silent) {
  const Visit visit = visits_[index];
  visits_.free(index);
  end_unasked(visit, failure(FailureReason::reset));
  if (visit.message == kNone || !messages_.live(visit.message) ||
      messages_[visit.message].visit != index) {
    return;
  }
  if (silent || cut_off(messages_[visit.message].queue, visit.instance)) {
    messages_[visit.message].visit = kNone;
  } else {
    put_back(visit.message);
  }
}

/// Run number `run` of a job on one instance; the period counts from one begin to the next.
void TrafficCore::start_job(std::uint32_t instance, std::uint32_t run) {
  const InstanceTraffic& to = instances_[instance];
  if (to.state != InstanceTraffic::State::listening) return;
  const App& app = *world_.apps[to.app].spec;
  if (app.every && *app.every > Duration{0}) {
    world_.scheduler.schedule(now() + *app.every, engine::Priority::timer, handlers_.job, instance,
                              run + 1);
  }
  run_job(instance, run);
}

void TrafficCore::end_jobs(std::uint32_t instance) {
  for (const auto& [visit, serial] : empty_station(instances_[instance])) {
    if (still_dropped(visit, serial)) drop_visit(visit, false);
  }
}

void TrafficCore::run_job(std::uint32_t instance, std::uint32_t run) {
  if (instances_[instance].state != InstanceTraffic::State::listening) return;
  const std::uint32_t index = make_visit();
  Visit& visit = visits_[index];
  visit.key = hash_combine(world_.instances[instance].name_hash, run);
  visit.instance = instance;
  visit.job = true;
  begin_unasked(index);
  arrive(index);
}

// ---- work that no caller waits for counts as attempts at its app -----------------------------

void TrafficCore::begin_unasked(std::uint32_t index) {
  Visit& visit = visits_[index];
  visit.sent = now();
  InstanceTraffic& to = instances_[visit.instance];
  ++to.touched;
  ++hosts_[to.host].touched;
  const SubjectSeries& series = apps_[to.app].series;
  ++world_.recorder.attempts().injected;
  world_.recorder.sent(series.whole, now());
  if (!series.endpoints.empty()) world_.recorder.sent(series.endpoints[visit.endpoint], now());
  world_.recorder.sent(series_of(visit.instance), now());
}

void TrafficCore::end_unasked(const Visit& visit, Outcome outcome) {
  const InstanceTraffic& at = instances_[visit.instance];
  const SubjectSeries& series = apps_[at.app].series;
  const auto record = [&](std::uint32_t subject) {
    if (outcome.ok()) {
      world_.recorder.answered(subject, visit.sent, now());
    } else {
      world_.recorder.failed(subject, visit.sent, now(), outcome.reason);
    }
  };
  if (outcome.ok()) {
    ++world_.recorder.attempts().answered;
  } else {
    ++world_.recorder.attempts().failed[static_cast<std::size_t>(outcome.reason)];
  }
  record(series.whole);
  if (!series.endpoints.empty()) record(series.endpoints[visit.endpoint]);
  record(at.series);
}

}  // namespace leapday::model
