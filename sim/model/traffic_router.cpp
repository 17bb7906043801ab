/// \file traffic_router.cpp
/// An attempt at its router: which instance, what the connection meets, whether to try another.
/// Why: what a router may retry decides what a crash costs. As in nginx and gorouter, a request
/// that was not sent is always tried elsewhere; one that was, only when it is idempotent; after a
/// timeout only nginx tries again.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

// ---- between caller and router ---------------------------------------------------------------

NetworkEnd TrafficCore::end_of_caller(const Attempt& attempt) const {
  if (attempt.origin == Attempt::Origin::instance) return end_of_instance(attempt.from);
  if (attempt.origin == Attempt::Origin::dependency) {
    return {.kind = NetworkEnd::Kind::dependency, .index = attempt.from};
  }
  return {.kind = NetworkEnd::Kind::clients};
}

const TraceRow* TrafficCore::trace_row(const Attempt& attempt) const {
  if (attempt.trace_row == kNone) [[likely]]
    return nullptr;
  return &loads_[callers_[attempt.caller].load].spec->trace->rows[attempt.trace_row];
}

void TrafficCore::send_to_router(std::uint32_t index) {
  Attempt& attempt = attempts_[index];
  const Call& call = calls_[attempt.call];
  const std::uint64_t turn = call.for_visit ? call.key : call.number;
  const std::uint64_t nth = turn + call.attempts - 1;
  const bool anywhere = global_ == nullptr || attempt.origin == Attempt::Origin::dependency;
  const std::uint32_t router =
      anywhere ? choose_router(nth) : choose_globally(nth, attempt.client, attempt.from);
  attempt.router = router;
  if (attempt.sampled) [[unlikely]]
    traces_.goes_to(attempt.key, {TraceSubject::Kind::router, router});
  if (network_.trivial()) {
    at_router(index);
    return;
  }
  const NetworkEnd end{.kind = NetworkEnd::Kind::router, .index = router};
  const std::optional<Duration> delay =
      transit(end_of_caller(attempt), end, attempt.key, Hop::to_router);
  Duration wait = delay.value_or(Duration{0});
  if (!delay) {
    attempt.step = Attempt::Step::lost;
    wait = apps_[app_of(attempt)].routing.connect_timeout;
    if (wait <= Duration{0}) return;
  }
  attempt.event = world_.scheduler.schedule(now() + wait, engine::Priority::delivery,
                                            handlers_.attempt, tie(attempt.key), index);
}

void TrafficCore::attempt_event(std::uint32_t order, std::uint32_t index) {
  if (!attempts_.live(index)) return;
  Attempt& attempt = attempts_[index];
  if (attempt.event != world_.scheduler.current_key() || order != tie(attempt.key)) return;
  attempt.event = 0;
  switch (attempt.step) {
    case Attempt::Step::to_router:
      at_router(index);
      break;
    case Attempt::Step::to_caller:
      attempt_done(index, {attempt.result});
      break;
    case Attempt::Step::resending:
      answer_attempt(index, {attempt.result});
      break;
    case Attempt::Step::lost:  // the connection to the router was never answered
      routers_[attempt.router].known_down = !world_.routers[attempt.router].up;
      attempt_done(index, failure(FailureReason::connect_timeout));
      break;
    case Attempt::Step::waiting:
      waited_too_long(index);
      break;
    case Attempt::Step::trying:
      break;
  }
}

void TrafficCore::at_router(std::uint32_t index) {
  Attempt& attempt = attempts_[index];
  if (world_.routers[attempt.router].up) {
    try_next(index);
    return;
  }
  const HostId host = world_.routers[attempt.router].host;
  if (world_.host(host).up) {  // the machine is back, its router does not listen yet
    routers_[attempt.router].known_down = true;
    answer_attempt(index, failure(FailureReason::refused));
    return;
  }
  attempt.step = Attempt::Step::lost;
  const Duration wait = apps_[app_of(attempt)].routing.connect_timeout;
  if (wait <= Duration{0}) return;
  attempt.event = world_.scheduler.schedule(now() + wait, engine::Priority::timer,
                                            handlers_.attempt, tie(attempt.key), index);
}

void TrafficCore::leave_router(std::uint32_t index, FailureReason reason) {
  if (attempts_[index].sampled) [[unlikely]]
    traces_.end_part(attempts_[index].key, now());  // it may have waited
  answer_attempt(index, failure(reason));
}

/// Sends the answer on to the caller, who may be the router itself.
void TrafficCore::answer_attempt(std::uint32_t index, Outcome outcome) {
  Attempt& attempt = attempts_[index];
  if (network_.trivial() || attempt.origin == Attempt::Origin::router) {
    attempt_done(index, outcome);
    return;
  }
  attempt.result = outcome.reason;
  const NetworkEnd end{.kind = NetworkEnd::Kind::router, .index = attempt.router};
  const std::optional<Duration> delay =
      transit(end, end_of_caller(attempt), attempt.key, Hop::to_caller);
  attempt.step = delay ? Attempt::Step::to_caller : Attempt::Step::resending;
  attempt.event =
      world_.scheduler.schedule(now() + delay.value_or(kResend), engine::Priority::delivery,
                                handlers_.attempt, tie(attempt.key), index);
}

// ---- which instance --------------------------------------------------------------------------

std::uint32_t TrafficCore::stuck_instance(const Attempt& attempt) const {
  if (attempt.connection == kNone || !apps_[app_of(attempt)].routing.per_connection) return kNone;
  return sticky_[callers_[attempt.caller].load][attempt.connection];
}

