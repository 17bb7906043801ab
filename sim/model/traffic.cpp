/// \file traffic.cpp
/// The request path behind its interface: begin, end, and the hand-over of everything between.
#include "sim/model/traffic.hpp"

#include "sim/model/traffic_backing.hpp"

namespace leapday::model {

void TrafficCore::start() {
  note_first_capacity();
  for (const AppTraffic& app : apps_) {
    world_.recorder.gauge(app.queue_gauge, now(), app.queued);
    world_.recorder.gauge(app.open_gauge, now(), app.open);
    world_.recorder.gauge(app.cpu_gauge, now(), app.cpu);
  }
  for (DependencyTraffic& dependency : dependencies_) {
    dependency_gauges(dependency);
    if (dependency.backlog_gauge != kNone) set_backlog(dependency);
  }
  for (std::uint32_t load = 0; load < loads_.size(); ++load) start_load(load);
}

void TrafficCore::settle() {
  for (std::uint32_t a = 0; a < apps_.size(); ++a) leave_fast_path(a);
  expand_all();
  Recorder& recorder = world_.recorder;
  calls_.for_each([&](std::uint32_t, const Call& call) {
    const bool copy = callers_[call.caller].mirror;
    ++(copy             ? recorder.mirrors()
       : call.for_visit ? recorder.calls()
                        : recorder.requests())
          .in_flight;
  });
  attempts_.for_each([&](std::uint32_t, const Attempt& attempt) {
    if (callers_[attempt.caller].target == Caller::Target::app) ++recorder.attempts().in_flight;
  });
  visits_.for_each([&](std::uint32_t, const Visit& visit) {
    if (visit.message != kNone || visit.job) ++recorder.attempts().in_flight;
  });
  backing_->close_books();
  report_stability();
  recorder.traces() = take_traces();
  order_series();
}

std::uint64_t TrafficCore::touched_host(std::uint32_t host) const {
  if (host >= hosts_.size()) return 0;
  std::uint64_t touched = hosts_[host].touched;
  for (const InstanceId id : world_.hosts[host].instances) touched += fast_arrived(id.index);
  return touched;
}
std::uint64_t TrafficCore::touched_instance(std::uint32_t instance) const {
  return instance < instances_.size() ? instances_[instance].touched + fast_arrived(instance) : 0;
}
std::uint64_t TrafficCore::touched_dependency(std::uint32_t dependency) const {
  return dependencies_[dependency].touched;
}

struct Traffic::Impl : TrafficCore {
  using TrafficCore::TrafficCore;
};

Traffic::Traffic(World& world, Network& network, PlatformHooks& hooks)
    : impl_(std::make_unique<Impl>(world, network, hooks)) {}
Traffic::~Traffic() = default;

void Traffic::without_fast_path() { impl_->without_fast_path(); }
void Traffic::start() { impl_->start(); }
void Traffic::instance_listening(InstanceId i) { impl_->instance_listening(i.index); }
void Traffic::instance_draining(InstanceId i) { impl_->instance_draining(i.index); }
void Traffic::instance_gone(InstanceId i, Departure how) { impl_->instance_gone(i.index, how); }
void Traffic::instance_changed(InstanceId i) { impl_->instance_changed(i.index); }
void Traffic::run_job(InstanceId i, std::uint32_t run) { impl_->run_job(i.index, run); }
void Traffic::end_jobs(InstanceId i) { impl_->end_jobs(i.index); }
void Traffic::keep_busy(InstanceId i, std::uint32_t threads) { impl_->keep_busy(i.index, threads); }
std::uint32_t Traffic::open_requests(InstanceId i) const { return impl_->open_requests(i.index); }
ProbeTicket Traffic::send_probe(InstanceId i, Duration work) {
  return impl_->send_probe(i.index, work);
}
bool Traffic::probe_served(InstanceId i, std::uint64_t turn) const {
  return impl_->probe_served(i.index, turn);
}
bool Traffic::watch_load(InstanceId i) { return impl_->watch_load(i.index); }
void Traffic::route_add(RouterId r, InstanceId i) { impl_->route_add(r.index, i.index); }
void Traffic::route_remove(RouterId r, InstanceId i) { impl_->route_remove(r.index, i.index); }
void Traffic::routes_begin(std::span<const InstanceId> all) { impl_->routes_begin(all); }
void Traffic::routes_end(RouterId r) { impl_->routes_end(r.index); }
bool Traffic::routed(RouterId r, InstanceId i) const { return impl_->routed(r.index, i.index); }
void Traffic::route_split(RouterId r, AppId a, const std::optional<RouteSplit>& split) {
  impl_->route_split(r.index, a.index, split);
}
bool Traffic::weighs(AppId a) const { return impl_->weighs(a.index); }
void Traffic::releases_changed(AppId a) { impl_->releases_changed(a.index); }
void Traffic::router_changed(RouterId r) { impl_->router_changed(r.index); }
InstanceReading Traffic::read_meter(InstanceId i) const { return impl_->read_meter(i.index); }
AppMeter* Traffic::app_meter(AppId a) { return impl_->app_meter(a.index); }
void Traffic::hold(AppId a, const std::optional<RequestBuffer>& buffer) {
  impl_->hold(a.index, buffer);
}
std::uint32_t Traffic::push(DependencyId d, const DependencyModifier& modifier, EventId cause) {
  return impl_->push(d.index, modifier, cause);
}
void Traffic::pop(std::uint32_t handle, EventId cause) { impl_->pop(handle, cause); }
std::uint64_t Traffic::flush(DependencyId d, EventId cause) {
  return impl_->backing().flush(d.index, cause);
}
void Traffic::links_changed() { impl_->links_changed(); }
std::uint64_t Traffic::attempts_touching(HostId h) const { return impl_->touched_host(h.index); }
std::uint64_t Traffic::attempts_touching(InstanceId i) const {
  return impl_->touched_instance(i.index);
}
std::uint64_t Traffic::attempts_touching(DependencyId d) const {
  return impl_->touched_dependency(d.index);
}
void Traffic::watch(RequestWatcher watcher, void* self) { impl_->watch(watcher, self); }
std::uint64_t Traffic::settled_eagerly() const { return impl_->settled_eagerly(); }
MirrorPath& Traffic::mirrors() { return impl_->mirrors(); }
FlagPath& Traffic::flags() { return impl_->flags(); }
void Traffic::settle() { impl_->settle(); }

}  // namespace leapday::model
