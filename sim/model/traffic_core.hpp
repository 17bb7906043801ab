/// \file traffic_core.hpp
/// The tables of the request path and the steps that move requests through them.
/// Why: loads, routers, stations, calls and dependencies hand requests to each other several times
/// per request; one object with plain calls between its parts keeps that cheap. Each part's steps
/// are in a file of their own, named in the comments below.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "leapday/policy.hpp"
#include "sim/engine/pool.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/engine/stable_vector.hpp"
#include "sim/model/app_traffic.hpp"
#include "sim/model/caller.hpp"
#include "sim/model/clock_checks.hpp"
#include "sim/model/cpu.hpp"
#include "sim/model/dependency_state.hpp"
#include "sim/model/draws.hpp"
#include "sim/model/eager_path.hpp"
#include "sim/model/ejection.hpp"
#include "sim/model/fast_path.hpp"
#include "sim/model/flag_path.hpp"
#include "sim/model/global_routing.hpp"
#include "sim/model/meters.hpp"
#include "sim/model/mirror_path.hpp"
#include "sim/model/network.hpp"
#include "sim/model/platform_hooks.hpp"
#include "sim/model/request.hpp"
#include "sim/model/request_hash.hpp"
#include "sim/model/route_view.hpp"
#include "sim/model/station_table.hpp"
#include "sim/model/trace_sampler.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class BackingServices;

class TrafficCore : private RouteKnowledge {
 public:
  TrafficCore(World& world, Network& network, PlatformHooks& hooks);
  TrafficCore(const TrafficCore&) = delete;
  TrafficCore& operator=(const TrafficCore&) = delete;

  void start();
  void settle();
  void without_fast_path();  ///< traffic_fast.cpp

  // ---- traffic_station.cpp: instances
  void instance_listening(std::uint32_t instance);
  void instance_draining(std::uint32_t instance);
  void instance_gone(std::uint32_t instance, Departure departure);
  void instance_changed(std::uint32_t instance);
  std::uint32_t open_requests(std::uint32_t instance) const;
  void keep_busy(std::uint32_t instance, std::uint32_t threads);
  void run_job(std::uint32_t instance, std::uint32_t run);
  void end_jobs(std::uint32_t instance);
  ProbeTicket send_probe(std::uint32_t instance, Duration work);
  bool probe_served(std::uint32_t instance, std::uint64_t turn) const;
  bool watch_load(std::uint32_t instance);

  // ---- traffic_routes.cpp: tables
  void route_add(std::uint32_t router, std::uint32_t instance);
  void route_remove(std::uint32_t router, std::uint32_t instance);
  void routes_begin(std::span<const InstanceId> instances);
  void routes_end(std::uint32_t router);
  bool routed(std::uint32_t router, std::uint32_t instance) const;
  void router_changed(std::uint32_t router);

  // ---- traffic_releases.cpp
  void route_split(std::uint32_t router, std::uint32_t app, const std::optional<RouteSplit>& split);
  bool weighs(std::uint32_t app) const { return apps_[app].routing.policy == "weighted"; }
  void releases_changed(std::uint32_t app);
  // ---- traffic_meters.cpp: what is measured of apps that are scaled
  InstanceReading read_meter(std::uint32_t instance) const;
  AppMeter* app_meter(std::uint32_t app);
  void hold(std::uint32_t app, const std::optional<RequestBuffer>& buffer);

  std::uint32_t push(std::uint32_t dependency, const DependencyModifier& modifier, EventId cause);
  void pop(std::uint32_t handle, EventId cause);
  void links_changed();
  BackingServices& backing() { return *backing_; }

  void watch(RequestWatcher watcher, void* self);
  std::uint64_t settled_eagerly() const { return eager_.departures; }
  MirrorPath& mirrors() { return mirrors_; }
  FlagPath& flags() { return flags_; }
  std::uint64_t touched_host(std::uint32_t host) const;
  std::uint64_t touched_instance(std::uint32_t instance) const;
  std::uint64_t touched_dependency(std::uint32_t dependency) const;

