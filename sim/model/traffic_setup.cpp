/// \file traffic_setup.cpp
/// Turns the scenario into the request path's tables, once per run.
/// Why: names, defaults and inheritance are settled here, so that the steps only follow indices.
#include <algorithm>
#include <numeric>

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

TrafficCore::TrafficCore(World& world, Network& network, PlatformHooks& hooks)
    : world_(world), network_(network), hooks_(hooks), traces_(world.seed), checks_(world, hooks) {
  backing_ = std::make_unique<BackingServices>(*this);
  add_handlers();
  LEAPDAY_ASSERT(world.routers.size() <= kMostRouters, "more routers than a visit can name");
  dependencies_.resize(world.scenario.dependencies.size());
  apps_.resize(world.apps.size());
  instance_series_.resize(world.apps.size());
  hosts_.resize(world.hosts.size());
  routers_.resize(world.routers.size());
  add_loads();
  add_apps();
  set_up_meters();
  add_dependencies();
  add_releases();
  add_clock_checks();
  mirrors_.set_up();
  flags_.set_up();
  compare_timeouts();
  set_up_billing();
  if (const auto& dns = world.scenario.routers.dns) {
    const RouteKnowledge& routes = *this;
    global_ = std::make_unique<GlobalRouting>(world, network, *dns, routes);
  }
  set_up_fast_path();
}

void TrafficCore::add_handlers() {
  engine::Scheduler& scheduler = world_.scheduler;
  const auto add = [&](engine::HandlerFn fn) { return scheduler.add_handler(fn, this); };
#define LEAPDAY_HANDLER(call)                                                                     \
  add([](void* self, [[maybe_unused]] std::uint32_t target, [[maybe_unused]] std::uint32_t arg) { \
    static_cast<TrafficCore*>(self)->call;                                                        \
  })
  handlers_.arrival = LEAPDAY_HANDLER(arrival(target, arg));
  handlers_.client = LEAPDAY_HANDLER(client_sends(target, arg));
  handlers_.attempt = LEAPDAY_HANDLER(attempt_event(target, arg));
  handlers_.timeout = LEAPDAY_HANDLER(attempt_timed_out(arg));
  handlers_.hedge = LEAPDAY_HANDLER(hedge_due(arg));
  handlers_.retry = LEAPDAY_HANDLER(retry_due(target, arg));
  handlers_.visit = LEAPDAY_HANDLER(visit_event(target, arg));
  handlers_.router_timer = LEAPDAY_HANDLER(router_timer(arg));
  handlers_.completion = LEAPDAY_HANDLER(completion(target, arg));
  handlers_.cpu = LEAPDAY_HANDLER(cpu_event(target));
  handlers_.dependency = LEAPDAY_HANDLER(dependency_completion(target, arg));
  handlers_.redeliver = LEAPDAY_HANDLER(redeliver_due(target));
  handlers_.job = LEAPDAY_HANDLER(start_job(target, arg));
  handlers_.drained = LEAPDAY_HANDLER(check_drained(target));
  handlers_.fast = LEAPDAY_HANDLER(fast_path());
  handlers_.direct_timeout = LEAPDAY_HANDLER(direct_timed_out(arg));
  handlers_.node = LEAPDAY_HANDLER(backing_->node_event(target, arg));
  handlers_.failover = LEAPDAY_HANDLER(backing_->failover_event(target));
  handlers_.expire = LEAPDAY_HANDLER(backing_->expire(target));
  handlers_.admit = LEAPDAY_HANDLER(backing_->admit(target));
#undef LEAPDAY_HANDLER
}

std::uint32_t TrafficCore::app_index(std::string_view name) const {
  for (std::uint32_t i = 0; i < world_.apps.size(); ++i) {
    if (world_.apps[i].name == name) return i;
  }
  return kNone;
}

std::uint32_t TrafficCore::dependency_index(std::string_view name) const {
  const auto& entries = world_.scenario.dependencies.entries;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (entries[i].name == name) return i;
  }
  return kNone;
}

std::uint32_t TrafficCore::endpoint_index(std::uint32_t app, const std::string& name) const {
  const std::vector<std::string>& names = world_.apps[app].endpoint_names;
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? 0 : static_cast<std::uint32_t>(found - names.begin());
}

