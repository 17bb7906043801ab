/// \file traffic_eager.cpp
/// The eager path: departures are computed on arrival and settled many at once, before anybody can
/// look.
/// Why: an event for each departure costs as much as all the rest of a request that meets nothing.
#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

/// Requests looked at in vain, beyond those settled, until events are cheaper.
constexpr std::int64_t kMostInVain = 1 << 16;
/// So near to a limit events are taken one by one: more than are settled in one go.
constexpr std::uint64_t kFewEvents = 1 << 22;
/// Areas under gauges are sums of doubles, exact up to here whatever their order.
constexpr double kExact = 0x1p53;

std::int64_t nanoseconds(SimTime at) { return at.time_since_epoch().count(); }

/// The last nanosecond whose completions come before this key.
std::int64_t last_before(engine::EventKey key) {
  const std::int64_t at = nanoseconds(engine::Scheduler::time_of(key));
  return completion_key(SimTime{Duration{at}}) < key ? at : at - 1;
}

}  // namespace

// ---- what may take the eager path ------------------------------------------------------------

/// By the scenario alone: nothing looks at one departure of this app.
bool TrafficCore::eager_possible(std::uint32_t app_index) const {
  const App& spec = *world_.apps[app_index].spec;
  const AppTraffic& app = apps_[app_index];
  if (spec.concurrency > 1 || spec.queue_limit) return false;
  if (make_policy(app_index)->reads_open()) return false;
  const Recorder& recorder = world_.recorder;
  for (const std::uint32_t gauge : {app.queue_gauge, app.open_gauge, app.cpu_gauge}) {
    if (!recorder.plain_gauge(gauge)) return false;
  }
  for (const EagerSums& sums : eager_.sums) {
    if (loads_[sums.load].app != app_index) continue;
    for (std::uint32_t i = 0; i < sums.used; ++i) {
      if (!recorder.plain(sums.series[i])) return false;
    }
  }
  return true;
}

void TrafficCore::without_eager_path() {
  for (EagerApp& app : eager_.apps) app.possible = false;
}

void TrafficCore::set_up_eager_path() {
  eager_.apps.resize(apps_.size());
  for (std::uint32_t l = 0; l < loads_.size(); ++l) {
    eager_.first_sums.push_back(static_cast<std::uint32_t>(eager_.sums.size()));
    const LoadState& load = loads_[l];
    const SubjectSeries& app = apps_[load.app].series;
    const auto endpoints = static_cast<std::uint32_t>(world_.apps[load.app].endpoint_names.size());
    for (std::uint32_t e = 0; e < std::max(endpoints, 1U); ++e) {
      EagerSums& sums = eager_.sums.emplace_back();
      sums.load = l;
      sums.endpoint = e;
      for (const std::uint32_t series : {app.whole, load.series.whole}) {
        sums.series[sums.used++] = series;
      }
      for (const SubjectSeries* subject : {&app, &load.series}) {
        if (subject->endpoints.empty() || subject->endpoints[e] == kNone) continue;
        sums.series[sums.used++] = subject->endpoints[e];
      }
    }
  }
  eager_.first_sums.push_back(static_cast<std::uint32_t>(eager_.sums.size()));
  for (std::uint32_t a = 0; a < apps_.size(); ++a) {
    eager_.apps[a].possible = fast_.apps[a].possible && eager_possible(a);
  }
}

/// By the state of things, at an arrival of an app on the fast path.
bool TrafficCore::may_be_eager(std::uint32_t app_index) {
  if (now() <= kSimStart || watcher_ != nullptr) return false;
  if (world_.scheduler.allowance() < kFewEvents) return false;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    const RouteView& table = view(r, app_index);
    if (table.usable < table.size()) return false;  // full: it must be told when one is not
  }
  bool may = true;
  for_each_routed(app_index, [&](std::uint32_t instance) {
    const FastStation& station = fast_.stations[instance];
    may = may && station.watch_at == kNone && world_.recorder.plain(station.series);
  });
  return may;
}

// ---- there and back --------------------------------------------------------------------------