 private:
  friend class MirrorPath;       // traffic_mirror.cpp
  friend class FlagPath;         // traffic_flags.cpp
  friend class BackingServices;  // traffic_backing.hpp: nodes, caches and brokers  // ----
                                 // traffic_releases.cpp
  bool surely_answers(const InstanceTraffic& to) const;
  void reweigh(RouteView& table);
  void release_sent(const InstanceTraffic& to) {
    if (to.release_series != kNone) [[unlikely]]
      world_.recorder.sent(to.release_series, now());
  }
  void release_settled(const Visit& visit, Outcome outcome);

  // ---- traffic_setup.cpp
  void add_handlers();
  void add_apps();
  void add_dependencies();
  void add_loads();
  void add_releases();
  void add_clock_checks();
  void compare_timeouts();
  AppRouting merge_routing(const App& app) const;
  SubjectSeries add_subject(const std::string& name, Series::Kind whole, Series::Kind part,
                            const std::vector<std::string>& endpoints);
  CallSite add_site(const CallSpec& spec);
  std::uint32_t add_caller(Caller caller);
  std::uint32_t endpoint_index(std::uint32_t app, const std::string& name) const;
  std::uint32_t app_index(std::string_view name) const;
  std::uint32_t dependency_index(std::string_view name) const;
  void set_up_meters();
  void refit(RouteView& table, const AppTraffic& app);
  void turn_away(RouteView& table, std::uint32_t app);
  void waited_too_long(std::uint32_t attempt);
  void enter_waiting(RouteView& table, std::uint32_t attempt, std::uint32_t app);
  void leave_waiting(RouteView& table, std::uint32_t attempt, std::uint32_t app);

  // ---- traffic_load.cpp: who sends, and when
  void start_load(std::uint32_t load);
  /// ArrivalProcess::kNever when there is none.
  SimTime next_arrival(LoadState& load) const {
    SimTime at = ArrivalProcess::kNever;
    if (!load.spec->trace) [[likely]] {
      at = load.arrivals.next(*load.stream);
    } else if (load.next_row < load.spec->trace->rows.size()) {
      at = kSimStart + load.spec->trace->rows[load.next_row].at;
    }
    return at < load.stop ? at : ArrivalProcess::kNever;
  }
  void schedule_arrival(std::uint32_t load);
  void put_arrival(std::uint32_t load, SimTime at);
  void arrival(std::uint32_t load, std::uint32_t schedule);
  void client_thinks(std::uint32_t load, std::uint32_t client, double share);
  void client_sends(std::uint32_t load, std::uint32_t client);
  void send_request(std::uint32_t load, std::uint64_t number, std::uint32_t owner,
                    std::uint32_t endpoint);
  std::uint32_t make_call(std::uint32_t load, std::uint64_t number, std::uint32_t owner,
                          std::uint32_t endpoint);
  Call new_call(const LoadState& load, std::uint64_t number, std::uint32_t owner,
                std::uint32_t endpoint) const;
  void record_request(const LoadState& load, std::uint32_t endpoint);
  std::uint32_t draw_endpoint(const LoadState& load, std::uint64_t key) const {
    return load.mix_total > 0 ? draw_from_mix(load, key) : load.endpoint;
  }
  std::uint32_t draw_from_mix(const LoadState& load, std::uint64_t key) const;
  std::uint64_t client_key(const LoadState& load, std::uint64_t number, std::uint64_t key) const {
    const auto connections = static_cast<std::uint64_t>(load.spec->connections);
    return connections > 0 ? hash_combine(load.name_hash, number % connections) : key;
  }
  void request_settled(std::uint32_t call, Outcome outcome);
  void settle_request(std::uint32_t load, std::uint64_t key, std::uint64_t number, SimTime sent,
                      std::uint32_t endpoint, Outcome outcome);

  // ---- traffic_caller.cpp: calls and their attempts, as the caller sees them
  void begin_attempt(std::uint32_t call, bool hedge);
  std::uint32_t open_attempt(std::uint32_t call, bool hedge);
  std::uint32_t make_attempt(std::uint32_t call, bool hedge, SimTime sent);
  FailureReason refusal(Caller& caller, std::uint64_t call_key, std::uint32_t attempts);
  bool admitted(Caller& caller, std::uint32_t call);
  void note_settled(Caller& caller, Outcome outcome);
  bool owner_gone(const Call& call) const;
  /// Of a call for a visit.
  bool owner_lives(const Call& call) const {
    return visits_.live(call.owner) && visits_[call.owner].serial == call.number;
  }
  void attempt_done(std::uint32_t attempt, Outcome outcome);
  void attempt_timed_out(std::uint32_t attempt);
  void hedge_due(std::uint32_t call);
  void retry_due(std::uint32_t order, std::uint32_t call);
  bool retry(std::uint32_t call, FailureReason reason);
  void call_done(std::uint32_t call, Outcome outcome);
  void record_attempt(const Attempt& attempt, Outcome outcome);

