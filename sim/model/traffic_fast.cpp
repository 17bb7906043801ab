/// \file traffic_fast.cpp
/// The fast path: calm apps' arrivals and departures in a loop of their own, between the run's
/// other events and in the very order they would have among them.
/// Why: most requests of most runs meet nothing. Both paths settle the same outcomes at the same
/// instants, so that the trace hash is the same; tests hold one against the other.
#include <algorithm>
#include <tuple>
#include <vector>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

constexpr std::uint32_t kFirstBackOff = 64;  ///< Arrivals between two tries to become active.
constexpr std::uint32_t kLastBackOff = 1U << 16;

engine::EventKey completion_key(SimTime at) {
  return engine::Scheduler::key(at, engine::Priority::completion);
}

SimTime time_of(engine::EventKey key) {
  return SimTime{Duration{static_cast<std::int64_t>(key >> 3) - (std::int64_t{1} << 60)}};
}

}  // namespace

// ---- what may take the fast path -------------------------------------------------------------

/// By the scenario alone: requests of this app can only wait, be served and be answered.
bool TrafficCore::fast_possible(std::uint32_t app_index) const {
  const AppState& app = world_.apps[app_index];
  const AppRouting& routing = apps_[app_index].routing;
  if (app.spec->kind != AppKind::http && app.spec->kind != AppKind::tcp) return false;
  if (app.spec->discipline != Discipline::fifo) return false;
  if (routing.per_connection || routing.keep_alive) return false;
  if (routing.ejection.kind() != EjectionKind::none) return false;
  for (const ReleaseState& release : app.releases) {
    if (!release.crash_probability.is_zero()) return false;
    for (const EndpointState& endpoint : release.endpoints) {
      if (!endpoint.error_rate.is_zero() || !endpoint.calls->empty()) return false;
    }
  }
  for (const Caller& caller : callers_) {
    if (caller.target != Caller::Target::app || caller.to != app_index) continue;
    if (caller.load == kNone) return false;
    if (caller.breaker || caller.throttle || caller.policy->hedge_after) return false;
    const Load& load = *loads_[caller.load].spec;
    if (load.closed || load.trace) return false;
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
  }
}

void TrafficCore::without_fast_path() {
  for (FastApp& app : fast_.apps) app.possible = false;
}

/// By the state of things: every router knows good instances only, which hold only requests that
/// the fast path could have sent there itself.
bool TrafficCore::calm(std::uint32_t app_index) {
  if (!network_.trivial()) return false;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    if (!world_.routers[r].up || routers_[r].known_down) return false;
    const RouteView& table = view(r, app_index);
    if (table.waiting.size > 0 || table.out > 0 || table.rows.empty()) return false;
    if (table.usable != table.rows.size()) return false;
    for (const RouteRow& row : table.rows) {
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
      const Visit& visit = visits_[v];
      if (visit.attempt == kNone || !visit.counted) return false;
      const Attempt& attempt = attempts_[visit.attempt];
      if (attempt.call == kNone || attempt.tries != 1) return false;
      const Call& call = calls_[attempt.call];
      if (call.attempts != 1 || call.for_visit) return false;
      const RouteView& table = views_[attempt.router * apps_.size() + to.app];
      const auto row = table.row_of.find(visit.instance);
      if (row == table.row_of.end() || table.health[row->second].epoch != visit.row_epoch) {
        return false;
      }
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
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    for (const RouteRow& row : view(r, app_index).rows) take_over(row.instance.index);
  }
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
  for (List* list : {&to.serving, &to.queue}) {
    while (list->size > 0) {
      const std::uint32_t v = list->head;
      list->remove(visits_, v);
      Visit& visit = visits_[v];
      Attempt& attempt = attempts_[visit.attempt];
      const Call& call = calls_[attempt.call];
      const std::uint32_t index = fast.requests.make();
      FastRequest& request = fast.requests[index];
      request = {.key = call.key,
                 .number = call.number,
                 .sent = call.sent,
                 .work = visit.work,
                 .load = callers_[call.caller].load,
                 .endpoint = call.endpoint,
                 .router = attempt.router,
                 .row = view(attempt.router, to.app).row_of.at(instance),
                 .instance = instance};
      station.work += visit.work;
      if (list == &to.serving) {
        ++station.serving;
        request.done = time_of(visit.event);
        fast_.departures.push({visit.event, std::uint64_t{instance} << 32 | index});
      } else {
        fast_enqueue(fast, station, index);
      }
      world_.scheduler.cancel(attempt.timeout);
      world_.scheduler.cancel(visit.timer);
      calls_.free(attempt.call);
      free_attempt(visit.attempt);
      visits_.free(v);
    }
  }
  to.queued_work = 0;
}

