/// \file route_emitter.cpp
/// Delivers routing changes, and works out what periodic registration and pruning would do.
/// Why: a table is only wrong while something is cut off, so only then are there events.
#include "sim/model/route_emitter.hpp"

#include <algorithm>

#include "sim/engine/streams.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

NetworkEnd control() { return {NetworkEnd::Kind::control, 0}; }
NetworkEnd machine(HostId host) { return {NetworkEnd::Kind::host, host.index}; }

}  // namespace

RouteEmitter::RouteEmitter(Platform& platform)
    : p_(platform),
      routers_(platform.world.routers.size()),
      add_(add_handler<&RouteEmitter::on_add>(platform.world.scheduler, this)),
      remove_(add_handler<&RouteEmitter::on_remove>(platform.world.scheduler, this)),
      prune_(add_handler<&RouteEmitter::on_prune>(platform.world.scheduler, this)),
      fill_(add_handler<&RouteEmitter::on_fill>(platform.world.scheduler, this)),
      drop_(add_handler<&RouteEmitter::on_drop>(platform.world.scheduler, this)),
      split_(add_handler<&RouteEmitter::on_split>(platform.world.scheduler, this)) {
  for (std::size_t r = 0; r < routers_.size(); ++r) {
    const std::string& name = p_.world.routers[r].name;
    Random random = engine::make_stream(p_.world.seed, "prune/" + name);
    routers_[r].prunes = seeded_grid(p_.constants.route_prune_interval, random);
    routers_[r].random = &p_.world.stream("route/" + name);
    routers_[r].healed_at = routers_[r].last_delivery = p_.now();
    machines_.push_back({p_.world.routers[r].host, RouterId{static_cast<std::uint32_t>(r)}});
  }
  std::stable_sort(machines_.begin(), machines_.end(),
                   [](const Machine& a, const Machine& b) { return a.host < b.host; });
}

bool RouteEmitter::routable(InstanceId instance) const {
  const AppKind kind = p_.world.app(p_.world.instance(instance).app).spec->kind;
  return kind == AppKind::http || kind == AppKind::tcp;
}

void RouteEmitter::warm(InstanceId instance) {
  if (!routable(instance)) return;
  wish_of(instance).wanted = true;
  warmed_.push_back(instance);
}

void RouteEmitter::warm_done() {
  p_.traffic().routes_begin(warmed_);
  warmed_ = {};
}

RouteEmitter::Wish& RouteEmitter::wish_of(InstanceId instance) {
  if (instance.index >= wishes_.size()) {
    wishes_.resize(p_.world.instances.size(), {.changed_at = p_.now(), .wanted = false});
  }
  return wishes_[instance.index];
}

void RouteEmitter::set(InstanceId instance, bool wanted) {
  if (this->wanted(instance) == wanted || !routable(instance)) return;
  wish_of(instance) = {.changed_at = p_.now(), .wanted = wanted};
  const bool silently = !wanted && must_go_stale(instance);
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    if (silently) {
      schedule_prune(RouterId{r}, instance);
    } else {
      send(RouterId{r}, instance, wanted);
    }
  }
}

/// Only its own host could have said goodbye for it.
bool RouteEmitter::must_go_stale(InstanceId instance) const {
  const HostId host = p_.world.instance(instance).host;
  return !p_.constants.route_withdraw_lost && host.valid() && !p_.fleet.view(host).heard;
}

void RouteEmitter::send(RouterId router, InstanceId instance, bool add) {
  RouterView& view = routers_[router.index];
  if (!view.heard) {
    view.missed.push_back(instance);
    return;
  }
  const SimTime at = next_delivery(router);
  if (at == p_.now()) {
    apply(router, instance, add);
    return;
  }
  p_.world.scheduler.schedule(at, engine::Priority::delivery, add ? add_ : remove_, router.index,
                              instance.index);
}