  // ---- traffic_router.cpp: an attempt at a router
  void send_to_router(std::uint32_t attempt);
  void at_router(std::uint32_t attempt);
  void try_next(std::uint32_t attempt);
  RouteChoice pick(RouteView& view, const Attempt& attempt, FailureReason& why);
  FailureReason why_no_row(const RouteView& view, const Attempt& attempt) const;
  bool was_tried(const Attempt& attempt, std::uint32_t instance) const;
  std::uint64_t affinity(const Call& call, std::uint32_t connection) const;
  std::uint32_t stuck_instance(const Attempt& attempt) const;
  void stick(const Attempt& attempt, std::uint32_t instance);
  void attempt_event(std::uint32_t order, std::uint32_t attempt);
  void answer_attempt(std::uint32_t attempt, Outcome outcome);
  void serve_waiting(std::uint32_t view_index);
  void leave_router(std::uint32_t attempt, FailureReason reason);

  // ---- traffic_direct.cpp: visits that stand for their calls
  bool begin_direct(const Call& call, std::uint32_t from);
  bool takes_direct(std::uint32_t caller) const {
    return callers_[caller].plain && network_.calm();
  }
  /// Nothing keeps this router from handing a request to an instance at once.
  [[gnu::always_inline]] bool hands_out(std::uint32_t router, std::uint32_t app) {
    if (!world_.routers[router].up) [[unlikely]]
      return false;
    if (fast_.apps[app].active) [[unlikely]]
      leave_fast_path(app);
    const RouteView& table = view(router, app);
    return table.waiting.size == 0 && table.usable > 0 && table.out.empty();
  }
  bool refuse(Caller& caller, const Call& call);
  /// After a delay that many messages take: through that delay's line, if it has one.
  [[gnu::always_inline]] engine::EventKey schedule_hop(Duration delay, std::uint32_t order,
                                                       std::uint32_t visit) {
    const DelayLine& line =
        delay_lines_[static_cast<std::uint64_t>(delay.count()) * kDelayMix >> 58];
    if (line.delay != delay || !line.id.valid()) [[unlikely]]
      return schedule_first_hop(delay, order, visit);
    return world_.scheduler.schedule_in(line.id, now() + delay, engine::Priority::delivery,
                                        handlers_.visit, order, visit);
  }
  engine::EventKey schedule_first_hop(Duration delay, std::uint32_t order, std::uint32_t visit);
  void at_router_direct(std::uint32_t visit);
  void route_direct(std::uint32_t visit, std::uint32_t app);
  std::uint64_t client_of(const Visit& visit) const;
  void answer_direct(std::uint32_t visit);
  void answered_direct(std::uint32_t visit);
  void end_direct(std::uint32_t visit);
  void settle_direct(std::uint32_t visit);
  void direct_timed_out(std::uint32_t visit);
  std::uint32_t expand(std::uint32_t visit);
  void expand_all();
  /// Of a visit that a router pays.
  std::uint32_t caller_of(const Visit& visit) const {
    return visit.direct ? visit.caller : attempts_[visit.attempt].caller;
  }
  std::uint32_t choose_router(std::uint64_t turn) const;
  std::uint32_t choose_globally(std::uint64_t turn, std::uint64_t client, std::uint32_t from) const;
  bool knows_any(std::uint32_t router, std::uint32_t app) const override;

