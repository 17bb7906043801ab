/// \file presence.cpp
/// Turns power and reachability into what the control plane hears, and acts on what it does not.
/// Why: loss, eviction, return and reconciliation are one story told by a host's silence.
#include "sim/model/presence.hpp"

#include <algorithm>

#include "sim/engine/streams.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {

Presence::Presence(Platform& platform)
    : p_(platform),
      checks_(seeded_grid(platform.constants.presence_check_interval,
                          platform.world.stream("presence"))),
      beat_(add_handler<&Presence::on_beat>(platform.world.scheduler, this)),
      arrival_(add_handler<&Presence::on_arrival>(platform.world.scheduler, this)),
      expiry_(add_handler<&Presence::on_expiry>(platform.world.scheduler, this)),
      heard_(add_handler<&Presence::on_heard>(platform.world.scheduler, this)),
      evict_(add_handler<&Presence::on_evict>(platform.world.scheduler, this)),
      booted_(add_handler<&Presence::on_booted>(platform.world.scheduler, this)) {
  for (std::size_t i = 0; i < p_.fleet.hosts.size(); ++i) {
    HostView& view = p_.fleet.hosts[i];
    Random random = engine::make_stream(p_.world.seed, "heartbeat/" + p_.world.hosts[i].name);
    view.heartbeat_phase = seeded_grid(p_.constants.heartbeat_interval, random).phase;
    view.heard_since = view.last_heard = p_.now();
    follow(HostId{static_cast<std::uint32_t>(i)}, {});
  }
}

Grid Presence::heartbeats(HostId host) const {
  return {p_.constants.heartbeat_interval, p_.fleet.hosts[host.index].heartbeat_phase};
}

std::uint64_t Presence::refresh_all(EventId cause) {
  std::uint64_t changed = 0;
  for (std::uint32_t i = 0; i < p_.world.hosts.size(); ++i) {
    changed += refresh(HostId{i}, cause) ? 1 : 0;
  }
  return changed;
}

bool Presence::refresh(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  const NetworkEnd here{NetworkEnd::Kind::host, host.index};
  const NetworkEnd control{NetworkEnd::Kind::control, 0};
  const bool heard = p_.world.host(host).up && view.joined && p_.network.reachable(here, control) &&
                     p_.network.reachable(control, here);
  if (heard == view.heard) return follow(host, cause);
  view.heard = heard;
  p_.fleet.changed(host);
  if (!p_.fleet.is_cell(host)) return true;
  if (!heard) {
    silent(host, cause);
  } else {
    view.heard_since = p_.now();
    view.returning = true;
    if (!follow(host, cause)) {
      view.return_key = p_.world.scheduler.schedule(heartbeats(host).ceil(p_.now()),
                                                    engine::Priority::control, heard_, host.index);
    }
  }
  p_.routes.host_heard(host, heard);
  return true;
}

SimTime Presence::expiry(SimTime heard) const {
  if (!p_.constants.presence_by_wall_clock) {
    return checks_.ceil(std::max(p_.now(), heard + p_.constants.presence_ttl));
  }
  const WallTime at = p_.time.wall_at(ClockId{}, heard) + p_.constants.presence_ttl;
  const SimTime due = p_.time.due(ClockId{}, at);
  return due == kSimEnd ? kSimEnd : checks_.ceil(due);
}

void Presence::clock_changed(EventId cause) {
  if (!p_.constants.presence_by_wall_clock) return;
  for (std::uint32_t i = 0; i < p_.fleet.hosts.size(); ++i) {
    const HostId host{i};
    HostView& view = p_.fleet.view(host);
    if (!view.present || !p_.fleet.is_cell(host)) continue;
    const bool unfollowed = view.heard && view.beat_key == 0;
    if (unfollowed && p_.constants.heartbeat_interval == Duration{0}) continue;
    if (unfollowed) {
      const SimTime beat = heartbeats(host).floor(p_.now());
      if (beat >= view.heard_since) view.last_heard = std::max(view.last_heard, beat);
      view.expiry_key = 0;
      // Nothing comes of it unless somebody looks before its next heartbeat.
      if (expiry(view.last_heard) >= heartbeats(host).next(p_.now())) continue;
      view.silent_event = cause;
    }
    view.expiry_key =
        p_.world.scheduler.schedule(expiry(view.last_heard), engine::Priority::control, expiry_, i);
  }
}

