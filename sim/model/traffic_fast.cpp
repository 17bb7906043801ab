/// \file traffic_fast.cpp
/// The fast path: calm apps' arrivals and departures in a loop of their own, between the run's
/// other events and in the very order they would have among them.
/// Why: most requests of most runs meet nothing. Both paths settle the same outcomes at the same
/// instants, so that the trace hash is the same; tests hold one against the other.
#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

constexpr std::uint32_t kFirstBackOff = 64;  ///< Arrivals between two tries to become active.
constexpr std::uint32_t kLastBackOff = 1U << 16;

}  // namespace

// ---- what may take the fast path -------------------------------------------------------------

/// By the scenario alone: requests of this app can only wait, be served and be answered.
bool TrafficCore::fast_possible(std::uint32_t app_index) const {
  const AppState& app = world_.apps[app_index];
  const AppRouting& routing = apps_[app_index].routing;
  if (app.spec->kind != AppKind::http && app.spec->kind != AppKind::tcp) return false;
  if (app.spec->discipline != Discipline::fifo || apps_[app_index].meter != kNone) return false;
  if (global_ != nullptr || is_charged(app_index)) return false;
  constexpr std::size_t kNames = std::numeric_limits<std::uint16_t>::max();  // of a FastRequest
  if (routers_.size() > kNames || app.endpoint_names.size() > kNames) return false;
  if (routing.per_connection || routing.keep_alive) return false;
  if (apps_[app_index].checked || checks_.has_front_door()) return false;
  if (routing.mirrored || flags_.any(app_index)) return false;
  if (routing.ejection.kind() != EjectionKind::none) return false;
  if (!apps_[app_index].releases.empty() || world_.may_break(app)) return false;
  for (const ReleaseState& release : app.releases) {
    if (!release.crash_probability.is_zero() || !release.clock_defects.empty()) return false;
    for (const EndpointState& endpoint : release.endpoints) {
      if (!endpoint.error_rate.is_zero() || !endpoint.calls->empty()) return false;
    }
  }
  for (const Caller& caller : callers_) {
    if (caller.target != Caller::Target::app || caller.to != app_index) continue;
    if (caller.load == kNone) return false;
    if (caller.breaker || caller.throttle || caller.policy->hedge_after) return false;
    const Load& load = *loads_[caller.load].spec;
    if (load.closed || load.trace || load.users > 0) return false;
  }
  return true;
}

void TrafficCore::set_up_fast_path() {
  fast_.apps.resize(apps_.size());
  fast_.loads.resize(loads_.size());
  if (world_.scenario.run.ties != TieOrder::fixed) return;
  for (std::uint32_t a = 0; a < apps_.size(); ++a) fast_.apps[a].possible = fast_possible(a);
  for (std::uint32_t l = 0; l < loads_.size(); ++l) {
    fast_.apps[loads_[l].app].loads.push_back(l);
    double& patience = fast_.loads[l].patience;
    const Duration router = apps_[loads_[l].app].routing.request_timeout;
    if (router > Duration{0}) patience = std::min(patience, static_cast<double>(router.count()));
    if (const auto& own = loads_[l].spec->policy.timeout) {
      patience = std::min(patience, static_cast<double>(own->count()));
    }
    if (patience < 1e17) fast_.loads[l].deadline = engine::from_nanoseconds(patience) - 2ns;
  }
  set_up_eager_path();
}

void TrafficCore::without_fast_path() {
  for (FastApp& app : fast_.apps) app.possible = false;
  for (Caller& caller : callers_) caller.plain = false;
  without_eager_path();
}

