/// \file traffic_caller.cpp
/// A call as its caller sees it: attempts, timeouts, retries, hedges, breakers and throttles.
/// Why: loads and calls between apps guard themselves with the same policies, so they share these
/// steps.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

/// Failures after which the request certainly did nothing: it may be sent again even when it is
/// not idempotent.
bool surely_not_done(FailureReason reason) {
  switch (reason) {
    case FailureReason::connect_timeout:
    case FailureReason::refused:
    case FailureReason::unroutable:
    case FailureReason::no_live_instance:
    case FailureReason::overloaded:
    case FailureReason::rejected:
    case FailureReason::certificate:
    case FailureReason::unauthorized:
      return true;
    default:
      return false;
  }
}

bool made_by_caller(FailureReason reason) {
  return reason == FailureReason::circuit_open || reason == FailureReason::throttled ||
         reason == FailureReason::cancelled;
}

}  // namespace

/// The visit that asked was lost or has failed for another reason.
bool TrafficCore::owner_gone(const Call& call) const {
  if (!call.for_visit) return false;
  return !owner_lives(call) || visits_[call.owner].step != Visit::Step::calling;
}

/// Why the caller's own guards let none out now; count_ when they do.
FailureReason TrafficCore::refusal(Caller& caller, std::uint64_t call_key, std::uint32_t attempts) {
  if (caller.load != kNone && checks_.has_front_door() && !checks_.clients_trust()) {
    return FailureReason::certificate;
  }
  if (caller.throttle) {
    Random random = draws(hash_combine(call_key, attempts), Purpose::route);
    if (!caller.throttle->admit(now(), random)) return FailureReason::throttled;
  }
  if (caller.breaker && !caller.breaker->admit(now())) return FailureReason::circuit_open;
  return FailureReason::count_;
}

bool TrafficCore::admitted(Caller& caller, std::uint32_t call_index) {
  const Call& call = calls_[call_index];
  const FailureReason reason = refusal(caller, call.key, call.attempts);
  if (reason == FailureReason::count_) return true;
  if (call.open[0] == kNone && call.open[1] == kNone && !retry(call_index, reason)) {
    call_done(call_index, failure(reason));
  }
  return false;
}

/// What the caller's guards learn of an attempt.
void TrafficCore::note_settled(Caller& caller, Outcome outcome) {
  if (caller.breaker) caller.breaker->settled(now(), outcome.ok());
  if (caller.throttle && outcome.ok()) caller.throttle->accepted(now());
}

void TrafficCore::begin_attempt(std::uint32_t call_index, bool hedge) {
  Caller& caller = callers_[calls_[call_index].caller];
  if (caller.guarded && !admitted(caller, call_index)) return;
  const std::uint32_t index = open_attempt(call_index, hedge);
  if (caller.target == Caller::Target::dependency) {
    call_dependency(index);
  } else {
    send_to_router(index);
  }
}

/// Makes and books one more attempt, which is still with its caller.
std::uint32_t TrafficCore::open_attempt(std::uint32_t call_index, bool hedge) {
  Call& call = calls_[call_index];
  Caller& caller = callers_[call.caller];
  if (caller.budgeted && call.attempts == 0) caller.budget->first_try(now());
  const std::uint32_t index = make_attempt(call_index, hedge, now());
  if (caller.timed) {
    Attempt& attempt = attempts_[index];
    attempt.timeout = world_.scheduler.arm(caller.timeout, tie(attempt.key), index);
  }
  if (call.sampled) [[unlikely]]
    traces_.attempt(call.key, attempts_[index].key, now(), call.attempts - 1U, hedge);
  if (caller.hedged && call.attempts == 1) {
    call.hedge = world_.scheduler.arm(caller.hedge, tie(call.key), call_index);
  }
  if (caller.target == Caller::Target::dependency) {
    world_.recorder.sent(dependencies_[caller.to].series, now());
    return index;
  }
  const SubjectSeries& series = apps_[caller.to].series;
  ++world_.recorder.attempts().injected;
  world_.recorder.sent(series.whole, now());
  if (!series.endpoints.empty()) world_.recorder.sent(series.endpoints[call.endpoint], now());
  return index;
}

std::uint32_t TrafficCore::make_attempt(std::uint32_t call_index, bool hedge, SimTime sent) {
  Call& call = calls_[call_index];
  const Caller& caller = callers_[call.caller];
  const std::uint32_t index = attempts_.take();
  Attempt& attempt = attempts_[index];
  attempt = {.key = nth_attempt(call.key, call.attempts++),
             .client = call.key,
             .sent = sent,
             .call = call_index,
             .caller = call.caller,
             .endpoint = call.endpoint,
             .idempotent = caller.repeatable,
             .sampled = call.sampled};
  if (call.for_visit) {
    const Visit& owner = visits_[call.owner];
    const bool instance = !owner.to_dependency;
    attempt.origin = instance ? Attempt::Origin::instance : Attempt::Origin::dependency;
    attempt.from = instance ? owner.instance : owner.dependency;
  } else if (caller.mirror) {
    attempt.origin = Attempt::Origin::router;
  } else {
    const Load& load = *loads_[caller.load].spec;
    if (load.trace) attempt.trace_row = call.owner;
    if (load.connections > 0) {
      attempt.connection =
          static_cast<std::uint32_t>(call.number % static_cast<std::uint64_t>(load.connections));
    }
    attempt.client = affinity(call, attempt.connection);
  }
  call.open[hedge ? 1 : 0] = index;
  return index;
}

