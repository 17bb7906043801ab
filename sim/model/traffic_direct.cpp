/// \file traffic_direct.cpp
/// Calls that are one visit and nothing else, over a network in which each message takes its time
/// and nothing more, by a caller that does not hedge, to an instance that takes them at once or
/// lets them queue.
/// Why: call and attempt then add nothing that the visit cannot say, unless the call is traced.
/// Whoever asks for the two, because something has happened, gets them made as if they had always
/// been.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {

/// Callers take routers in turn and pass over those they know to be down.
std::uint32_t TrafficCore::choose_router(std::uint64_t turn) const {
  const auto count = static_cast<std::uint32_t>(routers_.size());
  if (count == 1) return 0;
  auto router = static_cast<std::uint32_t>(turn % count);
  for (std::uint32_t i = 0; i < count && routers_[router].known_down; ++i) {
    router = (router + 1) % count;
  }
  return router;
}

/// By the client's resolver, or by where the instance that calls stands.
std::uint32_t TrafficCore::choose_globally(std::uint64_t turn, std::uint64_t client,
                                           std::uint32_t from) const {
  const std::vector<std::uint32_t>& routers =
      from == kNone ? global_->for_client(client)
                    : global_->for_zone(world_.hosts[instances_[from].host].zone.index);
  const std::size_t first = turn % routers.size();
  for (std::size_t i = 0; i < routers.size(); ++i) {
    const std::uint32_t router = routers[(first + i) % routers.size()];
    if (!routers_[router].known_down) return router;
  }
  return routers[first];
}

bool TrafficCore::knows_any(std::uint32_t router, std::uint32_t app) const {
  return !views_[router * apps_.size() + app].empty();
}

/// False when something is in the way, and nothing was done.
bool TrafficCore::begin_direct(const Call& call, std::uint32_t from) {
  Caller& caller = callers_[call.caller];
  const std::uint64_t turn = call.for_visit ? call.key : call.number;
  const std::uint32_t router =
      global_ == nullptr ? choose_router(turn) : choose_globally(turn, affinity(call, kNone), from);
  const bool at_once = network_.trivial();
  if (at_once && !hands_out(router, caller.to)) return false;
  if (caller.guarded && refuse(caller, call)) return true;
  const AppTraffic& app = apps_[caller.to];
  if (caller.budgeted) caller.budget->first_try(now());
  ++world_.recorder.attempts().injected;
  world_.recorder.sent(app.series.whole, now());
  if (!app.series.endpoints.empty()) {
    world_.recorder.sent(app.series.endpoints[call.endpoint], now());
  }
  const std::uint32_t index = visits_.take();
  Visit& visit = visits_[index];
  visit = {.key = first_visit(call.key),
           .sent = now(),
           .number = call.number,
           .caller = call.caller,
           .owner = call.owner,
           .serial = ++visits_made_,
           .from = from,
           .endpoint = call.endpoint,
           .router = static_cast<std::uint16_t>(router),
           .step = Visit::Step::to_router,
           .direct = true};
  const std::uint32_t order = tie(nth_attempt(call.key, 0));
  if (caller.timed) {
    visit.timeout =
        world_.scheduler.arm_for(caller.timeout, handlers_.direct_timeout, order, index);
  }
  if (at_once) {
    route_direct(index, caller.to);
  } else {
    const Duration delay = from == kNone ? network_.from_clients(router)
                                         : network_.from_host(router, instances_[from].host);
    visit.event = schedule_hop(delay, order, index);
  }
  return true;
}

/// True when the caller's guards let the call not go out, which settles it.
bool TrafficCore::refuse(Caller& caller, const Call& call) {
  const FailureReason reason = refusal(caller, call.key, 0);
  if (reason == FailureReason::count_) return false;
  const std::uint32_t index = calls_.take();
  calls_[index] = call;
  if (!retry(index, reason)) call_done(index, failure(reason));
  return true;
}

/// The delay's line is made if there may be one more.
engine::EventKey TrafficCore::schedule_first_hop(Duration delay, std::uint32_t order,
                                                 std::uint32_t visit) {
  DelayLine& line = delay_lines_[static_cast<std::uint64_t>(delay.count()) * kDelayMix >> 58];
  if (line.delay < Duration{0}) {
    line = {delay, world_.scheduler.add_delay_line()};
    if (line.id.valid()) return schedule_hop(delay, order, visit);
  }
  return world_.scheduler.schedule(now() + delay, engine::Priority::delivery, handlers_.visit,
                                   order, visit);
}

