/// \file traffic_station.cpp
/// What an instance does with visits: queue, serve, share cores, hang, crash, drain.
/// Why: a station's rules (who waits, who is turned away, what a crash takes along) are the same
/// for requests, messages and jobs.
#include <algorithm>
#include <cmath>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

InstanceTraffic& TrafficCore::make_station(std::uint32_t instance) {
  if (instance >= instances_.size()) instances_.resize(world_.instances.size());
  InstanceTraffic& to = instances_[instance];
  if (to.known) return to;
  const InstanceRecord& record = world_.instances[instance];
  const App& app = *world_.apps[record.app.index].spec;
  to.known = true;
  to.app = record.app.index;
  to.release = &world_.release_of(record);
  to.calls = &apps_[to.app].calls[record.release.index];
  to.flagged = flags_.any(to.app);
  to.answers = surely_answers(to);
  if (!apps_[to.app].releases.empty()) {
    to.release_series = apps_[to.app].releases[record.release.index];
  }
  to.host = record.host.index;
  to.sharing = app.discipline == Discipline::processor_sharing;
  to.limit = app.concurrency > 0 ? static_cast<std::uint32_t>(app.concurrency) : kNone;
  if (app.queue_limit) to.queue_limit = static_cast<std::uint32_t>(*app.queue_limit);
  std::vector<NamedSeries>& named = instance_series_[record.app.index];
  if (record.number >= named.size()) named.resize(record.number + 1);
  NamedSeries& own = named[record.number];
  if (own.order == 0) own.order = ++names_listened_;
  to.series = own.series;
  if (to.series == kNone && world_.measured(record.app, record.number))
    to.series = make_series(instance);
  if (apps_[to.app].meter != kNone) to.meter = meters_.add_instance();
  if (hosts_.size() < world_.hosts.size()) hosts_.resize(world_.hosts.size());
  return to;
}

/// The series of an instance's name. A name that gets no requests and is measured by nobody has
/// none: most instances of a large fleet.
std::uint32_t TrafficCore::make_series(std::uint32_t instance) {
  const InstanceRecord& record = world_.instances[instance];
  NamedSeries& own = instance_series_[record.app.index][record.number];
  if (own.series == kNone) {
    const std::string name = world_.name_of({instance});
    own.series = world_.recorder.add_series(name, Series::Kind::instance, world_.watched(name));
  }
  instances_[instance].series = own.series;
  return own.series;
}

/// In the record they come in the order in which their names first listened.
void TrafficCore::order_series() {
  std::vector<std::pair<std::uint32_t, Recorder::Last>> order;
  for (std::uint32_t a = 0; a < instance_series_.size(); ++a) {
    for (std::uint32_t n = 0; n < instance_series_[a].size(); ++n) {
      const NamedSeries& named = instance_series_[a][n];
      if (named.series == kNone) continue;
      order.push_back({named.order, {named.series, world_.measured({a}, n)}});
    }
  }
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Recorder::Last> series;
  for (const auto& entry : order) series.push_back(entry.second);
  world_.recorder.order_last(std::move(series));
}

// ---- state -----------------------------------------------------------------------------------

void TrafficCore::instance_listening(std::uint32_t index) {
  disturb(index);
  InstanceTraffic& to = station(index);
  LEAPDAY_ASSERT(
      to.state != InstanceTraffic::State::listening && to.state != InstanceTraffic::State::draining,
      "an instance began to listen twice");
  to.state = InstanceTraffic::State::listening;
  to.drained = false;
  to.host = world_.instances[index].host.index;
  to.capacity_since = now();
  if (to.sharing) {
    HostTraffic& host = hosts_[to.host];
    const PlatformConstants& platform = world_.scenario.platform.constants;
    const App& app = *world_.apps[to.app].spec;
    HostCpu& cpu = cpu_now(to.host);
    const std::optional<double> limit = world_.release_of(world_.instances[index]).cpu;
    const double quota = platform.cpu_quota ? limit.value_or(0) : 0;
    to.group = cpu.add_group(world_.instances[index].cpu_weight, app.threads.value_or(0), quota);
    host.instances.push_back(index);
  }
  instance_changed(index);
  if (to.flagged) flags_.instance_listening(index, to.app);
  checks_.started({index});
  backing_->instance_listening(index);
  if (apps_[to.app].consumes != kNone) offer_worker(index);
  const App& spec = *world_.apps[to.app].spec;
  if (spec.kind == AppKind::job && !spec.cron) start_job(index, 0);
}