/// By the state of things: every router knows good instances only, which hold only requests that
/// the fast path could have sent there itself.
bool TrafficCore::calm(std::uint32_t app_index) {
  if (!network_.trivial()) return false;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    if (!world_.routers[r].up || routers_[r].known_down) return false;
    const RouteView& table = view(r, app_index);
    if (table.waiting.size > 0 || !table.out.empty() || table.empty()) return false;
    if (table.usable != table.size()) return false;
    if (r > 0 && table.place == view(r - 1, app_index).place) continue;
    for (const RouteEntry& row : table.place.entries()) {
      const InstanceTraffic& to = instances_[row.instance.index];
      if (to.state != InstanceTraffic::State::listening || !world_.hosts[to.host].up) return false;
      if (to.rate <= 0 || !can_take_over(to)) return false;
    }
  }
  return true;
}

bool TrafficCore::can_take_over(const InstanceTraffic& to) {
  double work = 0;
  for (const List* list : {&to.serving, &to.queue}) {
    for (std::uint32_t v = list->head; v != kNone; v = visits_[v].next) {
      expand(v);
      const Visit& visit = visits_[v];
      if (visit.attempt == kNone || !visit.counted || visit.travelled) return false;
      const Attempt& attempt = attempts_[visit.attempt];
      if (attempt.call == kNone || attempt.tries != 1) return false;
      const Call& call = calls_[attempt.call];
      if (call.attempts != 1 || call.for_visit || visit.sent != call.sent) return false;
      const RouteView& table = views_[attempt.router * apps_.size() + to.app];
      if (row_of(table, visit) == kNone) return false;
      if (list == &to.serving && visit.event == 0) return false;
      work += visit.work;
      const std::uint32_t load = callers_[call.caller].load;
      const double waited = static_cast<double>((now() - call.sent).count());
      if (waited + work / to.rate + 2 >= fast_.loads[load].patience) return false;
    }
  }
  return true;
}

// ---- there and back --------------------------------------------------------------------------

/// Asked at some of an app's arrivals on the slow path.
void TrafficCore::try_fast_path(std::uint32_t app_index) {
  FastApp& fast = fast_.apps[app_index];
  if (!fast.possible || fast.active || --fast.countdown > 0) return;
  if (!calm(app_index)) {
    fast.countdown = fast.back_off;
    fast.back_off = std::min(2 * fast.back_off, kLastBackOff);
    return;
  }
  fast.active = true;
  fast.back_off = kFirstBackOff;
  if (fast_.stations.size() < instances_.size()) fast_.stations.resize(instances_.size());
  for_each_routed(app_index, [this](std::uint32_t instance) { take_over(instance); });
  for (const std::uint32_t load : fast.loads) {
    const engine::EventKey next = loads_[load].scheduled;
    loads_[load].scheduled = 0;
    fast_.loads[load].next = next;
    if (next != 0) fast_.arrivals.push({next, load});
  }
  wake_fast_path();
}

/// Makes fast requests of what is at a station.
void TrafficCore::take_over(std::uint32_t instance) {
  InstanceTraffic& to = instances_[instance];
  FastApp& fast = fast_.apps[to.app];
  FastStation& station = fast_.stations[instance];
  if (station.endpoints != nullptr) return;  // another router's row came first
  station.endpoints = world_.release_of(world_.instances[instance]).endpoints.data();
  station.rate = to.rate;
  station.limit = to.limit;
  station.queue_limit = to.queue_limit;
  station.series = series_of(instance);
  station.app = to.app;
  station.watch_at = to.watch_at;
  for (List* list : {&to.serving, &to.queue}) {
    while (list->size > 0) {
      const std::uint32_t v = list->head;
      list->remove(visits_, v);
      Visit& visit = visits_[v];
      Attempt& attempt = attempts_[visit.attempt];
      const Call& call = calls_[attempt.call];
      const std::uint32_t slot =
          fast_.requests.add({.number = call.number,
                              .sent = call.sent,
                              .work = visit.work,
                              .load = callers_[call.caller].load,
                              .row = view(attempt.router, to.app).find(instance),
                              .instance = instance,
                              .router = static_cast<std::uint16_t>(attempt.router),
                              .endpoint = static_cast<std::uint16_t>(call.endpoint)},
                             fast.newest);
      station.work += visit.work;
      if (list == &to.serving) {
        ++station.serving;
        fast_.requests[slot].done = engine::Scheduler::time_of(visit.event);
        fast_.departures.push({visit.event, departure_payload(visit.key, slot)});
      } else {
        fast_enqueue(station, slot);
      }
      world_.scheduler.cancel(attempt.timeout);
      world_.scheduler.cancel(visit.timer);
      calls_.free(attempt.call);
      free_attempt(visit.attempt);
      visits_.free(v);
    }
  }
}