void TrafficCore::record_attempt(const Attempt& attempt, Outcome outcome) {
  const Caller& caller = callers_[attempt.caller];
  Recorder& recorder = world_.recorder;
  const auto record = [&](std::uint32_t series) {
    if (outcome.ok()) {
      recorder.answered(series, attempt.sent, now());
    } else {
      recorder.failed(series, attempt.sent, now(), outcome.reason);
    }
  };
  if (caller.target == Caller::Target::dependency) {
    record(dependencies_[caller.to].series);
    return;
  }
  if (outcome.ok()) {
    ++recorder.attempts().answered;
  } else {
    ++recorder.attempts().failed[static_cast<std::size_t>(outcome.reason)];
  }
  const SubjectSeries& series = apps_[caller.to].series;
  record(series.whole);
  if (!series.endpoints.empty()) record(series.endpoints[attempt.endpoint]);
}

void TrafficCore::free_attempt(std::uint32_t index) {
  for (std::uint32_t node = attempts_[index].tried; node != kNone;) {
    const std::uint32_t next = tried_[node].next;
    tried_.free(node);
    node = next;
  }
  attempts_.free(index);
}

void TrafficCore::attempt_done(std::uint32_t index, Outcome outcome) {
  Attempt& attempt = attempts_[index];
  world_.scheduler.cancel(attempt.timeout);
  record_attempt(attempt, outcome);
  if (attempt.sampled) [[unlikely]]
    traces_.end(attempt.key, now(), outcome.reason);
  const std::uint32_t call_index = attempt.call;
  free_attempt(index);
  if (call_index == kNone) return;  // a hedge that lost
  Call& call = calls_[call_index];
  Caller& caller = callers_[call.caller];
  if (caller.guarded) note_settled(caller, outcome);
  for (std::uint32_t& open : call.open) {
    if (open == index) open = kNone;
  }
  if (outcome.ok()) {
    call_done(call_index, outcome);
  } else if (call.open[0] == kNone && call.open[1] == kNone && !retry(call_index, outcome.reason)) {
    call_done(call_index, outcome);
  }
}

void TrafficCore::attempt_timed_out(std::uint32_t index) {
  attempts_[index].timeout = {};
  abandon(index);
  attempt_done(index, failure(FailureReason::timeout));
}

void TrafficCore::hedge_due(std::uint32_t call_index) {
  Call& call = calls_[call_index];
  call.hedge = {};
  Caller& caller = callers_[call.caller];
  if (owner_gone(call)) return;
  if (call.open[0] == kNone) return;  // it failed meanwhile and will be retried
  if (caller.budget && !caller.budget->take(now())) return;
  begin_attempt(call_index, true);
}

bool TrafficCore::retry(std::uint32_t call_index, FailureReason reason) {
  Call& call = calls_[call_index];
  Caller& caller = callers_[call.caller];
  const CallPolicy& policy = *caller.policy;
  if (!policy.retry || call.retries >= policy.retry->max_retries) return false;
  if (made_by_caller(reason) || !(policy.idempotent || surely_not_done(reason))) return false;
  if (call.for_visit && !owner_lives(call)) return false;
  if (!caller.budget->take(now())) return false;
  ++call.retries;
  Random random = draws(hash_combine(call.key, call.retries), Purpose::jitter);
  const Duration wait = backoff(*policy.retry, call.retries, random);
  world_.scheduler.cancel(call.hedge);
  call.retry_at = world_.scheduler.schedule(now() + wait, engine::Priority::timer, handlers_.retry,
                                            tie(call.key), call_index);
  return true;
}

void TrafficCore::retry_due(std::uint32_t order, std::uint32_t call_index) {
  if (!calls_.live(call_index)) return;
  Call& call = calls_[call_index];
  if (call.retry_at != world_.scheduler.current_key() || order != tie(call.key)) return;
  call.retry_at = 0;
  if (call.for_visit && !owner_lives(call)) {
    call_done(call_index, failure(FailureReason::cancelled));
    return;
  }
  const Caller& caller = callers_[call.caller];
  if (caller.load != kNone) world_.recorder.retried(loads_[caller.load].series.whole, call.sent);
  if (caller.target == Caller::Target::app) {
    world_.recorder.retried(apps_[caller.to].series.whole, call.sent);
  }
  begin_attempt(call_index, false);
}

void TrafficCore::call_done(std::uint32_t call_index, Outcome outcome) {
  Call& call = calls_[call_index];
  if (call.sampled) [[unlikely]]
    traces_.end(call.key, now(), outcome.reason);
  world_.scheduler.cancel(call.hedge);
  for (const std::uint32_t open : call.open) {
    if (open == kNone) [[likely]]
      continue;
    attempts_[open].call = kNone;  // it goes on, but nobody waits for it
    if (callers_[call.caller].target == Caller::Target::app) {
      ++world_.recorder.attempts().abandoned;
    }
  }
  if (!call.for_visit) {
    if (callers_[call.caller].mirror) [[unlikely]] {
      mirrors_.settled(call, outcome);
    } else {
      request_settled(call_index, outcome);
    }
    calls_.free(call_index);
    return;
  }
  if (outcome.ok()) {
    ++world_.recorder.calls().answered;
  } else {
    ++world_.recorder.calls().failed[static_cast<std::size_t>(outcome.reason)];
  }
  const std::uint32_t owner = call.owner;
  const auto serial = static_cast<std::uint32_t>(call.number);
  const bool optional = callers_[call.caller].optional;
  calls_.free(call_index);
  call_settled(owner, serial, optional, outcome);
}

}  // namespace leapday::model