/// At an arrival of the app, before it is looked at.
void TrafficCore::make_eager(std::uint32_t app_index) {
  FastApp& fast = fast_.apps[app_index];
  EagerApp& eager = eager_.apps[app_index];
  eager.active = true;
  turn_eager_row(world_.scheduler.current_key());
  const std::vector<std::uint32_t> slots = fast_requests_of(fast);
  for (const bool waits : {false, true}) {  // those in service were there before
    for (const std::uint32_t slot : slots) {
      FastRequest& request = fast_.requests[slot];
      FastStation& station = fast_.stations[request.instance];
      if (!waits) station.head = station.tail = kNone;
      if ((request.done == kNotServed) != waits) continue;
      if (waits) request.done = station.free_at + service_wait(station.rate, request.work);
      request.next = waits ? 1 : 0;
      if (station.limit == 1) station.free_at = request.done;
    }
  }
  for (const std::uint32_t slot : slots) {
    const FastRequest& request = fast_.requests[slot];
    FastStation& station = fast_.stations[request.instance];
    station.serving += std::exchange(station.waiting, 0);
    eager.open.push_back({.key = hash_combine(loads_[request.load].name_hash, request.number),
                          .number = request.number,
                          .sent = request.sent,
                          .done = request.done,
                          .work = request.work,
                          .sums = eager_.first_sums[request.load] + request.endpoint,
                          .row = request.row,
                          .instance = request.instance,
                          .router = request.router,
                          .waits = request.next});
    fast_.requests.remove(slot, fast.newest);
  }
  eager.counted = eager.open.size();
  mark_dirty(app_index);
}

FastRequest TrafficCore::as_fast_request(const EagerRequest& request) const {
  const EagerSums& sums = eager_.sums[request.sums];
  return {.number = request.number,
          .sent = request.sent,
          .work = request.work,
          .load = sums.load,
          .row = request.row,
          .instance = request.instance,
          .router = static_cast<std::uint16_t>(request.router),
          .endpoint = static_cast<std::uint16_t>(sums.endpoint)};
}

/// What is due has been settled.
void TrafficCore::make_eventful(std::uint32_t app_index) {
  EagerApp& eager = eager_.apps[app_index];
  for (const EagerRequest& request : eager.open) {
    FastStation& station = fast_.stations[request.instance];
    station.serving = 0;
    station.work = 0;
  }
  for (const EagerRequest& request : eager.open) {
    FastStation& station = fast_.stations[request.instance];
    const std::uint32_t slot =
        fast_.requests.add(as_fast_request(request), fast_.apps[app_index].newest);
    station.work += request.work;
    if (station.serving < station.limit) {
      ++station.serving;
      fast_.requests[slot].done = request.done;
      const std::uint64_t visit_key = first_visit(request.key);
      fast_.departures.push({completion_key(request.done), departure_payload(visit_key, slot)});
    } else {
      fast_enqueue(station, slot);
    }
  }
  eager.open.clear();
  eager.counted = 0;
  eager.active = false;
  eager.due = 0;
}

void TrafficCore::leave_eager_path(std::uint32_t app_index) {
  if (!eager_.apps[app_index].active) return;
  settle_eager(app_index, last_before(world_.scheduler.current_key()));
  make_eventful(app_index);
}

// ---- arrivals --------------------------------------------------------------------------------

void TrafficCore::mark_dirty(std::uint32_t app_index) {
  EagerApp& eager = eager_.apps[app_index];
  if (eager.dirty) return;
  eager.dirty = true;
  eager_.dirty.push_back(app_index);
}

/// Arrivals of eager apps before the limit, of which the next arrival is one.
void TrafficCore::eager_arrivals(engine::EventKey limit) {
  limit = std::min(limit, completion_key(SimTime{Duration{eager_.cap}}));
  for (;;) {
    const engine::Event event = fast_.arrivals.top();
    if (event.key >= limit) return;
    const auto index = static_cast<std::uint32_t>(event.payload);
    if (fast_.loads[index].next != event.key) {  // it has left the fast path
      fast_.arrivals.pop();
      continue;
    }
    const std::uint32_t app = loads_[index].app;
    if (!eager_.apps[app].active) return;             // the loop's own
    if (world_.scheduler.allowance() < kFewEvents) {  // a limit forbids single events
      eager_.apps[app].possible = false;
      leave_eager_path(app);
      return;
    }
    // At one instant the order among loads is that of the heap.
    const engine::EventKey others = std::max(fast_.arrivals.second().key, event.key + 1);
    const EagerRun run = eager_run(index, std::min(limit, others));
    world_.scheduler.advance_past(run.last, not_counted(run.events));
    if (run.refused) {
      leave_fast_path(app);
      send_past_eager_path(index);
      return;
    }
  }
}