void TrafficCore::fast_enqueue(FastStation& station, std::uint32_t slot) {
  (station.tail == kNone ? station.head : fast_.requests[station.tail].next) = slot;
  station.tail = slot;
  ++station.waiting;
}

/// Something is about to happen to an instance, or to a router's knowledge of it.
void TrafficCore::disturb(std::uint32_t instance) {
  if (instance < instances_.size() && instances_[instance].known) {
    leave_fast_path(instances_[instance].app);
  }
}

void TrafficCore::leave_fast_path(std::uint32_t app_index) {
  FastApp& fast = fast_.apps[app_index];
  if (!fast.active) return;
  leave_eager_path(app_index);
  fast.active = false;
  fast.countdown = fast.back_off;
  fast_.queued = true;
  for (const std::uint32_t load : fast.loads) {
    const engine::EventKey next = fast_.loads[load].next;
    fast_.loads[load].next = 0;
    if (next != 0) put_arrival(load, engine::Scheduler::time_of(next));
  }
  fast_.late_lanes.clear();
  for (const std::uint32_t slot : fast_requests_of(fast)) {
    give_back(fast_.requests[slot]);
    fast_.requests.remove(slot, fast.newest);
  }
  for_each_routed(app_index, [this](std::uint32_t instance) { close_station(instance); });
}

/// An app's requests in the order of sending, which is that of every queue and of every time-out's
/// lane.
std::vector<std::uint32_t> TrafficCore::fast_requests_of(const FastApp& fast) {
  std::vector<std::uint32_t> open;
  for (std::uint32_t slot = fast.newest; slot != kNone; slot = fast_.requests[slot].older) {
    open.push_back(slot);
  }
  std::sort(open.begin(), open.end(), [&](std::uint32_t a, std::uint32_t b) {
    const FastRequest& x = fast_.requests[a];
    const FastRequest& y = fast_.requests[b];
    return std::tie(x.sent, x.load, x.number) < std::tie(y.sent, y.load, y.number);
  });
  return open;
}

void TrafficCore::close_station(std::uint32_t instance) {
  FastStation& station = fast_.stations[instance];
  if (station.endpoints == nullptr) return;
  InstanceTraffic& to = instances_[instance];
  to.touched += station.arrived;
  hosts_[to.host].touched += station.arrived;
  to.cores = station.serving;
  to.left += station.left;
  to.watch_at = station.watch_at;
  station = {};
}

/// Where time-outs of requests given back are armed now: their own lane may be ahead of them.
engine::LaneId TrafficCore::late_lane(engine::LaneId lane) {
  for (const auto& [own, late] : fast_.late_lanes) {
    if (own.index == lane.index) return late;
  }
  fast_.late_lanes.emplace_back(lane, world_.scheduler.late_lane(lane));
  return fast_.late_lanes.back().second;
}