void TrafficCore::fast_enqueue(FastApp& fast, FastStation& station, std::uint32_t index) {
  (station.tail == kNone ? station.head : fast.requests[station.tail].next) = index;
  station.tail = index;
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
  fast.active = false;
  fast.countdown = fast.back_off;
  for (const std::uint32_t load : fast.loads) {
    const engine::EventKey next = fast_.loads[load].next;
    fast_.loads[load].next = 0;
    if (next != 0) put_arrival(load, time_of(next));
  }
  // In the order of sending, which is that of every queue and of every time-out's lane.
  std::vector<std::uint32_t> open;
  fast.requests.for_each([&](std::uint32_t index, const FastRequest&) { open.push_back(index); });
  std::sort(open.begin(), open.end(), [&](std::uint32_t a, std::uint32_t b) {
    const FastRequest& x = fast.requests[a];
    const FastRequest& y = fast.requests[b];
    return std::tie(x.sent, x.load, x.number) < std::tie(y.sent, y.load, y.number);
  });
  for (const std::uint32_t index : open) {
    fast_.stations[fast.requests[index].instance] = {};
    give_back(fast.requests[index]);
    fast.requests.free(index);
  }
}

/// Makes a call, an attempt and a visit of a fast request, as if they had always been.
void TrafficCore::give_back(const FastRequest& request) {
  InstanceTraffic& to = instances_[request.instance];
  const AppRouting& routing = apps_[to.app].routing;
  const std::uint32_t call = make_call(request.load, request.number, kNone, request.endpoint);
  calls_[call].sent = request.sent;
  const std::uint32_t attempt = make_attempt(call, false, request.sent);
  attempts_[attempt].router = request.router;
  const std::uint32_t index = make_try(attempt, request.instance);
  Visit& visit = visits_[index];
  visit.sent = request.sent;
  visit.counted = true;
  visit.row_epoch = view(request.router, to.app).health[request.row].epoch;
  visit.work = request.work;
  if (routing.request_timeout > Duration{0}) {
    const SimTime late = request.sent + routing.request_timeout;
    visit.timer = world_.scheduler.arm_at(routing.request_lane, late, index);
  }
  if (request.done == kNotServed) {
    visit.step = Visit::Step::queued;
    to.queued_work += visit.work;
    to.queue.push_back(visits_, index);
    return;
  }
  visit.step = Visit::Step::serving;
  visit.since = request.done - service_wait(to, visit.work);
  visit.event = world_.scheduler.schedule(request.done, engine::Priority::completion,
                                          handlers_.completion, request.instance, index);
  to.serving.push_back(visits_, index);
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
  fast_.wake = world_.scheduler.schedule(time_of(next), priority, handlers_.fast, 0);
}

void TrafficCore::fast_path() {
  engine::EventKey due = world_.scheduler.current_key();
  if (fast_.wake != due) return;
  fast_.wake = 0;
  if (!network_.trivial()) {
    for (std::uint32_t a = 0; a < apps_.size(); ++a) leave_fast_path(a);
    return;
  }
  for (bool first = true;;) {
    const engine::Event arrival = fast_.arrivals.top();
    const engine::Event departure = fast_.departures.top();
    const engine::EventKey next = std::min(arrival.key, departure.key);
    if (!first) {
      if (next > due && next >= world_.scheduler.horizon()) break;
      if (!world_.scheduler.advance(next)) break;
    } else if (next > due) {  // what was due has left the fast path
      break;
    }
    first = false;
    due = next;
    if (departure.key <= arrival.key) {
      fast_.departures.pop();
      fast_departure(departure);
    } else {
      fast_.arrivals.pop();
      fast_arrival(arrival);
    }
  }
  wake_fast_path();
}