/// A direct visit is at its router.
void TrafficCore::at_router_direct(std::uint32_t index) {
  const Visit& visit = visits_[index];
  const std::uint32_t app = callers_[visit.caller].to;
  if (hands_out(visit.router, app) && network_.calm()) {
    route_direct(index, app);
  } else {
    at_router(expand(index));
  }
}

/// The router sends it to an instance; there are usable ones.
void TrafficCore::route_direct(std::uint32_t index, std::uint32_t app_index) {
  Visit& visit = visits_[index];
  const AppRouting& routing = apps_[app_index].routing;
  if (routing.mirrored) [[unlikely]] {
    mirrors_.copy({.attempt = nth_attempt(call_key(visit), 0),
                   .client = client_of(visit),
                   .app = app_index,
                   .router = visit.router,
                   .endpoint = visit.endpoint});
  }
  RouteView& table = view(visit.router, app_index);
  if (table.policy == nullptr) open_table(table, app_index);
  const RouteChoice row =
      table.policy->pick(table.table(), {.key = client_of(visit)}, *table.random);
  LEAPDAY_ASSERT(row.has_value(), "a policy found none among usable rows");
  const std::uint32_t instance = table.instance(*row);
  InstanceTraffic& to = station(instance);
  visit.lead = static_cast<std::uint32_t>((now() - visit.sent).count());
  visit.sent = now();
  visit.step = Visit::Step::connecting;
  visit.instance = instance;
  visit.row = *row;
  visit.row_epoch = table.epoch(*row);
  visit.counted = true;
  row_opened(table, routing, *row);
  if (routing.keep_alive && table.health_of(*row).idle > 0) {
    --table.own_health(*row).idle;
    visit.pooled = true;
  }
  ++to.touched;
  ++hosts_[to.host].touched;
  world_.recorder.sent(series_of(instance), now());
  if (!network_.trivial()) {
    visit.travelled = true;
    visit.event = schedule_hop(network_.to_host(visit.router, to.host), tie(visit.key), index);
    return;
  }
  if (to.state != InstanceTraffic::State::listening || !world_.hosts[to.host].up ||
      (to.serving.size >= to.limit && to.queue.size >= to.queue_limit)) {
    expand(index);
    reach_station(index);
    return;
  }
  if (routing.request_timeout > Duration{0} && !callers_[visit.caller].impatient) {
    visit.timer = world_.scheduler.arm(routing.request_lane, tie(visit.key), index);
  }
  let_in(to, index);
}

/// Whose request it is, as affinity() says.
std::uint64_t TrafficCore::client_of(const Visit& visit) const {
  const std::uint32_t load = callers_[visit.caller].load;
  if (load == kNone || !loads_[load].spec->closed) return call_key(visit);
  return hash_combine(loads_[load].name_hash, visit.owner);
}

/// The station has answered well.
void TrafficCore::answer_direct(std::uint32_t index) {
  if (network_.trivial()) {
    end_direct(index);
    return;
  }
  Visit& visit = visits_[index];
  visit.step = Visit::Step::answering;
  const Duration delay = network_.from_host(visit.router, instances_[visit.instance].host);
  visit.event = schedule_hop(delay, tie(visit.key), index);
}