/// Makes a call, an attempt and a visit of a fast request, as if they had always been.
void TrafficCore::give_back(const FastRequest& request) {
  InstanceTraffic& to = instances_[request.instance];
  const AppRouting& routing = apps_[to.app].routing;
  const std::uint32_t call = make_call(request.load, request.number, kNone, request.endpoint);
  calls_[call].sent = request.sent;
  const std::uint32_t attempt = make_attempt(call, false, request.sent);
  const Caller& caller = callers_[loads_[request.load].caller];
  if (caller.timed) {
    attempts_[attempt].timeout =
        world_.scheduler.arm_at(late_lane(caller.timeout), request.sent + *caller.policy->timeout,
                                tie(attempts_[attempt].key), attempt);
  }
  attempts_[attempt].router = request.router;
  const std::uint32_t index = make_try(attempt, request.instance);
  Visit& visit = visits_[index];
  visit.sent = request.sent;
  visit.counted = true;
  visit.row_epoch = view(request.router, to.app).epoch(request.row);
  visit.work = request.work;
  if (visit.sampled) [[unlikely]]
    traces_.given_back(plain_trace(request, to.rate));
  if (routing.request_timeout > Duration{0}) {
    const SimTime due = request.sent + routing.request_timeout;
    visit.timer =
        world_.scheduler.arm_at(late_lane(routing.request_lane), due, tie(visit.key), index);
  }
  if (request.done == kNotServed) {
    visit.step = Visit::Step::queued;
    to.queue.push_back(visits_, index);
    return;
  }
  visit.step = Visit::Step::serving;
  visit.since = request.done - service_wait(to.rate, visit.work);
  visit.event = world_.scheduler.schedule(request.done, engine::Priority::completion,
                                          handlers_.completion, tie(visit.key), index);
  to.serving.push_back(visits_, index);
}

/// Requests in service, whichever path they take.
std::uint32_t TrafficCore::serving(std::uint32_t instance) const {
  const std::uint32_t slow = instances_[instance].serving.size;
  if (!on_fast_path(instance)) return slow;
  const FastStation& station = fast_.stations[instance];
  return slow + std::min(station.serving, station.limit);  // eager apps' stations count all
}

std::uint32_t TrafficCore::waiting(std::uint32_t instance) const {
  const std::uint32_t slow = instances_[instance].queue.size;
  if (!on_fast_path(instance)) return slow;
  const FastStation& station = fast_.stations[instance];
  return slow + station.waiting + station.serving - std::min(station.serving, station.limit);
}

std::uint64_t TrafficCore::turns_taken(std::uint32_t instance) const {
  return instances_[instance].left + (on_fast_path(instance) ? fast_.stations[instance].left : 0);
}

// ---- the loop --------------------------------------------------------------------------------

/// Asks the run to come back at the next arrival or departure.
void TrafficCore::wake_fast_path() {
  const engine::EventKey arrival = fast_.arrivals.top().key;
  const engine::EventKey departure = fast_.departures.top().key;
  const engine::EventKey next = std::min(arrival, departure);
  if (next == engine::kNoEvent.key || next == fast_.wake) return;
  const engine::Priority priority =
      arrival < departure ? engine::Priority::arrival : engine::Priority::completion;
  fast_.wake =
      world_.scheduler.schedule(engine::Scheduler::time_of(next), priority, handlers_.fast, 0);
}

void TrafficCore::fast_path() {
  engine::EventKey due = world_.scheduler.current_key();
  if (fast_.wake != due) return;
  fast_.wake = 0;
  if (!network_.trivial()) {
    for (std::uint32_t a = 0; a < apps_.size(); ++a) leave_fast_path(a);
    fast_.arrivals = {};
    fast_.departures = engine::EventQueue();
    return;
  }
  engine::EventKey horizon = 0;
  bool stopped = false;
  fast_.queued = true;
  for (bool first = true;; first = false) {
    const engine::Event arrival = fast_.arrivals.top();
    const engine::Event departure = fast_.departures.top();
    const engine::EventKey next = std::min(arrival.key, departure.key);
    if (fast_.queued) {
      horizon = world_.scheduler.horizon();
      fast_.queued = false;
    }
    // What was due at first may have left the fast path.
    if (next > due && (first || next >= horizon)) break;
    turn_eager_row(next);
    const bool departs = departure.key <= arrival.key;
    if (departs ? stands_for_app(departure) : is_eager(arrival)) {
      if (first) ++eager_.counted;
      if (departs) {
        eager_due(departure);
      } else if (world_.scheduler.allowance() == 0) {
        stopped = true;
        break;
      } else {
        eager_arrivals(std::max(std::min(horizon, departure.key), due + 1));
        due = world_.scheduler.current_key();
      }
      continue;
    }
    if (!first && !world_.scheduler.advance(next)) {
      stopped = true;
      break;
    }
    due = next;
    if (departs) {
      fast_.departures.pop();
      fast_departure(departure);
    } else {
      fast_arrival(arrival);
    }
  }
  // What is due now is over, whatever else comes at this key.
  settle_eager_before(stopped ? world_.scheduler.current_key() : std::max(horizon, due + 1));
  wake_fast_path();
}