std::uint32_t TrafficCore::add_caller(Caller caller) {
  const CallPolicy& policy = *caller.policy;
  caller.guarded = policy.breaker || policy.throttle;
  caller.timed = policy.timeout.has_value();
  caller.hedged = policy.hedge_after && policy.idempotent;
  caller.budgeted = policy.retry && policy.retry->budget;
  caller.repeatable = policy.idempotent;
  caller.plain = caller.target == Caller::Target::app && !caller.hedged;
  if (caller.target == Caller::Target::app && world_.apps[caller.to].spec->kind == AppKind::tcp) {
    caller.repeatable = false;  // a router cannot repeat bytes it does not understand
  }
  if (policy.breaker) caller.breaker.emplace(*policy.breaker);
  if (policy.throttle) caller.throttle.emplace(*policy.throttle);
  if (policy.retry) caller.budget.emplace(*policy.retry);
  const auto lane = [&](Duration delay, engine::HandlerId handler) {
    return world_.scheduler.lane(delay, engine::Priority::timer, handler);
  };
  if (policy.timeout) caller.timeout = lane(*policy.timeout, handlers_.timeout);
  if (policy.hedge_after) caller.hedge = lane(*policy.hedge_after, handlers_.hedge);
  callers_.push_back(std::move(caller));
  return static_cast<std::uint32_t>(callers_.size() - 1);
}

SubjectSeries TrafficCore::add_subject(const std::string& name, Series::Kind whole,
                                       Series::Kind part,
                                       const std::vector<std::string>& endpoints) {
  const auto add = [&](const std::string& subject, Series::Kind kind) {
    return world_.recorder.add_series(subject, kind, world_.watched(subject));
  };
  SubjectSeries series{.whole = add(name, whole), .endpoints = {}};
  for (const std::string& endpoint : endpoints) {
    series.endpoints.push_back(endpoint.empty() ? kNone : add(name + "." + endpoint, part));
  }
  if (std::all_of(series.endpoints.begin(), series.endpoints.end(),
                  [](std::uint32_t s) { return s == kNone; })) {
    series.endpoints.clear();
  }
  return series;
}

void TrafficCore::add_loads() {
  const SimTime start = now();
  for (const auto& entry : world_.scenario.loads) {
    const Load& spec = entry.value;
    LoadState load;
    load.spec = &spec;
    load.name = entry.name;
    load.name_hash = hash_name(entry.name);
    load.app = app_index(spec.to);
    LEAPDAY_ASSERT(load.app != kNone, "load " + entry.name + " goes to no app of the scenario");
    load.endpoint = endpoint_index(load.app, spec.endpoint);
    std::vector<std::string> used = world_.apps[load.app].endpoint_names;
    if (!spec.mix.empty() || !spec.endpoint.empty()) {
      for (std::string& name : used) {  // name only what the load can send
        if (spec.mix.empty() ? name != spec.endpoint : spec.mix.find(name) == nullptr) name = "";
      }
    }
    load.series = add_subject(entry.name, Series::Kind::load, Series::Kind::load_endpoint, used);
    for (const auto& share : spec.mix) {
      load.mix_total =
          load.mix_total == 0 ? share.value.den : std::lcm(load.mix_total, share.value.den);
    }
    if (load.mix_total > 0) {
      std::int64_t end = 0;
      load.mix_ends.resize(used.size());
      for (std::size_t i = 0; i < used.size(); ++i) {
        const Ratio* share = spec.mix.find(world_.apps[load.app].endpoint_names[i]);
        if (share != nullptr) end += share->num * (load.mix_total / share->den);
        load.mix_ends[i] = end;
      }
      load.mix_total = end;
    }
    if (spec.stop) load.stop = kSimStart + *spec.stop;
    if (spec.closed) {
      load.think = engine::Sampler(spec.closed->think_time);
      load.client_requests.resize(static_cast<std::size_t>(spec.closed->clients));
    } else if (!spec.trace) {
      load.arrivals = ArrivalProcess(rate_pieces(spec, start));
    }
    load.stream = &world_.stream("load/" + entry.name + "/arrivals");
    load.caller = add_caller({.to = load.app,
                              .load = static_cast<std::uint32_t>(loads_.size()),
                              .policy = &spec.policy});
    if (spec.trace || spec.connections > 0 || spec.users > 0) callers_.back().plain = false;
    sticky_.emplace_back(static_cast<std::size_t>(spec.connections), kNone);
    loads_.push_back(std::move(load));
  }
}

