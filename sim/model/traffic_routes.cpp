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
  if (table.row_of.contains(instance)) return;
  leave_fast_path(record.app.index);
  const auto row = static_cast<std::uint32_t>(table.rows.size());
  table.row_of.emplace(instance, row);
  table.rows.push_back({.instance = {instance},
                        .weight = world_.release_of(record).weight,
                        .name_hash = record.name_hash});
  table.health.push_back({.epoch = ++rows_made_});
  table.least.reset();
  ++table.usable;
  ++table.version;
  serve_waiting(router * static_cast<std::uint32_t>(apps_.size()) + record.app.index);
}

void TrafficCore::route_remove(std::uint32_t router, std::uint32_t instance) {
  const std::uint32_t app = world_.instances[instance].app.index;
  RouteView& table = view(router, app);
  const auto found = table.row_of.find(instance);
  if (found == table.row_of.end()) return;
  leave_fast_path(app);
  const std::uint32_t row = found->second;
  table.row_of.erase(found);
  if (table.rows[row].usable) --table.usable;
  table.rows.erase(table.rows.begin() + row);
  table.health.erase(table.health.begin() + row);
  for (std::uint32_t i = row; i < table.rows.size(); ++i) {
    table.row_of[table.rows[i].instance.index] = i;
  }
  table.least.reset();
  ++table.version;
  count_out(table);
  if (!table.rows.empty()) return;
  while (table.waiting.size > 0) {  // nobody is left to wait for
    const std::uint32_t attempt = table.waiting.head;
    table.waiting.remove(attempts_, attempt);
    change_queue(app, -1, 0);
    leave_router(attempt, FailureReason::unroutable);
  }
}

bool TrafficCore::routed(std::uint32_t router, std::uint32_t instance) const {
  const std::uint32_t app = world_.instances[instance].app.index;
  return views_[router * apps_.size() + app].row_of.contains(instance);
}

void TrafficCore::set_usable(RouteView& table, std::uint32_t row, bool usable) {
  if (table.rows[row].usable == usable) return;
  table.rows[row].usable = usable;
  table.usable += usable ? 1U : ~0U;
  table.least.changed(table.rows, row);
}

void TrafficCore::refresh_row(RouteView& table, std::uint32_t row) {
  set_usable(table, row, table.health[row].usable());
}

void TrafficCore::count_out(RouteView& table) {
  table.out = 0;
  for (const RowHealth& row : table.health) table.out += row.ejected || row.cooling ? 1 : 0;
}

/// Rows that were out may have served their time.
void TrafficCore::review(RouteView& table, const AppRouting& routing) {
  if (table.out == 0) return;
  for (std::uint32_t row = 0; row < table.rows.size(); ++row) {
    RowHealth& health = table.health[row];
    if (health.ejected) routing.ejection.review(health, router_time(table));
    if (health.cooling && now() >= health.cooling_until) health.cooling = false;
    refresh_row(table, row);
  }
  count_out(table);
}

void TrafficCore::row_opened(RouteView& table, const AppRouting& routing, std::uint32_t row) {
  ++table.rows[row].open;
  table.least.changed(table.rows, row);
  if (routing.max_connections > 0 && table.rows[row].open >= routing.max_connections) {
    table.health[row].full = true;
    refresh_row(table, row);
  }
  if (routing.ejection.kind() == EjectionKind::nginx) {
    routing.ejection.chosen(table.health[row], router_time(table),
                            static_cast<std::uint32_t>(table.rows.size()));
    refresh_row(table, row);
    if (table.health[row].ejected) count_out(table);
  }
}

void TrafficCore::row_closed(RouteView& table, const AppRouting& routing, std::uint32_t row) {
  --table.rows[row].open;
  table.least.changed(table.rows, row);
  if (table.health[row].full && table.rows[row].open < routing.max_connections) {
    table.health[row].full = false;
    refresh_row(table, row);
  }
}

/// The row that counts this visit as open; none when the instance was removed since.
std::uint32_t TrafficCore::row_of(RouteView& table, const Visit& visit) const {
  if (!visit.counted) return kNone;
  const auto found = table.row_of.find(visit.instance);
  if (found == table.row_of.end()) return kNone;
  return table.health[found->second].epoch == visit.row_epoch ? found->second : kNone;
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