void TrafficCore::fast_arrival(engine::Event event) {
  const auto index = static_cast<std::uint32_t>(event.payload);
  if (fast_.loads[index].next != event.key) return;  // it has left the fast path
  LoadState& load = loads_[index];
  AppTraffic& app = apps_[load.app];
  FastApp& fast = fast_.apps[load.app];
  const std::uint64_t number = load.next_number++;
  fast_.loads[index].next = 0;
  if (const std::optional<SimTime> at = next_arrival(load)) {
    fast_.loads[index].next = engine::Scheduler::key(*at, engine::Priority::arrival);
    fast_.arrivals.push({fast_.loads[index].next, index});
  }
  FastRequest request{.key = hash_combine(load.name_hash, number), .number = number};
  request.sent = now();
  request.load = index;
  request.endpoint = draw_endpoint(load, request.key);
  request.router = routers_.size() == 1 ? 0 : static_cast<std::uint32_t>(number % routers_.size());
  RouteView& table = view(request.router, load.app);
  const auto connections = static_cast<std::uint64_t>(load.spec->connections);
  const std::uint64_t client =
      connections > 0 ? hash_combine(load.name_hash, number % connections) : request.key;
  const std::optional<std::uint32_t> row = table.policy->pick(
      {table.rows, table.usable, table.version, &table.least}, {.key = client}, *table.random);
  if (!row) {  // the policy turns it away, which the slow path knows how to tell
    leave_fast_path(load.app);
    send_request(index, number, kNone, request.endpoint);
    return;
  }
  request.row = *row;
  request.instance = table.rows[*row].instance.index;
  InstanceTraffic& to = instances_[request.instance];
  FastStation& station = fast_.stations[request.instance];
  const std::uint64_t visit_key = hash_combine(hash_combine(request.key, 0), 0);
  request.work = draw_service(request.instance, request.endpoint, visit_key);
  const bool waits = station.serving >= to.limit;
  const bool rejected = waits && to.queue_limit != kNone && station.waiting >= to.queue_limit;
  const double wait = (waits ? station.work / to.limit : 0) + request.work;
  if (rejected || wait / to.rate + 2 >= fast_.loads[index].patience) {
    send_past_fast_path(request);
    return;
  }
  Caller& caller = callers_[load.caller];
  if (caller.budget) caller.budget->first_try(now());
  record_request(load, request.endpoint);
  ++world_.recorder.attempts().injected;
  world_.recorder.sent(app.series.whole, now());
  if (!app.series.endpoints.empty()) {
    world_.recorder.sent(app.series.endpoints[request.endpoint], now());
  }
  world_.recorder.sent(to.series, now());
  ++to.touched;
  ++hosts_[to.host].touched;
  row_opened(table, app.routing, request.row);
  station.work += request.work;
  if (now() >= kSimStart) app.offered_work += request.work;
  const std::uint32_t slot = fast.requests.make();
  fast.requests[slot] = request;
  if (waits) {
    fast_enqueue(fast, station, slot);
    change_queue(load.app, 1, 1);
  } else {
    change_queue(load.app, 0, 1);
    change_cores(to, to.cores + 1);
    fast_serve(fast, station, slot);
  }
}

/// The slow path takes it from where its router has chosen an instance.
void TrafficCore::send_past_fast_path(const FastRequest& request) {
  LoadState& load = loads_[request.load];
  leave_fast_path(load.app);
  const std::uint32_t call =
      make_call(request.load, request.number, kNone, request.endpoint);
  record_request(load, request.endpoint);
  const std::uint32_t attempt = open_attempt(call, false);
  attempts_[attempt].router = request.router;
  connect(attempt, request.instance, request.row);
}

void TrafficCore::fast_serve(FastApp& fast, FastStation& station, std::uint32_t slot) {
  FastRequest& request = fast.requests[slot];
  ++station.serving;
  request.done = now() + service_wait(instances_[request.instance], request.work);
  fast_.departures.push(
      {completion_key(request.done), std::uint64_t{request.instance} << 32 | slot});
}

void TrafficCore::fast_departure(engine::Event event) {
  const auto slot = static_cast<std::uint32_t>(event.payload);
  const auto instance = static_cast<std::uint32_t>(event.payload >> 32);
  InstanceTraffic& to = instances_[instance];
  FastApp& fast = fast_.apps[to.app];
  if (!fast.requests.live(slot)) return;
  const FastRequest request = fast.requests[slot];
  if (request.instance != instance || request.done != now()) return;  // of an earlier stay
  fast.requests.free(slot);
  FastStation& station = fast_.stations[instance];
  --station.serving;
  station.work -= request.work;
  if (station.waiting > 0) {
    const std::uint32_t next = station.head;
    station.head = fast.requests[next].next;
    if (--station.waiting == 0) station.tail = kNone;
    change_queue(to.app, -1, -1);
    fast_serve(fast, station, next);
  } else {
    change_queue(to.app, 0, -1);
    change_cores(to, to.cores - 1);
  }
  AppTraffic& app = apps_[to.app];
  row_closed(view(request.router, to.app), app.routing, request.row);
  Recorder& recorder = world_.recorder;
  recorder.answered(to.series, request.sent, now());
  ++recorder.attempts().answered;
  recorder.answered(app.series.whole, request.sent, now());
  if (!app.series.endpoints.empty()) {
    recorder.answered(app.series.endpoints[request.endpoint], request.sent, now());
  }
  settle_request(request.load, request.key, request.number, request.sent, request.endpoint,
                 kAnswered);
}

}  // namespace leapday::model
