/// \file traffic_traces.cpp
/// What the request path tells of the few requests that are traced.
/// Why: each step asks one bit of what it has at hand, and comes here when it is set.
#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

using Subject = TraceSubject::Kind;

}  // namespace

/// A request of a load, or a downstream call, begins.
void TrafficCore::trace_call(const Call& call) {
  const Caller& caller = callers_[call.caller];
  if (!call.for_visit) {
    traces_.request({.key = call.key,
                     .number = call.number,
                     .sent = call.sent,
                     .load = caller.load,
                     .endpoint = call.endpoint});
    return;
  }
  const bool app = caller.target == Caller::Target::app;
  traces_.call(visits_[call.owner].key, call.key,
               {app ? Subject::app : Subject::dependency, caller.to}, call.endpoint, call.sent);
}

/// At a router, or at a dependency.
void TrafficCore::trace_visit(const Visit& visit) {
  const Attempt& attempt = attempts_[visit.attempt];
  if (visit.to_dependency) {
    const TraceSubject subject{Subject::dependency, visit.dependency};
    traces_.goes_to(attempt.key, subject);
    traces_.visit(attempt.key, visit.key, subject, 0, visit.sent);
    return;
  }
  traces_.goes_to(attempt.key, {Subject::router, attempt.router});
  traces_.visit(attempt.key, visit.key, {Subject::instance, visit.instance}, visit.endpoint,
                visit.sent);
}

/// The caller, or the router, waits no longer for what the attempt does.
void TrafficCore::trace_abandoned(const Attempt& attempt) {
  traces_.end_part(attempt.key, now());
  if (attempt.visit != kNone) traces_.outcome(visits_[attempt.visit].key, FailureReason::timeout);
}

/// With an end, its own or what it will be, of the service.
PlainTrace TrafficCore::plain_trace(const FastRequest& request, double rate) const {
  PlainTrace trace{.key = hash_combine(loads_[request.load].name_hash, request.number),
                   .number = request.number,
                   .sent = request.sent,
                   .done = request.done,
                   .load = request.load,
                   .endpoint = request.endpoint,
                   .router = request.router,
                   .instance = request.instance};
  if (request.done != kNotServed) trace.began = request.done - service_wait(rate, request.work);
  return trace;
}

void TrafficCore::trace_settled(const EagerRequest& request) {
  const EagerSums& sums = eager_.sums[request.sums];
  const double rate = fast_.stations[request.instance].rate;
  traces_.settled({.key = request.key,
                   .number = request.number,
                   .sent = request.sent,
                   .began = request.done - service_wait(rate, request.work),
                   .done = request.done,
                   .load = sums.load,
                   .endpoint = sums.endpoint,
                   .router = request.router,
                   .instance = request.instance});
}

Traces TrafficCore::take_traces() {
  const auto name = [this](TraceSubject subject) -> std::string {
    switch (subject.kind) {
      case Subject::load:
        return loads_[subject.index].name;
      case Subject::app:
        return world_.apps[subject.index].name;
      case Subject::router:
        return world_.routers[subject.index].name;
      case Subject::instance:
        return world_.name_of({subject.index});
      case Subject::dependency:
        return dependencies_[subject.index].name;
    }
    return {};
  };
  const auto endpoint = [this](TraceSubject subject, std::uint32_t index) -> std::string_view {
    std::uint32_t app = subject.index;
    if (subject.kind == Subject::dependency) return {};
    if (subject.kind == Subject::load) app = loads_[subject.index].app;
    if (subject.kind == Subject::instance) app = instances_[subject.index].app;
    return world_.apps[app].endpoint_names[index];
  };
  return traces_.finish(now(), name, endpoint);
}

}  // namespace leapday::model
