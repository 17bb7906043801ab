/// \file traffic_try.cpp
/// One visit to an instance from the router's side: connecting, waiting, ejecting, trying another.
/// Why: what the router sees (refused, reset, silence, an answer) is all it learns of an instance.
#include "sim/model/traffic_backing.hpp"

namespace leapday::model {
namespace {

/// The connection is.
bool is_broken(FailureReason reason) {
  return reason == FailureReason::reset || reason == FailureReason::refused ||
         reason == FailureReason::connect_timeout || reason == FailureReason::router_timeout;
}

}  // namespace

std::uint32_t TrafficCore::make_visit() {
  const std::uint32_t index = visits_.take();
  visits_[index] = {.serial = ++visits_made_};
  return index;
}

/// Of one whose end a trace may have to know.
void TrafficCore::free_visit(std::uint32_t index) {
  if (visits_[index].sampled) [[unlikely]]
    traces_.end(visits_[index].key, now());
  visits_.free(index);
}

void TrafficCore::connect(std::uint32_t attempt_index, std::uint32_t instance, std::uint32_t row) {
  const Attempt& attempt = attempts_[attempt_index];
  const AppRouting& routing = apps_[app_of(attempt)].routing;
  if (routing.mirrored && attempt.tries == 0 && !callers_[attempt.caller].mirror) [[unlikely]] {
    mirrors_.copy({.attempt = attempt.key,
                   .client = attempt.client,
                   .app = app_of(attempt),
                   .router = attempt.router,
                   .endpoint = attempt.endpoint});
  }
  RouteView& table = view_of(attempt);
  InstanceTraffic& to = station(instance);
  const std::uint32_t index = make_try(attempt_index, instance);
  Visit& visit = visits_[index];
  if (visit.sampled) [[unlikely]]
    trace_visit(visit);
  if (row != kNone) {
    visit.counted = true;
    visit.row_epoch = table.epoch(row);
    row_opened(table, routing, row);
    if (routing.keep_alive && table.health_of(row).idle > 0) {
      --table.own_health(row).idle;
      visit.pooled = true;
    }
  }
  ++to.touched;
  ++hosts_[to.host].touched;
  world_.recorder.sent(series_of(instance), now());
  release_sent(to);
  if (network_.trivial()) {
    reach_station(index);
    return;
  }
  const std::optional<Duration> delay =
      transit(end_of_router(attempt.router), end_of_instance(instance), visit.key, Hop::connect);
  if (!delay) {
    silence(index, visit.pooled);
    return;
  }
  visit.travelled = true;
  visit.event = world_.scheduler.schedule(now() + *delay, engine::Priority::delivery,
                                          handlers_.visit, tie(visit.key), index);
}

/// A visit of this attempt to that instance.
std::uint32_t TrafficCore::make_try(std::uint32_t attempt_index, std::uint32_t instance) {
  Attempt& attempt = attempts_[attempt_index];
  const std::uint32_t index = visits_.take();
  visits_[index] = {.key = nth_visit(attempt.key, attempt.tries),
                    .sent = now(),
                    .serial = ++visits_made_,
                    .attempt = attempt_index,
                    .instance = instance,
                    .endpoint = attempt.endpoint,
                    .router = static_cast<std::uint16_t>(attempt.router),
                    .sampled = attempt.sampled};
  note_try(attempt, index, instance);
  return index;
}

void TrafficCore::note_try(Attempt& attempt, std::uint32_t visit, std::uint32_t instance) {
  ++attempt.tries;
  attempt.visit = visit;
  attempt.step = Attempt::Step::trying;
  const AppRouting& routing = apps_[app_of(attempt)].routing;
  if (routing.attempts > 1 && !routing.repeats) {
    const std::uint32_t node = tried_.make();
    tried_[node] = {instance, attempt.tried};
    attempt.tried = node;
  }
}

/// The first packet is at the host: a handshake, or the request itself over a kept connection.
void TrafficCore::reach_station(std::uint32_t index) {
  Visit& visit = visits_[index];
  const InstanceTraffic& to = instances_[visit.instance];
  if (visit.direct && (to.state != InstanceTraffic::State::listening || !world_.hosts[to.host].up ||
                       !network_.calm())) {
    expand(index);
  }
  if (to.state == InstanceTraffic::State::silent || !world_.hosts[to.host].up) {
    silence(index, visit.pooled);
    return;
  }
  if (to.state != InstanceTraffic::State::listening) {
    const bool broken = visit.pooled && to.state == InstanceTraffic::State::gone;
    send_answer(index, failure(broken ? FailureReason::reset : FailureReason::refused));
    return;
  }
  const AppRouting& routing = apps_[to.app].routing;
  if (routing.tls && apps_[to.app].checked && !visit.pooled &&
      !checks_.trusts({visit.router}, {visit.instance})) [[unlikely]] {
    expand(index);
    send_answer(index, failure(FailureReason::certificate));
    return;
  }
  if (routing.request_timeout > Duration{0} && !callers_[caller_of(visit)].impatient) {
    visit.timer = world_.scheduler.arm(routing.request_lane, tie(visit.key), index);
  }
  if (visit.pooled || network_.trivial()) {
    arrive(index);
    return;
  }
  visit.step = Visit::Step::sending;
  if (network_.calm()) {
    const Duration delay =
        network_.from_host(visit.router, to.host) + network_.to_host(visit.router, to.host);
    visit.event = schedule_hop(delay, tie(visit.key), index);
    return;
  }
  const NetworkEnd router = end_of_router(visit.router);
  const NetworkEnd instance = end_of_instance(visit.instance);
  std::optional<Duration> back = network_.fixed(instance, router);
  std::optional<Duration> forth = network_.fixed(router, instance);
  if (!back || !forth) {  // one draw after the other
    Random random =
        draws(hash_combine(visit.key, static_cast<std::uint64_t>(Hop::send)), Purpose::network);
    back = network_.transit(instance, router, random);
    forth = network_.transit(router, instance, random);
  }
  if (!back || !forth) {
    silence(index, static_cast<bool>(back));
    return;
  }
  visit.event = world_.scheduler.schedule(now() + *back + *forth, engine::Priority::delivery,
                                          handlers_.visit, tie(visit.key), index);
}

/// Nobody will answer. Only timers end it: the connection's, or once connected the request's.
void TrafficCore::silence(std::uint32_t index, bool connected) {
  Visit& visit = visits_[index];
  visit.step = Visit::Step::silent;
  const AppRouting& routing = apps_[instances_[visit.instance].app].routing;
  if (connected) {
    if (!visit.timer.armed() && routing.request_timeout > Duration{0}) {
      visit.timer = world_.scheduler.arm(routing.request_lane, tie(visit.key), index);
    }
    visit.result = FailureReason::router_timeout;
    return;
  }
  world_.scheduler.cancel(visit.timer);
  visit.result = FailureReason::connect_timeout;
  if (routing.connect_timeout > Duration{0}) {
    visit.timer = world_.scheduler.arm(routing.connect_lane, tie(visit.key), index);
  }
}

void TrafficCore::visit_event(std::uint32_t order, std::uint32_t index) {
  if (!visits_.live(index)) return;
  Visit& visit = visits_[index];
  if (visit.event != world_.scheduler.current_key() || order != order_of(visit)) return;
  visit.event = 0;
  if (visit.to_dependency) {
    dependency_event(index);
    return;
  }
  switch (visit.step) {
    case Visit::Step::to_router:
      at_router_direct(index);
      break;
    case Visit::Step::connecting:
      reach_station(index);
      break;
    case Visit::Step::sending:
      if (!visit.direct && visit.message != kNone) --instances_[visit.instance].incoming;
      arrive(index);
      break;
    case Visit::Step::answering:
      if (visit.direct && network_.calm()) {
        answered_direct(index);
      } else {
        expand(index);
        visit_answered(index, {visit.result});
      }
      break;
    case Visit::Step::resending:
      send_answer(index, {visit.result});
      break;
    case Visit::Step::to_caller:
      settle_direct(index);
      break;
    default:
      break;
  }
}

/// From the instance's host back to the router.
void TrafficCore::send_answer(std::uint32_t index, Outcome outcome) {
  Visit& visit = visits_[index];
  visit.result = outcome.reason;
  visit.step = Visit::Step::answering;
  if (network_.trivial()) {
    visit_answered(index, outcome);
    return;
  }
  const std::optional<Duration> delay =
      transit(end_of_instance(visit.instance), end_of_router(visit.router), visit.key, Hop::answer);
  if (!delay) visit.step = Visit::Step::resending;
  visit.event =
      world_.scheduler.schedule(now() + delay.value_or(kResend), engine::Priority::delivery,
                                handlers_.visit, tie(visit.key), index);
}

/// Stops counting the visit at its router.
void TrafficCore::close_row(Visit& visit, RouteView& table, std::uint32_t row) {
  world_.scheduler.cancel(visit.timer);
  if (row != kNone) row_closed(table, apps_[instances_[visit.instance].app].routing, row);
  visit.counted = false;
}

/// The router has an outcome for this visit: books it with the row's health and connections.
void TrafficCore::end_try(Visit& visit, Outcome outcome) {
  Attempt& attempt = attempts_[visit.attempt];
  if (outcome.ok()) {
    world_.recorder.answered(instances_[visit.instance].series, visit.sent, now());
    if (!response_sizes_.empty()) charge(visit);
  } else {
    world_.recorder.failed(instances_[visit.instance].series, visit.sent, now(), outcome.reason);
  }
  if (instances_[visit.instance].release_series != kNone) [[unlikely]]
    release_settled(visit, outcome);
  if (visit.sampled) [[unlikely]]
    traces_.outcome(visit.key, outcome.reason);
  attempt.visit = kNone;
  attempt.result = outcome.reason;
  if (is_broken(outcome.reason)) stick(attempt, kNone);
  end_row(visit, outcome);
}

void TrafficCore::end_row(Visit& visit, Outcome outcome) {
  const AppTraffic& app = apps_[instances_[visit.instance].app];
  meters_.responded(app.meter, now() - visit.sent, outcome.ok());
  const AppRouting& routing = app.routing;
  RouteView& table = view_of(visit);
  const std::uint32_t row = row_of(table, visit);
  close_row(visit, table, row);
  if (row == kNone) return;
  if (table.health.empty() && !routing.remembers(!outcome.ok())) return;
  const bool broken = is_broken(outcome.reason);
  RowHealth& health = table.own_health(row);
  if (routing.keep_alive && !broken && health.idle < *routing.keep_alive) ++health.idle;
  const std::uint32_t rows = table.size();
  const EjectionKind kind = routing.ejection.kind();
  if (kind != EjectionKind::none) {
    // nginx counts what proxy_next_upstream has by default; Envoy every 5xx.
    if (kind == EjectionKind::nginx ? broken : !outcome.ok()) {
      routing.ejection.failed(health, router_time(table), rows,
                              static_cast<std::uint32_t>(table.out.size()));
    } else {
      routing.ejection.succeeded(health, rows);
    }
  }
  const bool no_connection = outcome.reason == FailureReason::refused ||
                             outcome.reason == FailureReason::connect_timeout ||
                             outcome.reason == FailureReason::certificate;
  if (routing.cooldown > Duration{0} && no_connection) {
    health.cooling = true;
    health.cooling_until = now() + routing.cooldown;
  }
  if (routing.tls && no_connection) hooks_.unreachable(RouterId{table.router}, {visit.instance});
  if (health.usable() != table.loads[row].usable()) {
    refresh_row(table, row);
    count_out(table);
  }
}

void TrafficCore::visit_answered(std::uint32_t index, Outcome outcome) {
  Visit& visit = visits_[index];
  const std::uint32_t attempt_index = visit.attempt;
  end_try(visit, outcome);
  free_visit(index);
  const std::uint32_t app = app_of(attempts_[attempt_index]);
  const std::uint32_t table =
      attempts_[attempt_index].router * static_cast<std::uint32_t>(apps_.size()) + app;
  if (outcome.ok()) {
    answer_attempt(attempt_index, outcome);
  } else {
    after_failure(attempt_index, outcome.reason);
  }
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

void TrafficCore::after_failure(std::uint32_t index, FailureReason reason) {
  const Attempt& attempt = attempts_[index];
  const AppRouting& routing = apps_[app_of(attempt)].routing;
  bool retriable = false;
  switch (reason) {
    case FailureReason::refused:
    case FailureReason::connect_timeout:
    case FailureReason::certificate:
      retriable = true;
      break;
    case FailureReason::reset:
      retriable = attempt.idempotent;
      break;
    case FailureReason::router_timeout:
      retriable = attempt.idempotent && routing.ejection.kind() == EjectionKind::nginx;
      break;
    default:
      break;
  }
  // gorouter tries no more often than there are instances, whichever it tries.
  const bool left =
      !routing.repeats || attempt.tries < view(attempt.router, app_of(attempt)).size();
  if (retriable && attempt.tries < routing.attempts && left) {
    try_next(index);
  } else {
    leave_router(index, reason);
  }
}

/// The router's patience with a connection or an answer is over. What the instance does goes on.
void TrafficCore::router_timer(std::uint32_t index) {
  expand(index);
  Visit& visit = visits_[index];
  visit.timer = {};
  const FailureReason reason =
      visit.step == Visit::Step::silent ? visit.result : FailureReason::router_timeout;
  const std::uint32_t attempt_index = visit.attempt;
  const std::uint32_t table =
      attempts_[attempt_index].router * static_cast<std::uint32_t>(apps_.size()) +
      app_of(attempts_[attempt_index]);
  end_try(visit, failure(reason));
  switch (visit.step) {
    case Visit::Step::queued:
    case Visit::Step::serving:
    case Visit::Step::calling:
      visit.attempt = kNone;
      ++world_.recorder.attempts().abandoned;
      break;
    default:
      free_visit(index);
      break;
  }
  after_failure(attempt_index, reason);
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

/// The caller (or its router) has gone: the connection closes, what the server does goes on.
void TrafficCore::abandon(std::uint32_t index) {
  Attempt& attempt = attempts_[index];
  if (attempt.sampled) [[unlikely]]
    trace_abandoned(attempt);
  attempt.event = 0;
  const bool to_app = callers_[attempt.caller].target == Caller::Target::app;
  if (attempt.step == Attempt::Step::waiting) {
    leave_waiting(view_of(attempt), index, app_of(attempt));
    attempt.step = Attempt::Step::trying;
  }
  if (attempt.visit == kNone) return;
  Visit& visit = visits_[attempt.visit];
  if (to_app) {
    world_.recorder.failed(instances_[visit.instance].series, visit.sent, now(),
                           FailureReason::timeout);
    if (instances_[visit.instance].release_series != kNone) [[unlikely]]
      release_settled(visit, failure(FailureReason::timeout));
    RouteView& table = view_of(visit);
    close_row(visit, table, row_of(table, visit));
  }
  if (visit.step == Visit::Step::held) backing_->leave_line(attempt.visit);
  switch (visit.step) {
    case Visit::Step::queued:
    case Visit::Step::serving:
    case Visit::Step::calling:
    case Visit::Step::committing:
      visit.attempt = kNone;
      if (to_app) ++world_.recorder.attempts().abandoned;
      break;
    default:
      free_visit(attempt.visit);
      break;
  }
  attempt.visit = kNone;
  if (!to_app) return;
  const std::uint32_t table =
      attempt.router * static_cast<std::uint32_t>(apps_.size()) + app_of(attempt);
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

}  // namespace leapday::model