void TrafficCore::fast_arrival(engine::Event event) {
  const auto index = static_cast<std::uint32_t>(event.payload);
  if (fast_.loads[index].next != event.key) {  // it has left the fast path
    fast_.arrivals.pop();
    return;
  }
  LoadState& load = loads_[index];
  EagerApp& eager = eager_.apps[load.app];
  if (eager.possible && --eager.countdown == 0) {
    eager.countdown = EagerApp::kBatch;
    if (may_be_eager(load.app)) {
      make_eager(load.app);
      ++eager_.counted;  // it is taken up again as one of an eager app
      return;
    }
  }
  const std::uint64_t number = load.next_number++;
  fast_.loads[index].next = 0;
  const SimTime next = next_arrival(load);
  if (next != ArrivalProcess::kNever) {
    fast_.loads[index].next = engine::Scheduler::key(next, engine::Priority::arrival);
    fast_.arrivals.replace_top({fast_.loads[index].next, index});
  } else {
    fast_.arrivals.pop();
  }
  const std::uint64_t key = hash_combine(load.name_hash, number);
  FastRequest request{.number = number, .sent = now(), .load = index};
  request.endpoint = static_cast<std::uint16_t>(draw_endpoint(load, key));
  if (routers_.size() > 1) request.router = static_cast<std::uint16_t>(number % routers_.size());
  RouteView& table = view(request.router, load.app);
  RouteChoice row;
  if (table.usable > 0) {
    if (table.policy == nullptr) open_table(table, load.app);
    row = table.policy->pick(table.table(), {.key = client_key(load, number, key)}, *table.random);
  }
  if (!row) {  // all are full, or the policy turns it away
    leave_fast_path(load.app);
    send_request(index, number, kNone, request.endpoint);
    return;
  }
  request.row = *row;
  request.instance = table.instance(*row);
  fast_reach_station(request, key);
}

/// At the instance that its router chose, at once.
void TrafficCore::fast_reach_station(FastRequest& request, std::uint64_t key) {
  const LoadState& load = loads_[request.load];
  FastStation& station = fast_.stations[request.instance];
  const std::uint64_t visit_key = first_visit(key);
  request.work =
      static_cast<double>(draw_service(station.endpoints[request.endpoint], visit_key).count());
  const bool waits = station.serving >= station.limit;
  const bool rejected = waits && station.waiting >= station.queue_limit;
  const double ahead = (waits ? station.work / station.limit : 0) + request.work;
  if (rejected || ahead + 2 * station.rate >= fast_.loads[request.load].patience * station.rate) {
    send_past_fast_path(request);
    return;
  }
  AppTraffic& app = apps_[load.app];
  Caller& caller = callers_[load.caller];
  if (caller.budget) caller.budget->first_try(now());
  record_request(load, request.endpoint);
  ++world_.recorder.attempts().injected;
  world_.recorder.sent(app.series.whole, now());
  if (!app.series.endpoints.empty()) {
    world_.recorder.sent(app.series.endpoints[request.endpoint], now());
  }
  world_.recorder.sent(station.series, now());
  ++station.arrived;
  row_opened(view(request.router, load.app), app.routing, request.row);
  station.work += request.work;
  if (now() >= kSimStart) app.offered_work += request.work;
  const std::uint32_t slot = fast_.requests.add(request, fast_.apps[load.app].newest);
  if (waits) {
    fast_enqueue(station, slot);
    change_queue(load.app, 1, 1);
  } else {
    change_queue(load.app, 0, 1);
    change_app_cores(app, 1);
    fast_serve(station, slot, visit_key);
  }
}