AppRouting TrafficCore::merge_routing(const App& app) const {
  const Routing& own = app.routing;
  const Routing& shared = world_.scenario.routers.routing;
  const PlatformConstants& platform = world_.scenario.platform.constants;
  const auto first = [](const auto& a, const auto& b, const auto& fallback) {
    return a ? *a : b ? *b : fallback;
  };
  AppRouting out;
  out.policy = first(own.policy, shared.policy, world_.scenario.platform.algorithms.routing);
  out.attempts = first(own.attempts, shared.attempts, platform.router_attempts);
  out.connect_timeout =
      first(own.connect_timeout, shared.connect_timeout, platform.router_connect_timeout);
  out.request_timeout =
      first(own.request_timeout, shared.request_timeout, platform.router_request_timeout);
  out.ejection = EjectionRules(first(own.ejection, shared.ejection, Ejection{}));
  out.max_connections =
      first(own.max_connections, shared.max_connections, platform.router_max_connections);
  out.queue_limit = own.queue_limit != 0 ? own.queue_limit : shared.queue_limit;
  out.per_connection = own.per_connection || shared.per_connection;
  out.keep_alive = own.keep_alive ? own.keep_alive : shared.keep_alive;
  // gorouter's cool-down belongs to its round robin only; least-connection ignores failed marks.
  if (out.policy == "round_robin" && out.ejection.kind() == EjectionKind::none) {
    out.cooldown = platform.router_failed_cooldown;
  }
  const auto* policy = world_.registry.routing.find(out.policy);
  out.repeats = policy != nullptr && !policy->make({})->passes_over_tried();
  out.tls = platform.route_tls;
  const auto lane = [&](Duration delay) {
    return world_.scheduler.lane(delay, engine::Priority::timer, handlers_.router_timer);
  };
  out.connect_lane = lane(out.connect_timeout);
  out.request_lane = lane(out.request_timeout);
  return out;
}

void TrafficCore::add_apps() {
  for (std::uint32_t a = 0; a < world_.apps.size(); ++a) {
    const AppState& state = world_.apps[a];
    AppTraffic& app = apps_[a];
    app.routing = merge_routing(*state.spec);
    app.series = add_subject(state.name, Series::Kind::app, Series::Kind::app_endpoint,
                             state.endpoint_names);
    app.queue_gauge = world_.recorder.add_gauge("queue", state.name);
    app.open_gauge = world_.recorder.add_gauge("open", state.name);
    app.cpu_gauge = world_.recorder.add_gauge("cpu", state.name);
    if (state.spec->kind == AppKind::worker) app.consumes = dependency_index(state.spec->consumes);
    if (state.spec->prefetch) app.prefetch = static_cast<std::uint32_t>(*state.spec->prefetch);
    for (const ReleaseState& release : state.releases) {
      std::vector<std::vector<CallSite>>& endpoints = app.calls.emplace_back();
      for (const EndpointState& endpoint : release.endpoints) {
        std::vector<CallSite>& sites = endpoints.emplace_back();
        for (const CallSpec& spec : *endpoint.calls) sites.push_back(add_site(spec));
      }
    }
  }
  views_.resize(world_.routers.size() * apps_.size());
  route_lists_.resize(apps_.size());
  for (std::uint32_t r = 0; r < world_.routers.size(); ++r) {
    for (std::uint32_t a = 0; a < apps_.size(); ++a) view(r, a).router = r;
  }
}

CallSite TrafficCore::add_site(const CallSpec& spec) {
  CallSite site{
      .probability = spec.probability, .fan_out = spec.fan_out, .optional = spec.optional};
  site.certain = spec.probability.num >= spec.probability.den;
  for (const CallSpec& member : spec.parallel) {
    site.parallel.push_back(add_site(member));
    site.certain = site.certain && site.parallel.back().certain;
  }
  if (!spec.parallel.empty()) return site;
  const auto known = site_callers_.find(&spec);
  if (known != site_callers_.end()) {  // releases that share a call share its guards
    site.caller = known->second;
    return site;
  }
  Caller caller{.optional = spec.optional, .policy = &spec.policy};
  const std::string& name = spec.publish.empty() ? spec.to : spec.publish;
  caller.to = spec.publish.empty() ? app_index(name) : kNone;
  if (caller.to != kNone) {
    caller.endpoint = endpoint_index(caller.to, spec.endpoint);
  } else {
    caller.target = Caller::Target::dependency;
    caller.to = dependency_index(name);
    caller.read = spec.access == Access::read;
    caller.anywhere = caller.read && spec.consistency != Consistency::primary;
  }
  LEAPDAY_ASSERT(caller.to != kNone, "a call goes to " + name + ", which is not in the scenario");
  site.caller = add_caller(std::move(caller));
  site_callers_.emplace(&spec, site.caller);
  return site;
}