void Presence::silent(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  const SimTime now = p_.now();
  view.silent_event = cause;
  view.silent_since = now;
  ++view.silences;
  // The host is as good as heard at the start of a run: whatever its phase, it had a beat then.
  const SimTime beat = heartbeats(host).floor(now);
  if (view.beat_key == 0 && beat >= view.heard_since) {
    view.last_heard = std::max(view.last_heard, beat);
  }
  view.beat_key = 0;
  view.return_key = 0;
  if (!view.present || view.expiry_key != 0) return;
  view.expiry_key = p_.world.scheduler.schedule(expiry(view.last_heard), engine::Priority::control,
                                                expiry_, host.index);
}

bool Presence::steady(HostId host) const {
  return p_.network.steady({NetworkEnd::Kind::host, host.index}, {NetworkEnd::Kind::control, 0});
}

/// Follows a host's heartbeats one by one when its link has become unsteady.
bool Presence::follow(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  if (!view.heard || view.beat_key != 0 || !p_.fleet.is_cell(host) || steady(host)) return false;
  if (p_.constants.heartbeat_interval == Duration{0}) return false;  // It is heard all the time.
  engine::Scheduler& scheduler = p_.world.scheduler;
  const SimTime now = p_.now();
  const SimTime beat = heartbeats(host).floor(now);
  if (beat >= view.heard_since) view.last_heard = std::max(view.last_heard, beat);
  view.silent_event = cause;
  view.return_key = 0;
  view.last_delivery = now;
  view.beat_key =
      scheduler.schedule(heartbeats(host).ceil(now), engine::Priority::control, beat_, host.index);
  if (view.present && view.expiry_key == 0) {
    view.expiry_key =
        scheduler.schedule(expiry(view.last_heard), engine::Priority::control, expiry_, host.index);
  }
  return true;
}

/// The host sends one. All go over one connection, so that none overtakes another.
void Presence::on_beat(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  engine::Scheduler& scheduler = p_.world.scheduler;
  if (view.beat_key != scheduler.current_key()) return;
  view.beat_key = 0;
  const SimTime now = p_.now();
  if (steady(host)) {
    ++view.silences;  // What is still on its way would tell nothing new.
    view.expiry_key = 0;
    arrived(host);
    return;
  }
  view.beat_key =
      scheduler.schedule(heartbeats(host).next(now), engine::Priority::control, beat_, index);
  Random random = Random::keyed(
      hash_combine(hash_combine(p_.world.seed, hash_name("heartbeat")),
                   hash_combine(hash_name(p_.world.host(host).name),
                                static_cast<std::uint64_t>(now.time_since_epoch().count()))));
  const auto transit =
      p_.network.transit({NetworkEnd::Kind::host, index}, {NetworkEnd::Kind::control, 0}, random);
  if (!transit) return;
  view.last_delivery = std::max(view.last_delivery, now + *transit);
  scheduler.schedule(view.last_delivery, engine::Priority::control, arrival_, index, view.silences);
}

void Presence::on_arrival(std::uint32_t index, std::uint32_t silences) {
  if (p_.fleet.view(HostId{index}).silences == silences) arrived(HostId{index});
}

/// A heartbeat is heard.
void Presence::arrived(HostId host) {
  HostView& view = p_.fleet.view(host);
  view.last_heard = p_.now();
  view.evict_key = 0;
  p_.evictions.back(host);
  if (view.present && !view.returning) return;
  view.returning = false;
  if (!view.present) {
    p_.fleet.set_present(host, true);
    p_.fleet.note(host, {}, "host.back");
    p_.fleet.lane(host, view.faulty ? "faulty" : "up");
    if (view.beat_key != 0) {
      view.expiry_key = p_.world.scheduler.schedule(expiry(p_.now()), engine::Priority::control,
                                                    expiry_, host.index);
    }
  }
  reconcile(host);
  p_.placement.capacity_changed();
}

void Presence::on_expiry(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.expiry_key != p_.world.scheduler.current_key()) return;
  view.expiry_key = 0;
  const bool unfollowed = view.heard && view.beat_key == 0 && view.return_key == 0;
  if (unfollowed) {
    const SimTime beat = heartbeats(host).floor(p_.now());
    if (beat >= view.heard_since) view.last_heard = std::max(view.last_heard, beat);
  }
  const SimTime due = expiry(view.last_heard);
  if (due > p_.now()) {  // A heartbeat came late, but it came.
    view.expiry_key = p_.world.scheduler.schedule(due, engine::Priority::control, expiry_, index);
    return;
  }
  p_.fleet.set_present(host, false);
  p_.fleet.note(host, view.silent_event, "host.lost");
  if (unfollowed) {  // It is alive: its next heartbeat says so.
    p_.time.notice();
    view.returning = true;
    view.return_key = p_.world.scheduler.schedule(heartbeats(host).next(p_.now()),
                                                  engine::Priority::control, heard_, host.index);
  }
  if (p_.world.host(host).up) p_.fleet.lane(host, "lost");
  if (!p_.constants.replace_keeps_route) {
    const std::vector<InstanceId> believed = view.believed;
    for (const InstanceId instance : believed) {
      p_.fleet.set_believed_ready(instance, false);
      p_.routes.set(instance, false);
      p_.app_changed(p_.world.instance(instance).app);
    }
  }
  p_.evictions.lost(host);
}