  // ---- traffic_try.cpp: one visit, from the router's side
  void connect(std::uint32_t attempt, std::uint32_t instance, std::uint32_t row);
  std::uint32_t make_try(std::uint32_t attempt, std::uint32_t instance);
  void note_try(Attempt& attempt, std::uint32_t visit, std::uint32_t instance);
  void connecting(std::uint32_t visit);
  void silence(std::uint32_t visit, bool connected);
  void router_timer(std::uint32_t visit);
  void abandon(std::uint32_t attempt);
  void visit_answered(std::uint32_t visit, Outcome outcome);
  void end_try(Visit& visit, Outcome outcome);
  void end_row(Visit& visit, Outcome outcome);
  void close_row(Visit& visit, RouteView& view, std::uint32_t row);
  void after_failure(std::uint32_t attempt, FailureReason reason);
  void send_answer(std::uint32_t visit, Outcome outcome);
  void visit_event(std::uint32_t order, std::uint32_t visit);
  /// Among the events of one instant. Direct visits between caller and router go by their attempt.
  static std::uint32_t order_of(const Visit& visit) {
    const bool outside =
        visit.step == Visit::Step::to_router || visit.step == Visit::Step::to_caller;
    return tie(outside ? nth_attempt(call_key(visit), 0) : visit.key);
  }
  void reach_station(std::uint32_t visit);
  NetworkEnd end_of_instance(std::uint32_t instance) const {
    const InstanceTraffic& station = instances_[instance];
    return {.index = station.host, .app = station.app};
  }
  /// What a message of this attempt or visit takes now; nothing when it does not arrive.
  std::optional<Duration> transit(NetworkEnd from, NetworkEnd to, std::uint64_t key, Hop hop) {
    if (const std::optional<Duration> fixed = network_.fixed(from, to)) return fixed;
    Random random = draws(hash_combine(key, static_cast<std::uint64_t>(hop)), Purpose::network);
    return network_.transit(from, to, random);
  }
  NetworkEnd end_of_caller(const Attempt& attempt) const;
  /// What a trace says of this request.
  const TraceRow* trace_row(const Attempt& attempt) const;
  NetworkEnd end_of_router(std::uint32_t router) const {
    return {.kind = NetworkEnd::Kind::router, .index = router};
  }

  // ---- traffic_routes.cpp: rows
  RouteView& view(std::uint32_t router, std::uint32_t app) {
    return views_[router * apps_.size() + app];
  }
  RouteView& view_of(const Attempt& attempt) { return view(attempt.router, app_of(attempt)); }
  RouteView& view_of(const Visit& visit) {
    return view(visit.router, instances_[visit.instance].app);
  }
  RouterTime router_time(const RouteView& view) const {
    return {now(), world_.wall(world_.routers[view.router].host).seconds};
  }
  void review(RouteView& view, const AppRouting& routing);
  void count_out(RouteView& view);
  void set_usable(RouteView& view, std::uint32_t row, bool usable);
  void refresh_row(RouteView& view, std::uint32_t row);
  void row_opened(RouteView& view, const AppRouting& routing, std::uint32_t row);
  void row_closed(RouteView& view, const AppRouting& routing, std::uint32_t row);
  static std::uint32_t row_of(const RouteView& view, const Visit& visit);
  void open_table(RouteView& view, std::uint32_t app);
  std::unique_ptr<RouterPolicy> make_policy(std::uint32_t app) const;
  /// Calls `act(instance)` for each instance that a router knows of, for some more than once.
  template <class Act>
  void for_each_routed(std::uint32_t app, Act&& act) {
    for (std::uint32_t r = 0; r < routers_.size(); ++r) {
      const RouteView& table = view(r, app);
      if (r > 0 && table.place == view(r - 1, app).place) continue;
      for (const RouteEntry& entry : table.place.entries()) act(entry.instance.index);
    }
  }