/// Series of releases that something measures. Requests to such an app take the general path: the
/// others count for app and instance only.
void TrafficCore::add_releases() {
  for (std::uint32_t a = 0; a < world_.apps.size(); ++a) {
    const AppState& app = world_.apps[a];
    std::vector<std::uint32_t> series(app.releases.size(), kNone);
    for (std::size_t r = 0; r < series.size(); ++r) {
      const std::string name = app.name + "@" + app.releases[r].name;
      if (!world_.measured(name)) continue;
      series[r] = world_.recorder.add_series(name, Series::Kind::release, world_.watched(name));
    }
    if (std::all_of(series.begin(), series.end(), [](auto s) { return s == kNone; })) continue;
    apps_[a].releases = std::move(series);
    for (Caller& caller : callers_) {
      if (caller.target == Caller::Target::app && caller.to == a) caller.plain = false;
    }
  }
}

/// Requests that meet a check by a clock take the general path.
void TrafficCore::add_clock_checks() {
  for (std::uint32_t a = 0; a < apps_.size(); ++a) {
    const bool identity = apps_[a].routing.tls && checks_.checks_identity();
    apps_[a].checked = identity || checks_.has_token({a});
  }
  for (Caller& caller : callers_) {
    if (caller.target != Caller::Target::app) continue;
    if (apps_[caller.to].checked) caller.plain = false;
    if (caller.load != kNone && checks_.has_front_door()) caller.guarded = true;
  }
}

/// Whose time-outs leave the router's no chance.
void TrafficCore::compare_timeouts() {
  for (Caller& caller : callers_) {
    if (caller.target != Caller::Target::app || !caller.timed) continue;
    caller.impatient = *caller.policy->timeout < apps_[caller.to].routing.request_timeout;
  }
}

void TrafficCore::add_dependencies() {
  for (std::uint32_t d = 0; d < dependencies_.size(); ++d) {
    const auto& entry = world_.scenario.dependencies.entries[d];
    DependencyTraffic& dependency = dependencies_[d];
    dependency.spec = &entry.value;
    dependency.name = entry.name;
    dependency.series = world_.recorder.add_series(entry.name, Series::Kind::dependency,
                                                   world_.watched(entry.name));
    if (entry.value.service_time) dependency.service = engine::Sampler(*entry.value.service_time);
    dependency.limit =
        entry.value.connections > 0 ? static_cast<std::uint32_t>(entry.value.connections) : kNone;
    if (entry.value.queue_limit) {
      dependency.queue_limit = static_cast<std::uint32_t>(*entry.value.queue_limit);
    }
    if (world_.scenario.run.boot == Boot::cold) dependency.cold_since = now();
    if (entry.value.kind == DependencyKind::queue) {
      dependency.backlog_gauge = world_.recorder.add_gauge("backlog", entry.name);
      dependency.redeliver = world_.scheduler.lane(entry.value.redeliver_after,
                                                   engine::Priority::timer, handlers_.redeliver);
      for (std::uint32_t a = 0; a < apps_.size(); ++a) {
        if (apps_[a].consumes == d) dependency.workers.push_back(a);
      }
    } else {
      dependency.queue_gauge = world_.recorder.add_gauge("queue", entry.name);
      dependency.open_gauge = world_.recorder.add_gauge("open", entry.name);
    }
    backing_->set_up_nodes(d);
    backing_->set_up_cache(d);
    backing_->set_up_broker(d);
    if (entry.value.backed_by.empty()) continue;
    Caller caller{.policy = &plain_policy_};
    caller.read = caller.anywhere = true;  // a miss changes nothing
    caller.to = app_index(entry.value.backed_by);
    if (caller.to == kNone) {
      caller.target = Caller::Target::dependency;
      caller.to = dependency_index(entry.value.backed_by);
    }
    dependency.miss_caller = add_caller(std::move(caller));
  }
}

}  // namespace leapday::model