void TrafficCore::instance_draining(std::uint32_t index) {
  disturb(index);
  InstanceTraffic& to = station(index);
  if (to.state != InstanceTraffic::State::listening) return;
  account_capacity(index);
  to.state = InstanceTraffic::State::draining;
  // Told by an event of its own: the platform is in the middle of stopping it.
  world_.scheduler.schedule(now(), engine::Priority::control, handlers_.drained, index);
}

void TrafficCore::check_drained(std::uint32_t index) {
  InstanceTraffic& to = instances_[index];
  if (to.state != InstanceTraffic::State::draining || to.drained) return;
  if (open_requests(index) > 0) return;
  to.drained = true;
  hooks_.drained({index});
}

void TrafficCore::instance_gone(std::uint32_t index, Departure departure) {
  disturb(index);
  InstanceTraffic& to = station(index);
  if (to.state == InstanceTraffic::State::listening) account_capacity(index);
  const bool silent = departure == Departure::silence;
  if (to.flagged) flags_.instance_gone(index, to.app);
  to.state = silent ? InstanceTraffic::State::silent : InstanceTraffic::State::gone;
  const auto open = empty_station(to);
  std::erase(apps_[to.app].consumers, index);
  if (!silent) {  // kept connections break; a dead host's look as if they were fine
    for (std::uint32_t r = 0; r < routers_.size(); ++r) {
      RouteView& table = view(r, to.app);
      if (table.health.empty()) continue;
      const std::uint32_t row = table.find(index);
      if (row != kNone) table.health[row].idle = 0;
    }
  }
  for (const auto& [visit, serial] : open) {
    if (still_dropped(visit, serial)) drop_visit(visit, silent);
  }
  backing_->instance_gone(index);
  checks_.gone({index});
}

/// Takes everything that it works on, or has waiting, out of its lists and off its cores.
std::vector<std::pair<std::uint32_t, std::uint32_t>> TrafficCore::empty_station(
    InstanceTraffic& to) {
  const std::uint32_t queued = to.queue.size;
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> open = drop_all(to.serving, to.queue);
  to.touched += open.size();
  hosts_[to.host].touched += open.size();
  change_queue(to.app, -static_cast<int>(queued), -static_cast<int>(open.size()));
  if (to.sharing && to.group != kNone) {
    cpu_now(to.host).clear(to.group);
    for (const auto& [visit, serial] : open) std::erase(hosts_[to.host].done, visit);
    cpu_changed(to.host);
  }
  change_cores(to, 0);
  meters_.left(to.meter, static_cast<double>(open.size()), now());
  return open;
}

/// Empties a server's lists. What one caller does when it learns of the loss may end others of
/// these visits, so whoever goes on with them asks still_dropped() first.
std::vector<std::pair<std::uint32_t, std::uint32_t>> TrafficCore::drop_all(List& serving,
                                                                           List& queue) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open;
  for (const List* list : {&serving, &queue}) {
    for (std::uint32_t v = list->head; v != kNone; v = visits_[v].next) {
      open.emplace_back(v, visits_[v].serial);
    }
  }
  for (const auto& [visit, serial] : open) {
    visits_[visit].step = Visit::Step::dropped;
    visits_[visit].event = 0;
  }
  serving = {};
  queue = {};
  return open;
}