/// Messages to one router arrive in the order of sending.
SimTime RouteEmitter::next_delivery(RouterId router) {
  RouterView& view = routers_[router.index];
  const auto transit =
      p_.network.transit(control(), machine(p_.world.routers[router.index].host), *view.random);
  const Duration delay = p_.constants.route_propagation + transit.value_or(Duration{0});
  view.last_delivery = std::max(p_.now() + delay, view.last_delivery);
  return view.last_delivery;
}

/// Deliveries at one instant have no order of their own.
void RouteEmitter::barrier() {
  for (RouterView& router : routers_) router.last_delivery += Duration{1};
}

void RouteEmitter::split(AppId app, const std::optional<RouteSplit>& split) {
  splits_[app] = split;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) send_split(RouterId{r}, app);
}

void RouteEmitter::send_split(RouterId router, AppId app) {
  if (!routers_[router.index].heard) {
    routers_[router.index].missed_splits.insert(app);
    return;
  }
  p_.world.scheduler.schedule(next_delivery(router), engine::Priority::delivery, split_,
                              router.index, app.index);
}

/// Whatever it was sent for: what counts is what is wanted by now.
void RouteEmitter::on_split(std::uint32_t router, std::uint32_t app) {
  p_.traffic().route_split(RouterId{router}, AppId{app}, splits_[AppId{app}]);
}

void RouteEmitter::apply(RouterId router, InstanceId instance, bool add) {
  // One that is off or still filling takes everything that is wanted when it is filled.
  if (!p_.world.routers[router.index].up) return;
  if (p_.traffic().routed(router, instance) == add) return;
  if (add) {
    p_.traffic().route_add(router, instance);
  } else {
    p_.traffic().route_remove(router, instance);
  }
}

void RouteEmitter::on_add(std::uint32_t router, std::uint32_t instance) {
  // A registration that was overtaken by the wish to remove must not bring the route back.
  if (wanted(InstanceId{instance})) apply(RouterId{router}, InstanceId{instance}, true);
}

void RouteEmitter::on_remove(std::uint32_t router, std::uint32_t instance) {
  if (!wanted(InstanceId{instance})) apply(RouterId{router}, InstanceId{instance}, false);
}

/// Registrations of one instance: its own phase, the same for every router.
Grid RouteEmitter::registrations(InstanceId instance) const {
  Random random = Random::keyed(
      hash_combine(hash_combine(p_.world.seed, hash_name("register")), instance.index));
  return seeded_grid(p_.constants.route_register_interval, random);
}

/// When the router last heard of the instance, from who has been silent since when.
SimTime RouteEmitter::last_registration(RouterId router, InstanceId instance) const {
  const RouterView& view = routers_[router.index];
  const HostId host = p_.world.instance(instance).host;
  SimTime until = p_.now();
  if (!wanted(instance)) until = std::min(until, wishes_[instance.index].changed_at);
  const HostView& at = p_.fleet.view(host);
  if (!at.heard) until = std::min(until, at.silent_since);
  if (!view.heard) until = std::min(until, view.cut_since);
  SimTime last = registrations(instance).floor(until);
  // A router that does not prune while cut off counts everything as fresh when it hears again.
  if (!p_.constants.route_prune_cut_off) last = std::max(last, view.healed_at);
  return last;
}

void RouteEmitter::schedule_prune(RouterId router, InstanceId instance) {
  const Duration stale = p_.constants.route_stale_after;
  if (stale == Duration{0} || p_.constants.route_tls) return;
  if (!p_.traffic().routed(router, instance)) return;
  const SimTime due = stale_at(router, last_registration(router, instance));
  if (due == kSimEnd) return;  // Its clock stands still; it is looked at again when that moves on.
  p_.world.scheduler.schedule(routers_[router.index].prunes.ceil(due), engine::Priority::control,
                              prune_, router.index, instance.index);
}

/// When a registration of that time is too old by the router's clock.
SimTime RouteEmitter::stale_at(RouterId router, SimTime registered) const {
  const Duration stale = p_.constants.route_stale_after;
  if (!p_.constants.routes_by_wall_clock) return std::max(p_.now(), registered + stale);
  const ClockId clock{p_.world.routers[router.index].host.index};
  return p_.time.due(clock, p_.time.wall_at(clock, registered) + stale);
}