  // ---- traffic_station.cpp
  /// The station, with what never changes about it filled in.
  InstanceTraffic& station(std::uint32_t instance) {
    if (instance < instances_.size() && instances_[instance].known) [[likely]]
      return instances_[instance];
    return make_station(instance);
  }
  InstanceTraffic& make_station(std::uint32_t instance);
  std::uint32_t make_series(std::uint32_t instance);
  std::uint32_t series_of(std::uint32_t instance) {
    const std::uint32_t series = instances_[instance].series;
    return series != kNone ? series : make_series(instance);
  }
  void order_series();
  void arrive(std::uint32_t visit);
  void let_in(InstanceTraffic& station, std::uint32_t visit);
  void enqueue(InstanceTraffic& station, std::uint32_t visit);
  void serve(InstanceTraffic& station, std::uint32_t instance, std::uint32_t visit);
  void schedule_completion(const InstanceTraffic& station, Visit& visit, std::uint32_t index);
  void completion(std::uint32_t order, std::uint32_t visit);
  std::optional<DefectEffect> defect_met(const Visit& visit) const;
  void own_work_done(const InstanceTraffic& station, std::uint32_t visit);
  void leave(std::uint32_t visit, Outcome outcome);
  void take_next(InstanceTraffic& station, std::uint32_t instance);
  void drop_visit(std::uint32_t visit, bool silent);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> drop_all(List& serving, List& queue);
  bool still_dropped(std::uint32_t visit, std::uint32_t serial) const;
  void check_drained(std::uint32_t instance);
  bool authorized(const Visit& visit) const;
  double draw_work(const InstanceTraffic& station, const Visit& visit) const;
  Duration draw_service(const EndpointState& endpoint, std::uint64_t visit_key) const {
    return endpoint.service.sample_brief(draw_key(visit_key, Purpose::service));
  }
  /// How long this much work takes at that rate; longer than any run when hung.
  static Duration service_wait(double rate, double work) {
    if (rate <= 0) return Duration::max();
    const double left = rate == 1 ? work : work / rate;
    return left >= 1e18 ? Duration::max() : engine::from_nanoseconds(left);
  }
  [[gnu::always_inline]] void change_queue(std::uint32_t index, int queued, int open) {
    AppTraffic& app = apps_[index];
    if (queued != 0) {
      app.queued += static_cast<std::uint32_t>(queued);
      world_.recorder.gauge(app.queue_gauge, now(), app.queued);
    }
    if (open != 0) {
      note_open(app, now());
      app.open += static_cast<std::uint32_t>(open);
      world_.recorder.gauge(app.open_gauge, now(), app.open);
    }
  }
  void change_cores(InstanceTraffic& station, double cores);
  void change_app_cores(AppTraffic& app, double more) {
    app.cpu += more;
    tell_cores(app);
  }
  /// What changes back at one instant is not worth telling.
  void tell_cores(AppTraffic& app) {
    if (app.cpu == app.cpu_told) return;
    app.cpu_told = app.cpu;
    world_.recorder.gauge(app.cpu_gauge, now(), app.cpu);
  }
  void cpu_event(std::uint32_t host);
  HostCpu& cpu_now(std::uint32_t host);
  void cpu_changed(std::uint32_t host);
  double capacity_of(std::uint32_t instance) const;
  void account_capacity(std::uint32_t instance);

  // ---- traffic_calls.cpp
  void next_calls(std::uint32_t visit);
  void run_site(std::uint32_t visit, const CallSite& site, Random& random);
  void begin_call(std::uint32_t caller, std::uint32_t visit, std::uint64_t key);
  void call_settled(std::uint32_t visit, std::uint32_t serial, bool optional, Outcome outcome);
  const CallSite* next_site(const Visit& visit) const {
    const auto& own = (*instances_[visit.instance].calls)[visit.endpoint];
    if (visit.call_step < own.size()) return &own[visit.call_step];
    return visit.flags == 0 ? nullptr : flags_.site(visit, visit.call_step - own.size());
  }

  void call_dependency(std::uint32_t attempt);
  void dependency_arrive(std::uint32_t visit);
  InstanceId caller_instance(const Visit& visit) const;
  bool takes_at_once(const DependencyTraffic& dependency) const;
  void dependency_serve(std::uint32_t dependency, std::uint32_t visit);
  void dependency_completion(std::uint32_t order, std::uint32_t visit);
  void dependency_worked(std::uint32_t visit);
  bool draw_error(const DependencyTraffic& dependency, Random& random) const;
  void dependency_answer(std::uint32_t visit, Outcome outcome);
  void dependency_answered(std::uint32_t visit, Outcome outcome);
  void dependency_event(std::uint32_t visit);
  void combine_modifiers(std::uint32_t dependency);
  bool cache_hit(const DependencyTraffic& cache, Random& random) const;
  void take_next_call(std::uint32_t dependency);
  void dependency_gauges(DependencyTraffic& dependency);