void TrafficCore::stick(const Attempt& attempt, std::uint32_t instance) {
  if (attempt.connection == kNone || !apps_[app_of(attempt)].routing.per_connection) return;
  sticky_[callers_[attempt.caller].load][attempt.connection] = instance;
}

/// Whose request it is, for policies that keep a client at its instance.
std::uint64_t TrafficCore::affinity(const Call& call, std::uint32_t connection) const {
  if (call.for_visit) return call.key;
  const LoadState& load = loads_[callers_[call.caller].load];
  if (load.spec->users > 0) {
    const auto users = static_cast<std::uint64_t>(load.spec->users);
    return hash_combine(load.name_hash, draws(call.key, Purpose::user).below(users));
  }
  if (connection != kNone) return hash_combine(load.name_hash, connection);
  if (load.spec->closed) return hash_combine(load.name_hash, call.owner);
  return call.key;
}

/// The row for the next try; without one, why not.
RouteChoice TrafficCore::pick(RouteView& table, const Attempt& attempt, FailureReason& why) {
  const AppRouting& routing = apps_[app_of(attempt)].routing;
  std::uint32_t hidden = 0;  // rows tried already are not usable for this request
  for (std::uint32_t node = attempt.tried; node != kNone; node = tried_[node].next) {
    const std::uint32_t row = table.find(tried_[node].instance);
    if (row != kNone && table.loads[row].usable()) {
      set_usable(table, row, false);
      ++hidden;
    }
  }
  RouteChoice row;
  const TraceRow* trace = trace_row(attempt);
  if (trace != nullptr && trace->instance && attempt.tries == 0) {
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      const InstanceRecord& instance = world_.instances[table.instance(i)];
      if (instance.number == static_cast<std::uint32_t>(*trace->instance)) row = i;
    }
  }
  if (!row && table.usable > 0) {
    row = table.policy->pick(table.table(), {.key = attempt.client}, *table.random);
  }
  if (!row) why = why_no_row(table, attempt);
  if (hidden > 0) {
    for (std::uint32_t node = attempt.tried; node != kNone; node = tried_[node].next) {
      const std::uint32_t tried = table.find(tried_[node].instance);
      if (tried != kNone) refresh_row(table, tried);
    }
  }
  if (row || why != FailureReason::no_live_instance || routing.cooldown <= Duration{0}) return row;
  // gorouter: when every instance is marked as failed, all marks are taken off again.
  bool cooled = false;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (!table.health_of(i).cooling || was_tried(attempt, table.instance(i))) continue;
    table.own_health(i).cooling = false;
    refresh_row(table, i);
    cooled = true;
  }
  if (!cooled) return row;
  count_out(table);
  return pick(table, attempt, why);
}

bool TrafficCore::was_tried(const Attempt& attempt, std::uint32_t instance) const {
  for (std::uint32_t node = attempt.tried; node != kNone; node = tried_[node].next) {
    if (tried_[node].instance == instance) return true;
  }
  return false;
}

FailureReason TrafficCore::why_no_row(const RouteView& table, const Attempt& attempt) const {
  bool full = false;
  std::uint32_t untried = 0;
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    if (was_tried(attempt, table.instance(i))) continue;
    ++untried;
    const RowHealth& health = table.health_of(i);
    full = full || (health.full && !health.ejected && !health.cooling);
  }
  if (full) return FailureReason::overloaded;
  if (untried == 0 && attempt.tries > 0) return attempt.result;
  return table.empty() ? FailureReason::unroutable : FailureReason::no_live_instance;
}

void TrafficCore::try_next(std::uint32_t index) {
  Attempt& attempt = attempts_[index];
  const std::uint32_t app = app_of(attempt);
  // This request is not one of those that nothing happens to.
  if (fast_.apps[app].active) leave_fast_path(app);
  const AppRouting& routing = apps_[app].routing;
  RouteView& table = view(attempt.router, app);
  if (table.policy == nullptr) open_table(table, app);
  review(table, routing);
  const std::uint32_t stuck = stuck_instance(attempt);
  if (stuck != kNone) {
    connect(index, stuck, table.find(stuck));
    return;
  }
  FailureReason why = FailureReason::overloaded;
  RouteChoice row;
  const bool must_wait = table.waiting.size > 0 && attempt.step != Attempt::Step::waiting;
  if (!must_wait) row = pick(table, attempt, why);
  if (row) {
    const std::uint32_t instance = table.instance(*row);
    stick(attempt, instance);
    connect(index, instance, *row);
  } else if ((why == FailureReason::overloaded ||
              (why == FailureReason::unroutable && apps_[app].buffer)) &&
             table.waiting.size < routing.queue_limit) {
    enter_waiting(table, index, app);
  } else {
    leave_router(index, why);
  }
}

/// Hands requests that wait at the router to instances that have become free, first come first.
void TrafficCore::serve_waiting(std::uint32_t view_index) {
  RouteView& table = views_[view_index];
  if (table.handing_out) return;  // a try that fails at once comes back here; the loop goes on
  table.handing_out = true;
  while (table.waiting.size > 0 && table.usable > 0) {
    const std::uint32_t index = table.waiting.head;
    leave_waiting(table, index, app_of(attempts_[index]));
    try_next(index);
    if (attempts_.live(index) && attempts_[index].step == Attempt::Step::waiting) break;
  }
  table.handing_out = false;
}

}  // namespace leapday::model