void Presence::give_up(HostId host) {
  p_.fleet.view(host).evict_key = p_.world.scheduler.schedule(
      p_.now() + p_.constants.eviction_delay, engine::Priority::control, evict_, host.index);
}

void Presence::on_evict(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.evict_key != p_.world.scheduler.current_key()) return;
  view.evict_key = 0;
  if (!p_.constants.healing) return;
  const Duration quiet = p_.constants.replace_after_quiet;
  const SimTime since = quiet > Duration{0} ? p_.now() - quiet : kSimEnd;
  if (p_.restarts.replace_all(host, view.last_event, p_.constants.replace_keeps_route, since))
    return;
  // Some app was changed a moment ago: the next analysis looks again.
  view.evict_key = p_.world.scheduler.schedule(
      std::max(checks_.next(p_.now()), p_.now() + Duration{std::chrono::seconds{1}}),
      engine::Priority::control, evict_, index);
}

/// The first heartbeat after a silence.
void Presence::on_heard(std::uint32_t index, std::uint32_t) {
  HostView& view = p_.fleet.view(HostId{index});
  if (view.return_key != p_.world.scheduler.current_key()) return;
  view.return_key = 0;
  view.expiry_key = 0;
  arrived(HostId{index});
}

void Presence::reconcile(HostId host) {
  // What waits for a start place asks for one again, in the order in which it was placed.
  p_.fleet.view(host).start_queue.clear();
  p_.fleet.changed(host);
  const std::vector<InstanceId> believed = p_.fleet.view(host).believed;
  for (const InstanceId instance : believed) reconcile(instance);
}

void Presence::reconcile(InstanceId instance) {
  const InstanceRecord& record = p_.world.instance(instance);
  const Tracked& track = p_.fleet.track(instance);
  if (record.state == InstanceState::gone) {
    if (track.unnoticed) p_.restarts.exit_noticed(instance);
    return;
  }
  Slot& slot = p_.fleet.slot(track.slot);
  const EventId back = p_.fleet.view(record.host).last_event;
  if (track.stop_wanted) {
    p_.lifecycle.let_go(instance, back);
  } else if (slot.current == instance && !slot.removed) {
    if (record.state == InstanceState::pending) {
      p_.lifecycle.placed(instance);
    } else if (record.ready && !track.believed_ready) {
      p_.lifecycle.ready_noticed(instance);
    } else if (!record.ready && track.believed_ready) {
      p_.fleet.set_believed_ready(instance, false);
      p_.routes.set(instance, false);
      p_.app_changed(slot.app);
    }
  } else if (!slot.removed && record.ready && !p_.fleet.view(record.host).faulty &&
             p_.fleet.view(record.host).drains == 0 &&
             !(slot.current.valid() && p_.fleet.track(slot.current).believed_ready)) {
    // It is back before its replacement is ready, so it is the replacement that is extra.
    const InstanceId extra = slot.current;
    std::erase(slot.suspects, instance);
    slot.current = instance;
    slot.waiting = false;
    slot.given_up = false;
    slot.restart_key = 0;
    if (extra.valid()) p_.lifecycle.let_go(extra, back);
    p_.lifecycle.ready_noticed(instance);
  } else {
    std::erase(slot.suspects, instance);
    p_.lifecycle.let_go(instance, back);
  }
}

void Presence::power_off(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  ++view.down_causes;
  view.boot_key = 0;
  p_.bring_up.power_off(host);
  if (!p_.world.host(host).up) return;
  refresh(host, switch_off(host, cause, "host.crashed"));
}

EventId Presence::switch_off(HostId host, EventId cause, std::string kind) {
  HostView& view = p_.fleet.view(host);
  p_.world.host(host).up = false;
  p_.fleet.host_up_changed(host);
  const EventId crashed = p_.fleet.note(host, cause, std::move(kind));
  p_.fleet.lane(host, "down");
  for (RouterState& router : p_.world.routers) {
    if (router.host == host) router.down_event = crashed;
  }
  const std::vector<InstanceId> here = p_.world.host(host).instances;
  for (const InstanceId instance : here) p_.lifecycle.lose(instance);
  view.starting = 0;
  view.start_queue.clear();
  p_.images.power_off(host);
  p_.fleet.changed(host);
  p_.routes.power_off(host);
  return crashed;
}