void RouteEmitter::clock_changed(HostId host) {
  if (!p_.constants.routes_by_wall_clock || p_.constants.route_stale_after == Duration{0}) return;
  for (const auto& [machine, router] : routers_on(host)) {
    const RouterId id = router;
    for_each_wanted([&](InstanceId instance) {
      const bool fresh =
          routers_[id.index].heard && p_.fleet.view(p_.world.instance(instance).host).heard;
      const SimTime due = stale_at(id, last_registration(id, instance));
      // What registers again before anybody looks stays.
      if (fresh && (due == kSimEnd || routers_[id.index].prunes.ceil(due) >=
                                          registrations(instance).next(p_.now()))) {
        return;
      }
      schedule_prune(id, instance);
    });
  }
}

void RouteEmitter::on_prune(std::uint32_t router_index, std::uint32_t index) {
  const RouterId router{router_index};
  const InstanceId instance{index};
  RouterView& view = routers_[router_index];
  if (!p_.world.routers[router_index].up || !p_.traffic().routed(router, instance)) return;
  if (!view.heard && !p_.constants.route_prune_cut_off) {
    // It prunes nothing until it hears again; then this one has to be looked at anew.
    view.missed.push_back(instance);
    return;
  }
  const bool heard =
      wanted(instance) && view.heard && p_.fleet.view(p_.world.instance(instance).host).heard;
  if (heard && !p_.constants.routes_by_wall_clock) return;
  if (stale_at(router, last_registration(router, instance)) > p_.now()) {
    if (!heard) schedule_prune(router, instance);  // Something was heard of it since.
    return;
  }
  apply(router, instance, false);
  if (heard) {
    p_.time.notice();
    schedule_registration(router, instance);
  }
  p_.world.recorder.event(p_.now(), p_.fleet.track(instance).last_event, "route.pruned",
                          p_.world.name_of(instance), "by " + p_.world.routers[router_index].name);
}

/// The next periodic registration brings the route (back).
void RouteEmitter::schedule_registration(RouterId router, InstanceId instance) {
  RouterView& view = routers_[router.index];
  const SimTime next = registrations(instance).ceil(p_.now()) + p_.constants.route_propagation;
  p_.world.scheduler.schedule(std::max(next, view.last_delivery), engine::Priority::delivery, add_,
                              router.index, instance.index);
}

/// Traffic calls in the middle of a request's end; the table changes right after it.
void RouteEmitter::unreachable(RouterId router, InstanceId instance) {
  p_.world.scheduler.schedule(p_.now(), engine::Priority::control, drop_, router.index,
                              instance.index);
}

void RouteEmitter::on_drop(std::uint32_t router_index, std::uint32_t index) {
  const RouterId router{router_index};
  const InstanceId instance{index};
  if (!p_.world.routers[router_index].up || !p_.traffic().routed(router, instance)) return;
  apply(router, instance, false);
  p_.world.recorder.event(p_.now(), p_.fleet.track(instance).last_event, "route.dropped",
                          p_.world.name_of(instance), "by " + p_.world.routers[router_index].name);
  const bool registers = wanted(instance) && routers_[router_index].heard &&
                         p_.fleet.view(p_.world.instance(instance).host).heard;
  if (registers) schedule_registration(router, instance);
}

std::uint64_t RouteEmitter::refresh_all() {
  std::uint64_t changed = 0;
  for (std::uint32_t r = 0; r < routers_.size(); ++r) {
    const RouterState& router = p_.world.routers[r];
    const bool heard =
        p_.world.host(router.host).up && p_.network.reachable(control(), machine(router.host));
    if (heard == routers_[r].heard) continue;
    ++changed;
    if (heard) {
      heal(RouterId{r});
    } else {
      cut(RouterId{r});
    }
  }
  return changed;
}