bool TrafficCore::still_dropped(std::uint32_t visit, std::uint32_t serial) const {
  return visits_.live(visit) && visits_[visit].serial == serial &&
         visits_[visit].step == Visit::Step::dropped;
}

/// A visit lost its instance; it is in none of the station's lists any more.
void TrafficCore::drop_visit(std::uint32_t index, bool silent) {
  expand(index);
  Visit& visit = visits_[index];
  if (visit.sampled) [[unlikely]]
    traces_.end_part(visit.key, now(), FailureReason::reset);
  if (visit.flags != 0) [[unlikely]]
    flags_.settled(visit, failure(FailureReason::reset));
  visit.event = 0;
  if (visit.message != kNone || visit.job) {
    worker_lost(index, silent);
  } else if (visit.attempt == kNone) {
    free_visit(index);
  } else if (silent) {
    silence(index, true);
  } else {
    send_answer(index, failure(FailureReason::reset));
  }
}

void TrafficCore::instance_changed(std::uint32_t index) {
  disturb(index);
  InstanceTraffic& to = station(index);
  const InstanceRecord& record = world_.instances[index];
  const double host_speed = world_.hosts[to.host].speed;
  const double rate = record.hung ? 0 : record.speed * host_speed;
  if (to.state == InstanceTraffic::State::listening) account_capacity(index);
  if (record.hung && to.rate > 0) {
    to.touched += open_requests(index);
    hosts_[to.host].touched += open_requests(index);
  }
  if (to.sharing) {
    to.rate = rate;
    if (to.group == kNone) return;
    HostCpu& cpu = cpu_now(to.host);
    cpu.set_host_speed(host_speed);
    cpu.set_speed(to.group, record.hung ? 0 : record.speed);
    cpu_changed(to.host);
    return;
  }
  if (rate == to.rate) return;
  for (std::uint32_t v = to.serving.head; v != kNone; v = visits_[v].next) {
    Visit& visit = visits_[v];
    if (visit.step != Visit::Step::serving) continue;
    visit.work -= static_cast<double>((now() - visit.since).count()) * to.rate;
    visit.since = now();
  }
  to.rate = rate;
  for (std::uint32_t v = to.serving.head; v != kNone; v = visits_[v].next) {
    if (visits_[v].step == Visit::Step::serving) schedule_completion(to, visits_[v], v);
  }
}

std::uint32_t TrafficCore::open_requests(std::uint32_t index) const {
  if (index >= instances_.size()) return 0;
  return serving(index) + waiting(index);
}

/// Under processor sharing even a probe that is let in at once is slowed by its company.
ProbeTicket TrafficCore::send_probe(std::uint32_t index, Duration work) {
  using Fate = ProbeTicket::Fate;
  const InstanceTraffic& to = station(index);
  const bool alive =
      to.state == InstanceTraffic::State::listening || to.state == InstanceTraffic::State::draining;
  if (!alive || !world_.hosts[to.host].up) return {.fate = Fate::refused};
  if (serving(index) >= to.limit) {
    if (waiting(index) >= to.queue_limit) return {.fate = Fate::refused};
    return {.fate = Fate::waits, .turn = turns_taken(index) + waiting(index) + 1};
  }
  if (to.rate <= 0) return {.fate = Fate::waits};
  const double pace = to.sharing ? hosts_[to.host].cpu->pace_of_one_more(to.group) : to.rate;
  return {.fate = Fate::answered,
          .takes = engine::from_nanoseconds(static_cast<double>(work.count()) / pace)};
}

/// Turn 0 is that of a probe that a hung instance took in: it comes when the instance goes on.
bool TrafficCore::probe_served(std::uint32_t index, std::uint64_t turn) const {
  return turn > 0 ? turns_taken(index) >= turn : instances_[index].rate > 0;
}

bool TrafficCore::watch_load(std::uint32_t index) {
  InstanceTraffic& to = station(index);
  const std::uint32_t enough = to.sharing ? 1 : to.limit;
  if (serving(index) >= enough) return true;
  (on_fast_path(index) ? fast_.stations[index].watch_at : to.watch_at) = enough;
  return false;
}