/// Sends it to an instance. False when it needs the slow path.
inline bool TrafficCore::eager_arrival(const EagerSender& sender, EagerRequest& request) {
  const SimTime at = request.sent;
  request.key = hash_combine(sender.load.name_hash, request.number);
  const std::uint32_t endpoint = draw_endpoint(sender.load, request.key);
  request.sums = sender.sums + endpoint;
  if (sender.routers > 1) {
    request.router = static_cast<std::uint32_t>(request.number % sender.routers);
  }
  RouteView& table = sender.views[request.router * sender.stride];
  if (table.policy == nullptr) [[unlikely]]
    open_table(table, sender.load.app);
  const RouteChoice row = table.policy->pick(
      table.table(), {.key = client_key(sender.load, request.number, request.key)}, *table.random);
  request.instance = kNone;
  if (!row) [[unlikely]]
    return false;
  request.row = *row;
  request.instance = table.instance(*row);
  // Some of these may have ended since the last count; if in doubt, the slow path knows.
  if (table.loads[*row].open() + 1 >= sender.most_open) [[unlikely]]
    return false;
  FastStation& station = fast_.stations[request.instance];
  const Duration work = draw_service(station.endpoints[endpoint], first_visit(request.key));
  request.work = static_cast<double>(work.count());
  const Duration service = station.rate == 1 ? work : service_wait(station.rate, request.work);
  // Either is as likely, so neither may be a branch.
  const std::int64_t wait =
      std::max(nanoseconds(station.free_at) - nanoseconds(at), std::int64_t{0});
  request.waits = wait > 0 ? 1 : 0;
  const Duration response = Duration{wait} + service;
  request.done = at + response;
  if (response >= sender.deadline) [[unlikely]]
    return false;
  if (station.limit == 1) station.free_at = request.done;
  ++station.serving;
  ++station.arrived;
  table.loads[*row].opened();
  sender.app.offered_work += request.work;
  if (sender.caller.budget) sender.caller.budget->first_try(at);
  return true;
}

/// Arrivals of one load, until another's may come before.
EagerRun TrafficCore::eager_run(std::uint32_t index, engine::EventKey limit) {
  FastLoad& fast = fast_.loads[index];
  const std::uint32_t app = loads_[index].app;
  const EagerSender sender{.load = loads_[index],
                           .app = apps_[app],
                           .eager = eager_.apps[app],
                           .caller = callers_[loads_[index].caller],
                           .views = &views_[app],
                           .stride = apps_.size(),
                           .routers = routers_.size(),
                           .sums = eager_.first_sums[index],
                           .most_open = most_open(app),
                           .deadline = fast.deadline};
  const std::size_t batch = std::clamp<std::size_t>(sender.most_open / 4, 8, EagerApp::kBatch);
  EagerApp& eager = sender.eager;
  if (!eager.dirty) mark_dirty(app);
  EagerRun run;
  engine::EventKey next = fast.next;
  do {
    EagerRequest& request = eager.open.emplace_back();
    request.sent = engine::Scheduler::time_of(next);
    request.number = sender.load.next_number++;
    run.last = next;
    ++run.events;
    const SimTime after = next_arrival(sender.load);
    next = after == ArrivalProcess::kNever
               ? 0
               : engine::Scheduler::key(after, engine::Priority::arrival);
    if (!eager_arrival(sender, request)) [[unlikely]] {
      run.refused = true;
      eager_.refused = request;
      eager.open.pop_back();
      break;
    }
    eager.arrivals.push_back(static_cast<std::uint64_t>(nanoseconds(request.sent)) << 1 |
                             request.waits);
    if (eager.arrivals.size() >= batch) settle_eager(app, nanoseconds(request.sent));
  } while (next != 0 && next < limit && run.events < EagerApp::kBatch);
  fast.next = next;
  if (next != 0) {
    fast_.arrivals.replace_top({next, index});
  } else {
    fast_.arrivals.pop();
  }
  return run;
}

/// The request that a station or the policy turned away, after the app has left the fast path.
void TrafficCore::send_past_eager_path(std::uint32_t index) {
  const FastRequest request = as_fast_request(eager_.refused);
  if (request.instance == kNone) {
    send_request(index, request.number, kNone, request.endpoint);
  } else {
    send_past_fast_path(request);
  }
}

// ---- settling --------------------------------------------------------------------------------

/// All that comes before the key, while the fast path's loop is at rest.
void TrafficCore::settle_eager_before(engine::EventKey key) {
  if (eager_.dirty.empty()) return;
  const std::int64_t last = last_before(key);
  while (last >= eager_.cap) {
    const std::int64_t first = settle_dirty(eager_.cap - 1);
    if (first > last) break;
    begin_eager_row(first);
  }
  settle_dirty(last);
  for (const std::uint32_t app : eager_.dirty) {
    EagerApp& eager = eager_.apps[app];
    eager.dirty = false;
    if (!eager.active) continue;
    const double most = static_cast<double>(eager.open.size() + EagerApp::kBatch) *
                        static_cast<double>(world_.recorder.row_length().count());
    if (eager.in_vain > kMostInVain || most >= kExact || eager.open.size() > kFewEvents / 4) {
      eager.possible = false;
      make_eventful(app);
    } else if (!eager.open.empty()) {
      const engine::EventKey due = completion_key(eager.first_done);
      if (eager.due == due) continue;
      eager.due = due;
      fast_.departures.push({due, app_payload(app)});
    }
  }
  eager_.dirty.clear();
}

