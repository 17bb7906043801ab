/// \file traffic_routes.cpp
/// Each router's table of each app: rows, who is usable, who is out.
/// Why: a router acts on what it was told and has met itself, which ages; policies read a view that
/// is maintained, not computed per request.
#include <algorithm>
#include <tuple>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {

void TrafficCore::route_add(std::uint32_t router, std::uint32_t instance) {
  const InstanceRecord& record = world_.instances[instance];
  RouteView& table = view(router, record.app.index);
  if (table.find(instance) != kNone) return;
  if (global_ != nullptr && !global_->serves(router, world_.hosts[record.host.index].zone.index)) {
    return;
  }
  leave_fast_path(record.app.index);
  route_lists_[record.app.index].add(table.place, {.instance = {instance},
                                                   .weight = world_.release_of(record).weight,
                                                   .name_hash = record.name_hash});
  if (table.policy != nullptr) table.loads.emplace_back();
  if (!table.health.empty()) table.health.emplace_back();
  table.least.reset();
  ++table.usable;
  ++table.version;
  if (table.split) reweigh(table);
  serve_waiting(router * static_cast<std::uint32_t>(apps_.size()) + record.app.index);
}

void TrafficCore::route_remove(std::uint32_t router, std::uint32_t instance) {
  const std::uint32_t app = world_.instances[instance].app.index;
  RouteView& table = view(router, app);
  const std::uint32_t row = table.find(instance);
  if (row == kNone) return;
  leave_fast_path(app);
  route_lists_[app].remove(table.place, row);
  if (table.policy == nullptr || table.loads[row].usable()) --table.usable;
  if (table.policy != nullptr) table.loads.erase(table.loads.begin() + row);
  if (!table.health.empty()) table.health.erase(table.health.begin() + row);
  table.least.reset();
  ++table.version;
  if (table.split) reweigh(table);
  count_out(table);
  if (table.empty() && !apps_[app].buffer) turn_away(table, app);
}

void TrafficCore::routes_begin(std::span<const InstanceId> instances) {
  if (routers_.empty()) return;
  if (global_ != nullptr) {  // tables differ from place to place
    for (std::uint32_t r = 0; r < routers_.size(); ++r) {
      for (const InstanceId id : instances) route_add(r, id.index);
    }
    return;
  }
  for (const InstanceId id : instances) route_add(0, id.index);
  for (std::uint32_t r = 1; r < routers_.size(); ++r) {
    for (std::uint32_t a = 0; a < apps_.size(); ++a) {
      RouteView& table = view(r, a);
      route_lists_[a].follow(table.place, view(0, a).place);
      table.usable = table.size();
      ++table.version;
    }
  }
}

void TrafficCore::routes_end(std::uint32_t router) {
  std::vector<std::uint32_t> one_by_one;
  for (std::uint32_t a = 0; a < apps_.size(); ++a) {
    RouteView& table = view(router, a);
    if (table.empty()) continue;
    if (table.waiting.size > 0) {  // requests that wait leave with the last instance
      for (const RouteEntry& entry : table.place.entries()) {
        one_by_one.push_back(entry.instance.index);
      }
      continue;
    }
    leave_fast_path(a);
    route_lists_[a].clear(table.place);
    table.loads.clear();
    table.health.clear();
    table.least.reset();
    table.out.clear();
    table.usable = 0;
    ++table.version;
    if (table.split) reweigh(table);
  }
  std::sort(one_by_one.begin(), one_by_one.end());
  for (const std::uint32_t instance : one_by_one) route_remove(router, instance);
}

bool TrafficCore::routed(std::uint32_t router, std::uint32_t instance) const {
  const std::uint32_t app = world_.instances[instance].app.index;
  return views_[router * apps_.size() + app].find(instance) != kNone;
}

std::unique_ptr<RouterPolicy> TrafficCore::make_policy(std::uint32_t app) const {
  const auto* item = world_.registry.routing.find(apps_[app].routing.policy);
  LEAPDAY_ASSERT(item != nullptr, "no routing policy named " + apps_[app].routing.policy);
  const Routing& own = world_.apps[app].spec->routing;
  const Routing& shared = world_.scenario.routers.routing;
  const bool has_own = own.policy.has_value() || own.choices != Routing{}.choices;
  return item->make({.choices = has_own ? own.choices : shared.choices});
}