// ---- visits ----------------------------------------------------------------------------------

double TrafficCore::draw_work(const InstanceTraffic& to, const Visit& visit) const {
  const TraceRow* trace = nullptr;
  if (!visit.direct && visit.attempt != kNone) trace = trace_row(attempts_[visit.attempt]);
  if (trace != nullptr && trace->service_time && *trace->service_time >= Duration{0}) {
    return static_cast<double>(trace->service_time->count());
  }
  const EndpointState& endpoint = to.release->endpoints[visit.endpoint];
  return static_cast<double>(draw_service(endpoint, visit.key).count());
}

void TrafficCore::arrive(std::uint32_t index) {
  Visit& visit = visits_[index];
  InstanceTraffic& to = instances_[visit.instance];
  // It was sent while a link was slow, and meets those that were not.
  if (fast_.apps[to.app].active) leave_fast_path(to.app);
  switch (to.state) {
    case InstanceTraffic::State::listening:
    case InstanceTraffic::State::draining:
      break;  // accepted before it began to drain
    case InstanceTraffic::State::silent:
      drop_visit(index, true);
      return;
    default:
      drop_visit(index, false);
      return;
  }
  if (apps_[to.app].checked && !authorized(visit)) [[unlikely]] {
    send_answer(index, failure(FailureReason::unauthorized));
  } else if (to.serving.size < to.limit || to.queue.size < to.queue_limit) {
    let_in(to, index);
  } else if (expand(index) != kNone) {
    send_answer(index, failure(FailureReason::rejected));
  } else {
    worker_done(index, failure(FailureReason::rejected));
  }
}

/// Messages and jobs carry no tokens.
bool TrafficCore::authorized(const Visit& visit) const {
  const std::uint32_t app = instances_[visit.instance].app;
  if (visit.direct || visit.attempt == kNone || !checks_.has_token({app})) return true;
  return checks_.authorizes({visit.instance}, attempts_[visit.attempt].sent);
}

/// There is room.
void TrafficCore::let_in(InstanceTraffic& to, std::uint32_t index) {
  Visit& visit = visits_[index];
  visit.work = draw_work(to, visit);
  apps_[to.app].offered_work += now() >= kSimStart ? visit.work : 0;
  meters_.arrived(to.meter, now());
  if (to.serving.size < to.limit) {
    change_queue(to.app, 0, 1);
    serve(to, visit.instance, index);
  } else {
    enqueue(to, index);
  }
}

void TrafficCore::enqueue(InstanceTraffic& to, std::uint32_t index) {
  Visit& visit = visits_[index];
  visit.step = Visit::Step::queued;
  if (visit.sampled) [[unlikely]]
    traces_.waits(visit.key, now());
  to.queue.push_back(visits_, index);
  change_queue(to.app, 1, 1);
}

void TrafficCore::serve(InstanceTraffic& to, std::uint32_t instance, std::uint32_t index) {
  Visit& visit = visits_[index];
  visit.step = Visit::Step::serving;
  if (to.flagged) [[unlikely]]
    flags_.begin(to, visit);
  if (visit.sampled) [[unlikely]]
    traces_.served(visit.key, now());
  visit.since = now();
  to.serving.push_back(visits_, index);
  if (to.serving.size >= to.watch_at) {
    to.watch_at = kNone;
    hooks_.loaded({instance});
  }
  if (to.sharing) {
    const std::uint32_t group = to.group;
    cpu_now(to.host).add_task(group, visit.work, index);
    cpu_changed(to.host);
    return;
  }
  change_cores(to, to.cores + 1);
  schedule_completion(to, visit, index);
}

void TrafficCore::schedule_completion(const InstanceTraffic& to, Visit& visit,
                                      std::uint32_t index) {
  visit.event = 0;
  const Duration wait = service_wait(to.rate, visit.work);
  if (wait == Duration::max()) return;
  visit.event = world_.scheduler.schedule(now() + wait, engine::Priority::completion,
                                          handlers_.completion, tie(visit.key), index);
}