/// The entry of an app among the departures: the first of its requests is done.
void TrafficCore::eager_due(engine::Event entry) {
  fast_.departures.pop();
  const auto app = static_cast<std::uint32_t>(entry.payload >> 8);
  if (eager_.apps[app].due != entry.key) return;  // of an earlier stay, or replaced since
  eager_.apps[app].due = 0;
  mark_dirty(app);
}

/// Of the dirty apps. Returns when the next of their requests is done.
std::int64_t TrafficCore::settle_dirty(std::int64_t last) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const std::uint32_t app : eager_.dirty) {
    if (!eager_.apps[app].active) continue;
    settle_eager(app, last);
    if (!eager_.apps[app].open.empty()) {
      first = std::min(first, nanoseconds(eager_.apps[app].first_done));
    }
  }
  return first;
}

/// Settles what belongs to rows that are over when the event of this key comes.
void TrafficCore::turn_eager_row(engine::EventKey key) {
  const std::int64_t at = nanoseconds(engine::Scheduler::time_of(key));
  while (at >= eager_.cap) {
    std::int64_t first = at;
    if (!eager_.dirty.empty()) first = std::min(first, settle_dirty(eager_.cap - 1));
    begin_eager_row(first);
  }
}

/// The record's row, and the part of the run, that the instant lies in.
void TrafficCore::begin_eager_row(std::int64_t at) {
  world_.recorder.enter_row(SimTime{Duration{at}});
  const std::int64_t part = part_of_run();
  eager_.cap = std::min(nanoseconds(world_.recorder.row_end()), (at / part + 1) * part);
}

void TrafficCore::settle_eager(std::uint32_t app_index, std::int64_t last) {
  EagerApp& eager = eager_.apps[app_index];
  const std::size_t fresh = eager.open.size() - eager.counted;
  if (fresh == 0 && (eager.open.empty() || nanoseconds(eager.first_done) > last)) return;
  const std::uint64_t settled = settle_requests(app_index, last);
  Recorder& recorder = world_.recorder;
  for (Counts* counts : {&recorder.requests(), &recorder.attempts()}) {
    counts->injected += fresh;
    counts->answered += settled;
  }
  for (const std::uint32_t load : fast_.apps[app_index].loads) {
    for (std::uint32_t s = eager_.first_sums[load]; s < eager_.first_sums[load + 1]; ++s) {
      EagerSums& sums = eager_.sums[s];
      if (sums.sums.sent == 0 && sums.sums.answered == 0) continue;
      for (std::uint32_t i = 0; i < sums.used; ++i) recorder.add(sums.series[i], sums.sums);
      sums.sums = {};
    }
  }
  cover_gauges(app_index, settled);
  eager.arrivals.clear();
  eager.counted = eager.open.size();
  eager.in_vain =
      std::max<std::int64_t>(0, eager.in_vain + static_cast<std::int64_t>(eager.open.size()) -
                                    4 * static_cast<std::int64_t>(fresh + settled));
  world_.scheduler.count(not_counted(settled));
}

/// A request that ends in a later row than it was sent in.
void TrafficCore::record_late(const EagerRequest& request, std::uint32_t instance_series,
                              const EagerSums& sums) {
  const std::uint64_t word = Recorder::answer_word(request.sent, request.done);
  world_.recorder.answered(instance_series, request.sent, request.done, word);
  for (std::uint32_t i = 0; i < sums.used; ++i) {
    world_.recorder.answered(sums.series[i], request.sent, request.done, word);
  }
}

namespace {

/// A request that ends in the row it was sent in.
inline void record_in_row(const EagerRequest& request, std::uint32_t instance_series,
                          EagerSums& sums, Recorder::InRow& row) {
  const std::uint64_t word = Recorder::answer_word(request.sent, request.done);
  const std::int64_t latency = (request.done - request.sent).count();
  const std::uint32_t bucket = HistogramLayout::bucket(latency);
  ++sums.sums.answered;
  sums.sums.digest += word;
  sums.sums.latency.add(latency);
  for (std::uint32_t i = 0; i < sums.used; ++i) row.latency(sums.series[i], bucket);
  row.answered(instance_series, latency, word);
}

}  // namespace

