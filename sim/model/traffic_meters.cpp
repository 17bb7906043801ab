/// \file traffic_meters.cpp
/// Reading the meters of apps that are scaled, and holding requests that no instance has room for.
/// Why: this is all that an autoscaler can see of traffic, and all that it can do to it.
#include <algorithm>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {

/// By the scenario: whoever scales an app by what it measures needs meters of it.
void TrafficCore::set_up_meters() {
  for (const auto& scaler : world_.scenario.scaling) {
    const std::uint32_t app = app_index(scaler.value.app);
    if (app == kNone || scaler.value.prototype == nullptr) continue;
    if (scaler.value.prototype->pipeline().scrape <= Duration{0}) continue;
    apps_[app].meter = meters_.add_app();
  }
}

InstanceReading TrafficCore::read_meter(std::uint32_t instance) const {
  if (instance >= instances_.size() || instances_[instance].meter == kNone) return {};
  return meters_.read(instances_[instance].meter, now());
}

AppMeter* TrafficCore::app_meter(std::uint32_t app) {
  return apps_[app].meter == kNone ? nullptr : &meters_.app(apps_[app].meter);
}

/// Requests wait while no instance has room, and while there is none at all. A row's `full` depends
/// on the limit, which is another now.
void TrafficCore::hold(std::uint32_t app_index, const std::optional<RequestBuffer>& buffer) {
  AppTraffic& app = apps_[app_index];
  if (app.buffer == buffer || app.meter == kNone) return;
  app.buffer = buffer;
  const AppRouting stated = merge_routing(*world_.apps[app_index].spec);
  app.routing.max_connections = stated.max_connections;
  app.routing.queue_limit = stated.queue_limit;
  if (buffer) {
    const auto routers = static_cast<std::int64_t>(routers_.size());
    const std::int64_t own = (buffer->per_instance + routers - 1) / routers;
    if (own > 0 && (stated.max_connections == 0 || own < stated.max_connections)) {
      app.routing.max_connections = own;
    }
    app.routing.queue_limit = std::max(stated.queue_limit, buffer->limit);
  }
  for (std::uint32_t r = 0; r < routers_.size(); ++r) refit(view(r, app_index), app);
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    RouteView& table = view(r, app_index);
    if (table.empty() && !buffer) turn_away(table, app_index);
    serve_waiting(r * static_cast<std::uint32_t>(apps_.size()) + app_index);
  }
}

void TrafficCore::refit(RouteView& table, const AppTraffic& app) {
  if (table.policy == nullptr) return;
  const std::int64_t most = app.routing.max_connections;
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    const bool full = most > 0 && table.loads[row].open() >= most;
    if (full == table.health_of(row).full) continue;
    table.own_health(row).full = full;
    refresh_row(table, row);
  }
}

/// Of a router that knows nobody whom its requests could wait for.
void TrafficCore::turn_away(RouteView& table, std::uint32_t app) {
  while (table.waiting.size > 0) {
    const std::uint32_t attempt = table.waiting.head;
    leave_waiting(table, attempt, app);
    leave_router(attempt, FailureReason::unroutable);
  }
}

/// It has waited at the router as long as a request may take.
void TrafficCore::waited_too_long(std::uint32_t index) {
  Attempt& attempt = attempts_[index];
  leave_waiting(view_of(attempt), index, app_of(attempt));
  leave_router(index, FailureReason::router_timeout);
}

/// Puts it into the router's queue. Who has nobody to wait for may have to be woken up for.
void TrafficCore::enter_waiting(RouteView& table, std::uint32_t index, std::uint32_t app_index) {
  Attempt& attempt = attempts_[index];
  AppTraffic& app = apps_[app_index];
  attempt.step = Attempt::Step::waiting;
  table.waiting.push_back(attempts_, index);
  if (attempt.sampled) [[unlikely]]
    traces_.waits(attempt.key, now());
  change_queue(app_index, 1, 0);
  meters_.waits(app.meter, 1, now());
  if (!app.buffer) return;
  if (app.routing.request_timeout > Duration{0}) {
    const SimTime due = std::max(now(), attempt.sent + app.routing.request_timeout);
    attempt.event = world_.scheduler.schedule(due, engine::Priority::timer, handlers_.attempt,
                                              tie(attempt.key), index);
  }
  if (table.empty()) hooks_.request_waits(AppId{app_index});
}

void TrafficCore::leave_waiting(RouteView& table, std::uint32_t index, std::uint32_t app) {
  table.waiting.remove(attempts_, index);
  attempts_[index].event = 0;
  change_queue(app, -1, 0);
  meters_.waits(apps_[app].meter, -1, now());
}

}  // namespace leapday::model