void TrafficCore::completion(std::uint32_t order, std::uint32_t index) {
  if (!visits_.live(index)) return;
  Visit& visit = visits_[index];
  if (visit.event != world_.scheduler.current_key() || order != order_of(visit)) return;
  if (visit.instance == kNone) return;
  visit.event = 0;
  InstanceTraffic& to = instances_[visit.instance];
  AppTraffic& app = apps_[to.app];
  to.cores -= 1;
  app.cpu -= 1;
  meters_.cores(to.meter, to.cores, now());
  own_work_done(to, index);
  tell_cores(app);  // somebody else may have taken the core
}

void TrafficCore::own_work_done(const InstanceTraffic& to, std::uint32_t index) {
  Visit& visit = visits_[index];
  if (visit.sampled) [[unlikely]]
    traces_.end_part(visit.key, now());
  visit.work = 0;
  if (!to.answers) {
    const ReleaseState& release = *to.release;
    const EndpointState& endpoint = release.endpoints[visit.endpoint];
    Random random = draws(visit.key, Purpose::outcome);
    bool crash = random.chance(release.crash_probability);
    bool error = random.chance(endpoint.error_rate) || random.chance(endpoint.broken);
    if (visit.flags != 0) flags_.outcome(visit, crash, error);
    if (visit.poisoned) {
      const Poison& poison = *dependencies_[apps_[to.app].consumes].spec->poison;
      (poison.effect == PoisonEffect::crash ? crash : error) = true;
    }
    if (const auto defect = defect_met(visit)) {
      (*defect == DefectEffect::crash ? crash : error) = true;
    }
    if (crash) {
      hooks_.crashed_by_request({visit.instance});  // which resets this visit with the others
      return;
    }
    if (error) {
      leave(index, failure(FailureReason::error));
      return;
    }
  }
  if ((*to.calls)[visit.endpoint].empty() && visit.flags == 0) {
    leave(index, kAnswered);
    return;
  }
  visit.step = Visit::Step::calling;
  next_calls(index);
}

/// What the visit, whose work is done, has come by of its release's defects.
std::optional<DefectEffect> TrafficCore::defect_met(const Visit& visit) const {
  const InstanceRecord& record = world_.instances[visit.instance];
  const HostState& host = world_.hosts[record.host.index];
  const std::vector<ClockDefect>& defects = world_.release_of(record).clock_defects;
  for (std::size_t i = 0; i < defects.size(); ++i) {
    bool met = (record.defects >> i & 1U) != 0;
    if (defects[i].kind == ClockDefectKind::negative_elapsed) {
      met = visit.since < host.went_back_at && now() - visit.since < host.went_back_by;
    }
    if (!met) continue;
    Random random = draws(hash_combine(visit.key, i), Purpose::defect);
    if (random.chance(defects[i].share)) return defects[i].effect;
  }
  return std::nullopt;
}

/// Threads of it that turn round for nothing, until there are none again.
void TrafficCore::keep_busy(std::uint32_t index, std::uint32_t threads) {
  InstanceTraffic& to = station(index);
  if (!to.sharing || to.group == kNone) return;
  HostCpu& cpu = cpu_now(to.host);
  cpu.keep_busy(to.group, threads);
  cpu_changed(to.host);
}

/// The visit is over for the station, which turns to the next one before anybody hears of it.
void TrafficCore::leave(std::uint32_t index, Outcome outcome) {
  Visit& visit = visits_[index];
  const std::uint32_t instance = visit.instance;
  if (visit.flags != 0) [[unlikely]]
    flags_.settled(visit, outcome);
  InstanceTraffic& to = instances_[instance];
  to.serving.remove(visits_, index);
  ++to.left;
  change_queue(to.app, 0, -1);
  meters_.left(to.meter, 1, now());
  take_next(to, instance);
  if (visit.direct && outcome.ok() && network_.calm()) {
    answer_direct(index);
    if (instances_[instance].state == InstanceTraffic::State::draining) check_drained(instance);
    return;
  }
  expand(index);
  if (visit.message != kNone || visit.job) {
    worker_done(index, outcome);
  } else if (visit.attempt == kNone) {
    free_visit(index);
  } else {
    send_answer(index, outcome);
  }
  if (instances_[instance].state == InstanceTraffic::State::draining) check_drained(instance);
}