  // ---- traffic_queue.cpp: messages, workers and jobs
  void publish(std::uint32_t queue, std::uint64_t key);
  void put_back(std::uint32_t message);
  void dispatch(std::uint32_t queue);
  void deliver(std::uint32_t message, std::uint32_t instance);
  void message_back(std::uint32_t message);
  void redeliver_due(std::uint32_t message);
  void worker_done(std::uint32_t visit, Outcome outcome);
  void worker_lost(std::uint32_t visit, bool silent);
  bool has_free_slot(std::uint32_t instance) const;
  bool cut_off(std::uint32_t queue, std::uint32_t instance) const;
  void offer_worker(std::uint32_t instance);
  void set_backlog(DependencyTraffic& queue);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> empty_station(InstanceTraffic& to);
  void start_job(std::uint32_t instance, std::uint32_t run);
  void begin_unasked(std::uint32_t visit);
  void end_unasked(const Visit& visit, Outcome outcome);

  // ---- traffic_fast.cpp: calm apps
  void set_up_fast_path();
  bool fast_possible(std::uint32_t app) const;
  bool calm(std::uint32_t app);
  bool can_take_over(const InstanceTraffic& station);
  void try_fast_path(std::uint32_t app);
  void take_over(std::uint32_t instance);
  void disturb(std::uint32_t instance);
  void leave_fast_path(std::uint32_t app);
  void give_back(const FastRequest& request);
  engine::LaneId late_lane(engine::LaneId lane);
  void close_station(std::uint32_t instance);
  void wake_fast_path();
  void fast_path();
  void fast_arrival(engine::Event event);
  void fast_reach_station(FastRequest& request, std::uint64_t key);
  void fast_departure(engine::Event event);
  void send_past_fast_path(const FastRequest& request);
  void fast_enqueue(FastStation& station, std::uint32_t slot);
  bool on_fast_path(std::uint32_t instance) const {
    return instance < fast_.stations.size() && fast_.stations[instance].endpoints != nullptr;
  }
  std::uint64_t fast_arrived(std::uint32_t instance) const;
  std::uint32_t serving(std::uint32_t instance) const;
  std::uint32_t waiting(std::uint32_t instance) const;
  std::uint64_t turns_taken(std::uint32_t instance) const;
  void fast_serve(FastStation& station, std::uint32_t slot, std::uint64_t visit_key);
  std::vector<std::uint32_t> fast_requests_of(const FastApp& fast);

  // ---- traffic_eager.cpp: calm apps whose routers do not look at open requests
  void set_up_eager_path();
  void without_eager_path();
  bool eager_possible(std::uint32_t app) const;
  std::uint32_t most_open(std::uint32_t app) const;
  bool may_be_eager(std::uint32_t app);
  void make_eager(std::uint32_t app);
  void make_eventful(std::uint32_t app);
  void leave_eager_path(std::uint32_t app);
  void mark_dirty(std::uint32_t app);
  bool is_eager(const engine::Event& arrival) const {
    return eager_.apps[loads_[arrival.payload].app].active;
  }
  void eager_due(engine::Event entry);
  void eager_arrivals(engine::EventKey limit);
  EagerRun eager_run(std::uint32_t load, engine::EventKey limit);
  /// So many events, less those that the scheduler has counted already.
  std::uint64_t not_counted(std::uint64_t events) {
    const std::uint64_t ahead = std::min(events, eager_.counted);
    eager_.counted -= ahead;
    return events - ahead;
  }
  bool eager_arrival(const EagerSender& sender, EagerRequest& request);
  void send_past_eager_path(std::uint32_t load);
  FastRequest as_fast_request(const EagerRequest& request) const;
  void turn_eager_row(engine::EventKey key);
  void begin_eager_row(std::int64_t at);
  void settle_eager_before(engine::EventKey key);
  std::int64_t settle_dirty(std::int64_t last);
  void settle_eager(std::uint32_t app, std::int64_t last);
  std::uint64_t settle_requests(std::uint32_t app, std::int64_t last);
  void record_late(const EagerRequest& request, std::uint32_t instance_series,
                   const EagerSums& sums);
  void cover_gauges(std::uint32_t app, std::size_t settled);

  // ---- traffic_billing.cpp
  void set_up_billing();
  bool is_charged(std::uint32_t app) const;
  void charge(const Visit& visit);

  // ---- traffic_traces.cpp: of what is `sampled`
  void trace_call(const Call& call);
  void trace_visit(const Visit& visit);
  void trace_abandoned(const Attempt& attempt);
  void trace_settled(const EagerRequest& request);
  PlainTrace plain_trace(const FastRequest& request, double rate) const;
  Traces take_traces();

