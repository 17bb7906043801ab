/// \file traffic_direct.cpp
/// Calls that are one visit and nothing else: over a plain network, by a caller that neither times
/// out nor hedges nor guards itself, to an instance that takes them at once or lets them queue.
/// Why: call, attempt and visit then begin at one instant and end at another, all three. Whoever
/// asks for the two that are not there, because something has happened, gets them made as if they
/// had always been.
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

/// False when something is in the way, and nothing was done.
bool TrafficCore::begin_direct(const Call& call, std::uint32_t from) {
  Caller& caller = callers_[call.caller];
  const std::uint32_t router = choose_router(call.for_visit ? call.key : call.number);
  if (!world_.routers[router].up) return false;
  if (fast_.apps[caller.to].active) leave_fast_path(caller.to);
  AppTraffic& app = apps_[caller.to];
  RouteView& table = view(router, caller.to);
  if (table.waiting.size > 0 || table.usable == 0 || !table.out.empty()) return false;
  if (table.policy == nullptr) open_table(table, caller.to);
  std::uint64_t client = call.key;
  if (!call.for_visit) client = affinity(call, kNone);
  const std::optional<std::uint32_t> row =
      table.policy->pick(table.table(), {.key = client}, *table.random);
  LEAPDAY_ASSERT(row.has_value(), "a policy found none among usable rows");
  const std::uint32_t instance = table.instance(*row);
  InstanceTraffic& to = station(instance);
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
           .call_key = call.key,
           .number = call.number,
           .caller = call.caller,
           .owner = call.owner,
           .serial = ++visits_made_,
           .instance = instance,
           .endpoint = call.endpoint,
           .router = router,
           .row_epoch = table.epoch(*row),
           .from = from,
           .counted = true,
           .direct = true};
  row_opened(table, app.routing, *row);
  if (app.routing.keep_alive && table.health_of(*row).idle > 0) {
    --table.own_health(*row).idle;
    visit.pooled = true;
  }
  ++to.touched;
  ++hosts_[to.host].touched;
  world_.recorder.sent(series_of(instance), now());
  if (to.state != InstanceTraffic::State::listening || !world_.hosts[to.host].up ||
      (to.serving.size >= to.limit && to.queue.size >= to.queue_limit)) {
    expand(index);
    reach_station(index);
    return true;
  }
  if (app.routing.request_timeout > Duration{0}) {
    visit.timer = world_.scheduler.arm(app.routing.request_lane, tie(visit.key), index);
  }
  let_in(to, index);
  return true;
}

/// Answered, over a plain network: everybody hears of it now.
void TrafficCore::end_direct(std::uint32_t index) {
  Visit& visit = visits_[index];
  Recorder& recorder = world_.recorder;
  const std::uint32_t app_index = instances_[visit.instance].app;
  const SubjectSeries& series = apps_[app_index].series;
  const std::uint64_t word = Recorder::answer_word(visit.sent, now());
  recorder.answered(instances_[visit.instance].series, visit.sent, now(), word);
  end_row(visit, kAnswered);
  ++recorder.attempts().answered;
  recorder.answered(series.whole, visit.sent, now(), word);
  if (!series.endpoints.empty()) {
    recorder.answered(series.endpoints[visit.endpoint], visit.sent, now(), word);
  }
  const std::uint32_t table = visit.router * static_cast<std::uint32_t>(apps_.size()) + app_index;
  const Caller& caller = callers_[visit.caller];
  const std::uint32_t owner = visit.owner;
  const std::uint64_t number = visit.number;
  visits_.free(index);
  if (caller.load == kNone) {
    ++recorder.calls().answered;
    call_settled(owner, static_cast<std::uint32_t>(number), caller.optional, kAnswered);
  } else {
    settle_request(caller.load, visit.call_key, number, visit.sent, visit.endpoint, kAnswered);
    if (loads_[caller.load].spec->closed) client_thinks(caller.load, owner, 1);
  }
  if (views_[table].waiting.size > 0) serve_waiting(table);
}

/// Makes the call and the attempt that a direct visit stands for.
void TrafficCore::expand(std::uint32_t index) {
  Visit& visit = visits_[index];
  if (!visit.direct) return;
  visit.direct = false;
  const std::uint32_t from = visit.from;
  visit.message = kNone;
  const std::uint32_t call = calls_.take();
  calls_[call] = {.key = visit.call_key,
                  .number = visit.number,
                  .sent = visit.sent,
                  .caller = visit.caller,
                  .owner = visit.owner,
                  .endpoint = visit.endpoint,
                  .for_visit = callers_[visit.caller].load == kNone};
  const std::uint32_t attempt_index = make_attempt(call, false, visit.sent);
  Attempt& attempt = attempts_[attempt_index];
  if (calls_[call].for_visit) {
    attempt.origin = Attempt::Origin::instance;
    attempt.from = from;
  }
  attempt.router = visit.router;
  note_try(attempt, index, visit.instance);
  visit.attempt = attempt_index;
}

/// Whoever is about to look through all calls or attempts asks for this first.
void TrafficCore::expand_all() {
  visits_.for_each([this](std::uint32_t index, const Visit& visit) {
    if (visit.direct) expand(index);
  });
}

}  // namespace leapday::model