/// The router is about to send the app its first request.
void TrafficCore::open_table(RouteView& table, std::uint32_t app) {
  table.policy = make_policy(app);
  table.random =
      &world_.stream(world_.routers[table.router].name + "/" + world_.apps[app].name + "/routing");
  table.loads.resize(table.size());
}

void TrafficCore::set_usable(RouteView& table, std::uint32_t row, bool usable) {
  if (table.loads[row].usable() == usable) return;
  table.loads[row].set_usable(usable);
  table.usable += usable ? 1U : ~0U;
  table.least.changed(table.loads, row);
}

void TrafficCore::refresh_row(RouteView& table, std::uint32_t row) {
  set_usable(table, row, table.health_of(row).usable());
}

void TrafficCore::count_out(RouteView& table) {
  table.out.clear();
  for (std::uint32_t row = 0; row < table.health.size(); ++row) {
    if (table.health[row].ejected || table.health[row].cooling) table.out.push_back(row);
  }
}

/// Rows that were out may have served their time.
void TrafficCore::review(RouteView& table, const AppRouting& routing) {
  std::erase_if(table.out, [&](std::uint32_t row) {
    RowHealth& health = table.health[row];
    if (health.ejected) routing.ejection.review(health, router_time(table));
    if (health.cooling && now() >= health.cooling_until) health.cooling = false;
    refresh_row(table, row);
    return !health.ejected && !health.cooling;
  });
}

void TrafficCore::row_opened(RouteView& table, const AppRouting& routing, std::uint32_t row) {
  table.loads[row].opened();
  table.least.changed(table.loads, row);
  if (routing.max_connections > 0 && table.loads[row].open() >= routing.max_connections) {
    table.own_health(row).full = true;
    refresh_row(table, row);
  }
  if (routing.ejection.kind() == EjectionKind::nginx) {
    routing.ejection.chosen(table.own_health(row), router_time(table), table.size());
    refresh_row(table, row);
    if (table.health_of(row).ejected) count_out(table);
  }
}

void TrafficCore::row_closed(RouteView& table, const AppRouting& routing, std::uint32_t row) {
  table.loads[row].closed();
  table.least.changed(table.loads, row);
  if (table.health_of(row).full && table.loads[row].open() < routing.max_connections) {
    table.own_health(row).full = false;
    refresh_row(table, row);
  }
}

/// The row that counts this visit as open; none when the instance was removed since.
std::uint32_t TrafficCore::row_of(const RouteView& table, const Visit& visit) {
  if (!visit.counted || table.empty()) return kNone;
  if (visit.direct && visit.row < table.size() && table.epoch(visit.row) == visit.row_epoch) {
    return visit.row;
  }
  return table.place.list->find_epoch(visit.row_epoch, table.size());
}

/// A router that goes down takes the requests under way with it, silently; what instances do for
/// them goes on. Callers that have no timeout learn of it when it is back and resets them.
void TrafficCore::router_changed(std::uint32_t router) {
  for (std::uint32_t a = 0; a < apps_.size(); ++a) leave_fast_path(a);
  const bool up = world_.routers[router].up;
  if (up) routers_[router].known_down = false;
  expand_all();
  std::vector<std::uint32_t> concerned;
  attempts_.for_each([&](std::uint32_t index, const Attempt& attempt) {
    if (attempt.router == router) concerned.push_back(index);
  });
  std::sort(concerned.begin(), concerned.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(attempts_[a].sent, attempts_[a].key) <
           std::tie(attempts_[b].sent, attempts_[b].key);
  });
  for (const std::uint32_t index : concerned) {
    if (!attempts_.live(index) || attempts_[index].router != router) continue;
    Attempt& attempt = attempts_[index];
    const bool inside =
        attempt.step == Attempt::Step::waiting || attempt.step == Attempt::Step::trying;
    if (!up && inside) {
      abandon(index);
      attempt.step = Attempt::Step::lost;
    } else if (up && attempt.step == Attempt::Step::lost && attempt.event == 0 &&
               !attempt.timeout.armed()) {
      attempt_done(index, failure(FailureReason::reset));
    }
  }
}

}  // namespace leapday::model