/// The router has the answer.
void TrafficCore::answered_direct(std::uint32_t index) {
  Visit& visit = visits_[index];
  const std::uint32_t app = instances_[visit.instance].app;
  world_.recorder.answered(instances_[visit.instance].series, visit.sent, now());
  if (!response_sizes_.empty()) charge(visit);
  end_row(visit, kAnswered);
  const std::uint32_t table = visit.router * static_cast<std::uint32_t>(apps_.size()) + app;
  visit.step = Visit::Step::to_caller;
  const Duration delay = visit.from == kNone
                             ? network_.to_clients(visit.router)
                             : network_.to_host(visit.router, instances_[visit.from].host);
  visit.event = schedule_hop(delay, tie(nth_attempt(call_key(visit), 0)), index);
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

/// Answered, over a plain network: everybody hears of it now.
void TrafficCore::end_direct(std::uint32_t index) {
  Visit& visit = visits_[index];
  const std::uint32_t app = instances_[visit.instance].app;
  const std::uint64_t word = Recorder::answer_word(visit.sent, now());
  world_.recorder.answered(instances_[visit.instance].series, visit.sent, now(), word);
  if (!response_sizes_.empty()) charge(visit);
  end_row(visit, kAnswered);
  const std::uint32_t table = visit.router * static_cast<std::uint32_t>(apps_.size()) + app;
  settle_direct(index);
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

/// The caller has its answer.
void TrafficCore::settle_direct(std::uint32_t index) {
  Visit& visit = visits_[index];
  Recorder& recorder = world_.recorder;
  Caller& caller = callers_[visit.caller];
  const SubjectSeries& series = apps_[caller.to].series;
  const SimTime sent = call_sent(visit);
  world_.scheduler.cancel(visit.timeout);
  const std::uint64_t word = Recorder::answer_word(sent, now());
  ++recorder.attempts().answered;
  recorder.answered(series.whole, sent, now(), word);
  if (!series.endpoints.empty()) {
    recorder.answered(series.endpoints[visit.endpoint], sent, now(), word);
  }
  if (caller.guarded) note_settled(caller, kAnswered);
  const std::uint32_t owner = visit.owner;
  const std::uint64_t number = visit.number;
  const std::uint32_t endpoint = visit.endpoint;
  const std::uint64_t key = call_key(visit);
  visits_.free(index);
  if (caller.load == kNone) {
    ++recorder.calls().answered;
    call_settled(owner, static_cast<std::uint32_t>(number), caller.optional, kAnswered);
  } else {
    settle_request(caller.load, key, number, sent, endpoint, kAnswered);
    if (loads_[caller.load].spec->closed) client_thinks(caller.load, owner, 1);
  }
}

/// The caller of a direct visit has waited long enough.
void TrafficCore::direct_timed_out(std::uint32_t index) {
  visits_[index].timeout = {};
  attempt_timed_out(expand(index));
}

/// Makes the call and the attempt that a direct visit stands for, and returns the attempt. What is
/// not at an instance, or on its way to or from one, is no visit from then on.
std::uint32_t TrafficCore::expand(std::uint32_t index) {
  Visit& visit = visits_[index];
  if (!visit.direct) return visit.attempt;
  visit.direct = false;
  const std::uint32_t from = visit.from;
  visit.message = kNone;
  const std::uint32_t call = calls_.take();
  calls_[call] = {.key = call_key(visit),
                  .number = visit.number,
                  .sent = call_sent(visit),
                  .caller = visit.caller,
                  .owner = visit.owner,
                  .endpoint = visit.endpoint,
                  .for_visit = callers_[visit.caller].load == kNone};
  const std::uint32_t attempt_index = make_attempt(call, false, call_sent(visit));
  Attempt& attempt = attempts_[attempt_index];
  if (calls_[call].for_visit) {  // its owner may be gone
    attempt.origin = Attempt::Origin::instance;
    attempt.from = from;
  }
  attempt.router = visit.router;
  attempt.timeout = visit.timeout;
  visit.timeout = {};
  world_.scheduler.rename(attempt.timeout, handlers_.timeout, tie(attempt.key), attempt_index);
  const bool there = visit.step == Visit::Step::to_router;
  if (!there) note_try(attempt, index, visit.instance);
  visit.attempt = attempt_index;
  if (!there && visit.step != Visit::Step::to_caller) return attempt_index;
  attempt.step = there ? Attempt::Step::to_router : Attempt::Step::to_caller;
  attempt.visit = kNone;
  if (visit.event != 0) {
    attempt.event = world_.scheduler.schedule(engine::Scheduler::time_of(visit.event),
                                              engine::Priority::delivery, handlers_.attempt,
                                              tie(attempt.key), attempt_index);
  }
  visits_.free(index);
  return attempt_index;
}

/// Whoever is about to look through all calls or attempts asks for this first.
void TrafficCore::expand_all() {
  visits_.for_each([this](std::uint32_t index, const Visit& visit) {
    if (visit.direct) expand(index);
  });
}

}  // namespace leapday::model