/// Counts arrivals, settles what is over, and leaves the ends in eager_.ends.
std::uint64_t TrafficCore::settle_requests(std::uint32_t app_index, std::int64_t last) {
  EagerApp& eager = eager_.apps[app_index];
  Recorder& recorder = world_.recorder;
  const std::uint64_t base = eager_.departures;
  if (eager_.ends.size() < eager.open.size() + 2) {
    eager_.ends.resize(2 * eager.open.size() + 2);
  }
  std::uint64_t* const ends = eager_.ends.data();  // [0] is of those that began before
  FastStation* const stations = fast_.stations.data();
  EagerSums* const all_sums = eager_.sums.data();
  const SimTime row_begin = recorder.row_begin();
  Recorder::InRow row(recorder);
  std::uint64_t settled = 0, digest = 0;
  SimTime first = SimTime::max();
  RouteView* const views = &views_[app_index];
  const std::size_t stride = apps_.size();
  EagerRequest* kept = eager.open.data();
  const EagerRequest* const fresh = kept + eager.counted;
  EagerRequest* const all = kept + eager.open.size();
  for (EagerRequest* request = kept; request != all; ++request) {
    FastStation& station = stations[request->instance];
    EagerSums& sums = all_sums[request->sums];
    if (request >= fresh) {
      ++sums.sums.sent;
      row.sent(station.series);
    }
    // A departure of this batch at which this one's service begins.
    const bool begins = station.departure > base;
    ends[begins ? station.departure - base : 0] |= request->waits;
    request->waits = begins ? 0 : request->waits;
    if (nanoseconds(request->done) > last) {
      station.departure = 0;
      first = std::min(first, request->done);
      *kept++ = *request;
      continue;
    }
    ends[++settled] = static_cast<std::uint64_t>(nanoseconds(request->done)) << 1;
    station.departure = base + settled;
    --station.serving;
    ++station.left;
    views[request->router * stride].loads[request->row].closed();
    if (request->sent < row_begin) [[unlikely]] {
      record_late(*request, station.series, sums);
    } else {
      record_in_row(*request, station.series, sums, row);
    }
    if (traces_.takes(request->key)) [[unlikely]]
      trace_settled(*request);
    digest += request_word(request->key, request->done, kAnswered);
  }
  eager.open.resize(static_cast<std::size_t>(kept - eager.open.data()));
  eager.first_done = first;
  eager_.departures += settled;
  recorder.hash().add(digest);
  return settled;
}

/// Brings the app's gauges up to the last of its arrivals and ends.
void TrafficCore::cover_gauges(std::uint32_t app_index, std::size_t settled) {
  std::vector<CurveStep>& arrivals = eager_.apps[app_index].arrivals;
  if (arrivals.size() + settled == 0) return;
  AppTraffic& app = apps_[app_index];
  Recorder& recorder = world_.recorder;
  BusyCurve& curve = eager_.curve;
  // Those that the routers have forgotten are not the eager path's, but count.
  const std::int64_t others =
      static_cast<std::int64_t>(app.cpu) - (std::int64_t{app.open} - std::int64_t{app.queued});
  curve.open = app.open;
  curve.queued = app.queued;
  curve.peaks = {recorder.gauge_peak(app.open_gauge), recorder.gauge_peak(app.queue_gauge),
                 recorder.gauge_peak(app.cpu_gauge) - others};
  curve.take(arrivals, {eager_.ends.data() + 1, settled});
  const SimTime first{Duration{curve.first}}, last{Duration{curve.last}};
  note_open(app, first);
  app.backlog[app.open_part] += curve.open_area;
  app.open_since = last;
  app.open = static_cast<std::uint32_t>(curve.open);
  app.queued = static_cast<std::uint32_t>(curve.queued);
  app.cpu_told = app.cpu = static_cast<double>(curve.open - curve.queued + others);
  const std::int64_t busy_area =
      curve.open_area - curve.queued_area + others * (curve.last - curve.first);
  const auto cover = [&](std::uint32_t gauge, std::int64_t area, std::int64_t most, double value) {
    recorder.cover_gauge(gauge, first, last, {area, most}, value);
  };
  cover(app.open_gauge, curve.open_area, curve.peaks.open, app.open);
  cover(app.queue_gauge, curve.queued_area, curve.peaks.queued, app.queued);
  cover(app.cpu_gauge, busy_area, curve.peaks.busy + others, app.cpu);
}

}  // namespace leapday::model