  // ---- traffic_stability.cpp
  void note_open(AppTraffic& app, SimTime at) {
    if (at >= app.open_part_end || at <= kSimStart) {
      note_open_part(app, at);
      return;
    }
    app.backlog[app.open_part] += static_cast<Area>((at - app.open_since).count()) * app.open;
    app.open_since = at;
  }
  void note_open_part(AppTraffic& app, SimTime at);
  std::int64_t part_of_run() const;
  std::vector<double> nominal_work() const;
  void add_nominal(std::uint32_t app, std::uint32_t endpoint, double per_second, int depth,
                   std::vector<double>& work, bool copied = false) const;
  void add_nominal_site(const CallSite& site, double per_second, int depth,
                        std::vector<double>& work) const;
  void add_nominal_caller(const Caller& caller, double per_second, int depth,
                          std::vector<double>& work) const;
  void note_first_capacity();
  void report_stability();

  // ---- shared by all
  SimTime now() const { return world_.scheduler.now(); }
  /// Orders events of one instant by whose they are, not by the slots that these happen to have;
  /// and tells an event from that of who had the slot before, at the same instant.
  static std::uint32_t tie(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 36); }
  std::uint32_t app_of(const Attempt& attempt) const { return callers_[attempt.caller].to; }
  std::uint64_t draw_key(std::uint64_t key, Purpose purpose) const {
    return hash_combine(key ^ world_.seed, static_cast<std::uint64_t>(purpose));
  }
  Random draws(std::uint64_t key, Purpose purpose) const {
    return Random::brief(draw_key(key, purpose));
  }
  std::uint32_t make_visit();
  void free_visit(std::uint32_t visit);
  void free_attempt(std::uint32_t attempt);

  World& world_;
  Network& network_;
  PlatformHooks& hooks_;

  engine::Pool<Call> calls_;
  engine::Pool<Attempt> attempts_;
  engine::Pool<Visit> visits_;
  engine::Pool<Message> messages_;
  engine::Pool<Tried> tried_;
  /// By a mix of the delay.
  static constexpr std::uint64_t kDelayMix = 0x9e3779b97f4a7c15U;
  std::array<DelayLine, 64> delay_lines_;

  std::vector<Caller> callers_;
  std::vector<LoadState> loads_;
  std::vector<AppTraffic> apps_;
  std::vector<RouterTraffic> routers_;
  std::vector<RouteView> views_;
  std::vector<RouteLists> route_lists_;              ///< By app.
  engine::StableVector<InstanceTraffic> instances_;  ///< Grows while references are held.
  std::vector<HostTraffic> hosts_;
  std::vector<DependencyTraffic> dependencies_;
  /// The instance that a client connection sticks to, by load and connection.
  std::vector<std::vector<std::uint32_t>> sticky_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> finished_;  ///< Scratch: visit, serial.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pushed_;    ///< Handle, dependency.
  /// By app and number: a replacement takes over its predecessor's name, and its series.
  std::vector<std::vector<NamedSeries>> instance_series_;
  std::uint32_t names_listened_ = 0;
  std::unordered_map<const CallSpec*, std::uint32_t> site_callers_;  ///< Never iterated.
  CallPolicy plain_policy_;
  RequestWatcher watcher_ = nullptr;
  void* watching_ = nullptr;
  std::uint32_t next_handle_ = 0;
  std::uint32_t visits_made_ = 0;
  struct Handlers {
    engine::HandlerId arrival, client, attempt, timeout, hedge, retry, visit, router_timer,
        completion, cpu, dependency, redeliver, job, drained, fast, direct_timeout, node, failover,
        expire, admit;
  } handlers_;
  std::unique_ptr<GlobalRouting> global_;                  ///< None without `routers.dns`.
  std::vector<std::vector<std::int64_t>> response_sizes_;  ///< By app and endpoint; or empty.
  FastPath fast_;
  EagerPath eager_;
  TraceSampler traces_;
  ClockChecks checks_;
  MirrorPath mirrors_{*this};
  FlagPath flags_{*this};
  std::unique_ptr<BackingServices> backing_;
  Meters meters_;
};

}  // namespace leapday::model