/// The control plane is told, so that nothing has to expire.
void Presence::halt(HostId host, bool drained) {
  HostView& view = p_.fleet.view(host);
  view.boot_key = 0;
  p_.bring_up.power_off(host);
  if (p_.world.host(host).up) {
    refresh(host, switch_off(host, {}, "host.removed"));
  } else {
    p_.fleet.note(host, {}, "host.removed");
  }
  view.expiry_key = view.evict_key = 0;
  p_.images.replaced(host);
  p_.evictions.back(host);
  p_.drains.end(host);
  p_.fleet.set_present(host, false);
  p_.restarts.replace_all(host, view.last_event, false);
  if (drained) --view.drains;
  if (view.faulty) {
    view.faulty = false;
    p_.fleet.host_faulty_changed(host);
  }
  view.joined = view.converged = true;
  p_.fleet.changed(host);
}

void Presence::power_on(HostId host, EventId) {
  HostView& view = p_.fleet.view(host);
  if (--view.down_causes > 0 || !p_.world.host(host).provisioned) return;
  p_.bring_up.power_on(host);
}

void Presence::boot(HostId host, Duration takes) {
  p_.fleet.view(host).boot_key =
      p_.world.scheduler.schedule(p_.now() + takes, engine::Priority::control, booted_, host.index);
}

void Presence::absent(HostId host) {
  HostView& view = p_.fleet.view(host);
  p_.world.host(host).up = false;
  p_.fleet.host_up_changed(host);
  view.heard = false;
  view.beat_key = view.expiry_key = 0;
  p_.fleet.set_present(host, false);
  p_.fleet.lane(host, "down");
  p_.routes.power_off(host);
}

void Presence::join(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  p_.fleet.lane(host, view.faulty ? "faulty" : view.present ? "up" : "lost");
  if (view.joined) {
    p_.placement.capacity_changed();
    return;
  }
  view.joined = true;
  refresh(host, cause);
  p_.routes.power_on(host);
}

void Presence::on_booted(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.boot_key != p_.world.scheduler.current_key()) return;
  view.boot_key = 0;
  p_.world.host(host).up = true;
  p_.defects.booted(host);
  p_.fleet.host_up_changed(host);
  const EventId booted = p_.fleet.note(host, {}, "host.booted");
  p_.fleet.lane(host, view.faulty ? "faulty" : view.present ? "up" : "lost");
  if (!p_.bring_up.booted(host, booted)) return;
  refresh(host, booted);
  p_.routes.power_on(host);
}

void Presence::drain(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  if (view.drains++ > 0) return;
  p_.fleet.changed(host);
  const EventId drained = p_.fleet.note(host, cause, "host.drained");
  p_.fleet.lane(host, "drained");
  p_.drains.begin(host, drained);
}

void Presence::undrain(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  if (--view.drains > 0) return;
  p_.fleet.changed(host);
  p_.drains.end(host);
  p_.fleet.note(host, cause, "host.undrained");
  p_.fleet.lane(host, view.faulty               ? "faulty"
                      : !p_.world.host(host).up ? "down"
                      : view.present            ? "up"
                                                : "lost");
  p_.placement.capacity_changed();
}

void Presence::mark_faulty(HostId host, EventId cause, std::string why) {
  HostView& view = p_.fleet.view(host);
  const bool first = !view.faulty;
  if (first) {
    view.faulty = true;
    p_.fleet.changed(host);
    p_.fleet.host_faulty_changed(host);
    p_.fleet.note(host, cause, "host.faulty", std::move(why));
    p_.fleet.lane(host, "faulty");
  }
  if (p_.constants.healing) {
    p_.restarts.replace_all(host, view.last_event, true);
    return;
  }
  const std::vector<InstanceId> believed = view.believed;
  for (const InstanceId instance : believed) {
    if (p_.world.instance(instance).state != InstanceState::starting) continue;
    const SlotId slot = p_.fleet.track(instance).slot;
    const bool owner = p_.fleet.slot(slot).current == instance;
    p_.lifecycle.kill(instance, view.last_event, "its host is out of use");
    if (!owner || p_.fleet.slot(slot).removed) continue;
    p_.fleet.slot(slot).current = {};
    p_.restarts.give_up(slot, view.last_event, p_.world.name_of(instance), "healing is off");
  }
}

}  // namespace leapday::model