/// The slow path takes it from where its router has chosen an instance.
void TrafficCore::send_past_fast_path(const FastRequest& request) {
  LoadState& load = loads_[request.load];
  leave_fast_path(load.app);
  const std::uint32_t call = make_call(request.load, request.number, kNone, request.endpoint);
  record_request(load, request.endpoint);
  if (calls_[call].sampled) [[unlikely]]
    trace_call(calls_[call]);
  const std::uint32_t attempt = open_attempt(call, false);
  attempts_[attempt].router = request.router;
  connect(attempt, request.instance, request.row);
}

void TrafficCore::fast_serve(FastStation& station, std::uint32_t slot, std::uint64_t visit_key) {
  FastRequest& request = fast_.requests[slot];
  if (++station.serving >= station.watch_at) {
    station.watch_at = kNone;
    fast_.queued = true;
    settle_eager_before(world_.scheduler.current_key());
    hooks_.loaded({request.instance});
  }
  request.done = now() + service_wait(station.rate, request.work);
  fast_.departures.push({completion_key(request.done), departure_payload(visit_key, slot)});
}

void TrafficCore::fast_departure(engine::Event event) {
  const auto slot =
      static_cast<std::uint32_t>(event.payload >> 8) & (engine::Scheduler::kNames - 1);
  const FastRequest request = fast_.requests[slot];
  if (request.instance == kNone || request.done != now()) return;  // of an earlier stay
  FastStation& station = fast_.stations[request.instance];
  const std::uint32_t app_index = station.app;
  FastApp& fast = fast_.apps[app_index];
  AppTraffic& app = apps_[app_index];
  const LoadState& load = loads_[request.load];
  fast_.requests.remove(slot, fast.newest);
  --station.serving;
  ++station.left;
  station.work -= request.work;
  if (station.waiting > 0) {
    const std::uint32_t next = station.head;
    const FastRequest& waiting = fast_.requests[next];
    station.head = waiting.next;
    if (--station.waiting == 0) station.tail = kNone;
    change_queue(app_index, -1, -1);
    const std::uint64_t key = hash_combine(loads_[waiting.load].name_hash, waiting.number);
    fast_serve(station, next, first_visit(key));
  } else {
    change_queue(app_index, 0, -1);
    change_app_cores(app, -1);
  }
  row_closed(view(request.router, app_index), app.routing, request.row);
  Recorder& recorder = world_.recorder;
  const std::uint64_t word = Recorder::answer_word(request.sent, now());
  recorder.answered(station.series, request.sent, now(), word);
  ++recorder.attempts().answered;
  recorder.answered(app.series.whole, request.sent, now(), word);
  if (!app.series.endpoints.empty()) {
    recorder.answered(app.series.endpoints[request.endpoint], request.sent, now(), word);
  }
  if (watcher_ != nullptr) fast_.queued = true;  // whoever watches may act
  const std::uint64_t key = hash_combine(load.name_hash, request.number);
  if (traces_.takes(key)) [[unlikely]]
    traces_.settled(plain_trace(request, station.rate));
  settle_request(request.load, key, request.number, request.sent, request.endpoint, kAnswered);
}

// ---- what an instance works on, on whichever path ---------------------------------------------

std::uint64_t TrafficCore::fast_arrived(std::uint32_t instance) const {
  return on_fast_path(instance) ? fast_.stations[instance].arrived : 0;
}

std::uint32_t TrafficCore::most_open(std::uint32_t app) const {
  const std::int64_t limit = apps_[app].routing.max_connections;
  return limit > 0 && limit < kNone ? static_cast<std::uint32_t>(limit) : kNone;
}

}  // namespace leapday::model