void TrafficCore::take_next(InstanceTraffic& to, std::uint32_t instance) {
  if (to.queue.size == 0 || to.serving.size >= to.limit) return;
  const std::uint32_t index = to.queue.head;
  to.queue.remove(visits_, index);
  change_queue(to.app, -1, 0);
  serve(to, instance, index);
}

// ---- cores -----------------------------------------------------------------------------------

void TrafficCore::change_cores(InstanceTraffic& to, double cores) {
  if (cores == to.cores) return;
  change_app_cores(apps_[to.app], cores - to.cores);
  to.cores = cores;
  meters_.cores(to.meter, to.cores, now());
}

/// A host's cores, moved on to now; tasks that end on the way are put aside for cpu_changed().
HostCpu& TrafficCore::cpu_now(std::uint32_t index) {
  HostTraffic& host = hosts_[index];
  if (host.cpu == nullptr) {
    const std::int64_t period = world_.scenario.platform.constants.cpu_period.count();
    std::int64_t phase = 0;
    if (period > 0 && world_.scenario.platform.constants.cpu_quota) {
      phase = static_cast<std::int64_t>(world_.stream("host/" + world_.hosts[index].name + "/cfs")
                                            .below(static_cast<std::uint64_t>(period)));
    }
    host.cpu = std::make_unique<HostCpu>(world_.hosts[index].cores, period, phase);
    host.cpu->set_host_speed(world_.hosts[index].speed);
  }
  host.cpu->advance(now().time_since_epoch().count(), host.done);
  return *host.cpu;
}

/// Shares the cores anew and plans the next end. Tasks that ended while the cores were moved on are
/// settled by an event at this instant, never in the middle of the change that met them.
void TrafficCore::cpu_changed(std::uint32_t index) {
  HostTraffic& host = hosts_[index];
  host.cpu->share();
  host.cpu->report_changes([&](std::uint32_t group, double cores) {
    change_cores(instances_[host.instances[group]], cores);
  });
  std::int64_t next = host.cpu->next();
  if (!host.done.empty()) next = now().time_since_epoch().count();
  if (next == HostCpu::kNever || next >= kSimEnd.time_since_epoch().count()) {
    host.next = 0;
    return;
  }
  const SimTime at{Duration{next}};
  if (host.next == engine::Scheduler::key(at, engine::Priority::completion)) return;
  host.next = world_.scheduler.schedule(at, engine::Priority::completion, handlers_.cpu, index);
}

void TrafficCore::cpu_event(std::uint32_t index) {
  HostTraffic& host = hosts_[index];
  if (host.next != world_.scheduler.current_key()) return;
  host.next = 0;
  cpu_now(index);
  if (host.done.size() == 1) [[likely]] {
    const std::uint32_t visit = host.done.front();
    host.done.clear();
    cpu_changed(index);
    own_work_done(instances_[visits_[visit].instance], visit);
    return;
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> done;
  done.swap(finished_);
  for (const std::uint32_t visit : host.done) done.emplace_back(visit, visits_[visit].serial);
  host.done.clear();
  cpu_changed(index);
  for (const auto& [visit, serial] : done) {  // one of them may crash the others' instance
    if (visits_.live(visit) && visits_[visit].serial == serial &&
        visits_[visit].step == Visit::Step::serving) {
      own_work_done(instances_[visits_[visit].instance], visit);
    }
  }
  done.clear();
  finished_.swap(done);
}

}  // namespace leapday::model