void RouteEmitter::cut(RouterId router) {
  RouterView& view = routers_[router.index];
  view.heard = false;
  view.cut_since = p_.now();
  if (!p_.constants.route_prune_cut_off || !p_.world.routers[router.index].up) return;
  for_each_wanted([&](InstanceId instance) { schedule_prune(router, instance); });
}

void RouteEmitter::heal(RouterId router) {
  RouterView& view = routers_[router.index];
  view.heard = true;
  view.healed_at = p_.now();
  std::vector<InstanceId> missed;
  missed.swap(view.missed);
  std::set<AppId> splits;
  splits.swap(view.missed_splits);
  for (const AppId app : splits) send_split(router, app);
  if (view.empty) {
    fill(router);
    return;
  }
  const bool watches = p_.constants.route_register_interval == Duration{0};
  std::sort(missed.begin(), missed.end());
  missed.erase(std::unique(missed.begin(), missed.end()), missed.end());
  for (const InstanceId instance : missed) {
    if (wanted(instance)) continue;
    // Without registrations the control plane sends the difference; with them, nobody says goodbye
    // again for what is gone: it has to go stale.
    if (watches || p_.constants.route_stale_after == Duration{0}) {
      send(router, instance, false);
    } else {
      schedule_prune(router, instance);
    }
  }
  for_each_wanted([&](InstanceId instance) {
    if (p_.traffic().routed(router, instance)) return;
    if (watches) {
      send(router, instance, true);
    } else {
      schedule_registration(router, instance);
    }
  });
}

void RouteEmitter::host_heard(HostId host, bool heard) {
  if (p_.constants.route_stale_after == Duration{0}) return;
  for (const InstanceId instance : p_.fleet.view(host).believed) {
    if (!wanted(instance)) continue;
    for (std::uint32_t r = 0; r < routers_.size(); ++r) {
      if (!heard) {
        schedule_prune(RouterId{r}, instance);
      } else if (routers_[r].heard && !p_.traffic().routed(RouterId{r}, instance)) {
        schedule_registration(RouterId{r}, instance);
      }
    }
  }
}

std::span<const RouteEmitter::Machine> RouteEmitter::routers_on(HostId host) const {
  const auto [first, last] =
      std::equal_range(machines_.begin(), machines_.end(), Machine{host, {}},
                       [](const Machine& a, const Machine& b) { return a.host < b.host; });
  return {first, last};
}

void RouteEmitter::power_off(HostId host) {
  for (const auto& [machine, router] : routers_on(host)) {
    const std::uint32_t r = router.index;
    p_.traffic().routes_end(router);
    p_.world.routers[r].up = false;
    p_.traffic().router_changed(router);
    routers_[r].empty = true;
    routers_[r].fill_key = 0;
    routers_[r].missed.clear();
    routers_[r].heard = false;
    routers_[r].cut_since = p_.now();
  }
}

void RouteEmitter::power_on(HostId host) {
  // refresh_all finds that the router is heard again, and fills its table.
  if (!routers_on(host).empty()) refresh_all();
}

/// A fresh router waits for one round of registrations before it takes requests.
void RouteEmitter::fill(RouterId router) {
  RouterView& view = routers_[router.index];
  const Duration wait =
      std::max(p_.constants.route_register_interval, p_.constants.route_propagation);
  view.fill_key =
      p_.world.scheduler.schedule(p_.now() + wait, engine::Priority::control, fill_, router.index);
}

void RouteEmitter::on_fill(std::uint32_t index, std::uint32_t) {
  RouterView& view = routers_[index];
  if (view.fill_key != p_.world.scheduler.current_key()) return;
  view.fill_key = 0;
  if (!view.heard) return;  // It fills when it hears again.
  const RouterId router{index};
  view.empty = false;
  p_.world.routers[index].up = true;
  for (const auto& [app, split] : splits_) p_.traffic().route_split(router, app, split);
  for_each_wanted([&](InstanceId instance) { apply(router, instance, true); });
  p_.traffic().router_changed(router);
}

}  // namespace leapday::model
