/// \file presence.cpp
/// Turns power and reachability into what the control plane hears, and acts on what it does not.
/// Why: loss, eviction, return and reconciliation are one story told by a host's silence.
#include "sim/model/presence.hpp"

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {

Presence::Presence(Platform& platform)
    : p_(platform),
      checks_(seeded_grid(platform.constants.presence_check_interval,
                          platform.world.stream("presence"))),
      expiry_(add_handler<&Presence::on_expiry>(platform.world.scheduler, this)),
      heard_(add_handler<&Presence::on_heard>(platform.world.scheduler, this)),
      evict_(add_handler<&Presence::on_evict>(platform.world.scheduler, this)),
      booted_(add_handler<&Presence::on_booted>(platform.world.scheduler, this)),
      evacuated_(add_handler<&Presence::on_evacuated>(platform.world.scheduler, this)) {
  for (std::size_t i = 0; i < p_.fleet.hosts.size(); ++i) {
    HostView& view = p_.fleet.hosts[i];
    Random& random = p_.world.stream("heartbeat/" + p_.world.hosts[i].name);
    view.heartbeat_phase = seeded_grid(p_.constants.heartbeat_interval, random).phase;
    view.heard_since = view.last_heard = p_.now();
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
  const bool heard = p_.world.host(host).up && p_.network.reachable(here, control) &&
                     p_.network.reachable(control, here);
  if (heard == view.heard) return false;
  view.heard = heard;
  if (!p_.fleet.is_cell(host)) return true;
  engine::Scheduler& scheduler = p_.world.scheduler;
  const SimTime now = p_.now();
  if (!heard) {
    view.silent_event = cause;
    view.silent_since = now;
    const SimTime beat = heartbeats(host).floor(now);
    // The host is as good as heard at the start of a run: whatever its phase, it had a beat then.
    view.last_heard = std::max(view.last_heard, beat < view.heard_since ? view.last_heard : beat);
    view.return_key = 0;
    if (view.present && view.expiry_key == 0) {
      const SimTime expiry = std::max(now, view.last_heard + p_.constants.presence_ttl);
      view.expiry_key =
          scheduler.schedule(checks_.ceil(expiry), engine::Priority::control, expiry_, host.index);
    }
    p_.routes.host_heard(host, false);
  } else {
    view.heard_since = now;
    view.return_key = scheduler.schedule(heartbeats(host).ceil(now), engine::Priority::control,
                                         heard_, host.index);
    p_.routes.host_heard(host, true);
  }
  return true;
}

void Presence::on_expiry(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.expiry_key != p_.world.scheduler.current_key()) return;
  view.expiry_key = 0;
  view.present = false;
  p_.fleet.note(host, view.silent_event, "host.lost");
  if (p_.world.host(host).up) p_.fleet.lane(host, "lost");
  if (!p_.constants.replace_keeps_route) {
    const std::vector<InstanceId> believed = view.believed;
    for (const InstanceId instance : believed) {
      p_.fleet.track(instance).believed_ready = false;
      p_.routes.set(instance, false);
      p_.app_changed(p_.world.instance(instance).app);
    }
  }
  view.evict_key = p_.world.scheduler.schedule(p_.now() + p_.constants.eviction_delay,
                                               engine::Priority::control, evict_, index);
}

void Presence::on_evict(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.evict_key != p_.world.scheduler.current_key()) return;
  view.evict_key = 0;
  if (!p_.constants.healing) return;
  p_.restarts.replace_all(host, view.last_event, p_.constants.replace_keeps_route);
}

/// The first heartbeat after a silence.
void Presence::on_heard(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.return_key != p_.world.scheduler.current_key()) return;
  view.return_key = 0;
  view.last_heard = p_.now();
  view.expiry_key = 0;
  view.evict_key = 0;
  if (!view.present) {
    view.present = true;
    p_.fleet.note(host, {}, "host.back");
    p_.fleet.lane(host, view.faulty ? "faulty" : "up");
  }
  reconcile(host);
  p_.placement.capacity_changed();
}

void Presence::reconcile(HostId host) {
  // What waits for a start place asks for one again, in the order in which it was placed.
  p_.fleet.view(host).start_queue.clear();
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
      p_.fleet.track(instance).believed_ready = false;
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
  if (!p_.world.host(host).up) return;
  p_.world.host(host).up = false;
  p_.fleet.host_up_changed(host);
  const EventId crashed = p_.fleet.note(host, cause, "host.crashed");
  p_.fleet.lane(host, "down");
  const std::vector<InstanceId> here = p_.world.host(host).instances;
  for (const InstanceId instance : here) p_.lifecycle.lose(instance);
  view.starting = 0;
  view.start_queue.clear();
  p_.routes.power_off(host);
  refresh(host, crashed);
}

void Presence::power_on(HostId host, EventId) {
  HostView& view = p_.fleet.view(host);
  if (--view.down_causes > 0) return;
  const Zone& zone = *p_.world.zone(p_.world.host(host).zone).spec;
  view.boot_key = p_.world.scheduler.schedule(p_.now() + zone.boot_time, engine::Priority::control,
                                              booted_, host.index);
}

void Presence::on_booted(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.boot_key != p_.world.scheduler.current_key()) return;
  view.boot_key = 0;
  p_.world.host(host).up = true;
  p_.fleet.host_up_changed(host);
  const EventId booted = p_.fleet.note(host, {}, "host.booted");
  p_.fleet.lane(host, view.faulty ? "faulty" : view.present ? "up" : "lost");
  refresh(host, booted);
  p_.routes.power_on(host);
}

void Presence::drain(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  if (view.drains++ > 0) return;
  const EventId drained = p_.fleet.note(host, cause, "host.drained");
  p_.fleet.lane(host, "drained");
  p_.restarts.replace_all(host, drained, p_.constants.evacuation_timeout > Duration{0});
  view.evacuated_key =
      p_.world.scheduler.schedule(p_.now() + p_.constants.evacuation_timeout,
                                  engine::Priority::control, evacuated_, host.index);
}

/// Whoever still waits for a replacement has waited long enough.
void Presence::on_evacuated(std::uint32_t index, std::uint32_t) {
  const HostId host{index};
  HostView& view = p_.fleet.view(host);
  if (view.evacuated_key != p_.world.scheduler.current_key()) return;
  view.evacuated_key = 0;
  const std::vector<InstanceId> believed = view.believed;
  for (const InstanceId instance : believed) {
    Slot& slot = p_.fleet.slot_of(instance);
    if (slot.current == instance) continue;
    std::erase(slot.suspects, instance);
    p_.lifecycle.let_go(instance, view.last_event);
  }
}

void Presence::undrain(HostId host, EventId cause) {
  HostView& view = p_.fleet.view(host);
  if (--view.drains > 0) return;
  view.evacuated_key = 0;
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
    p_.restarts.give_up(slot, view.last_event, p_.world.instance(instance).name, "healing is off");
  }
}

}  // namespace leapday::model
