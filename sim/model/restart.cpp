/// \file restart.cpp
/// Fills slots anew after crashes and lost hosts.
/// Why: "when does it come back" is one rule here, whatever ended the instance before.
#include "sim/model/restart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/platform.hpp"

namespace leapday::model {

std::optional<Duration> restart_delay(const PlatformConstants& constants, std::uint32_t crashes) {
  const std::int64_t count = crashes;
  if (constants.restart_give_up > 0 && count >= constants.restart_give_up) return std::nullopt;
  if (count <= constants.immediate_restarts) return Duration{0};
  Duration delay = constants.restart_backoff;
  const Duration cap = constants.restart_backoff_cap;
  for (std::int64_t i = constants.immediate_restarts + 1; i < count; ++i) {
    if (cap > Duration{0} && delay >= cap) break;
    const double grown = static_cast<double>(delay.count()) * constants.restart_backoff_factor;
    if (grown >= static_cast<double>(kSimEnd.time_since_epoch().count())) break;
    delay = engine::from_nanoseconds(grown);
  }
  return cap > Duration{0} ? std::min(delay, cap) : delay;
}

Restarts::Restarts(Platform& platform)
    : p_(platform),
      convergence_(seeded_grid(platform.constants.convergence_interval,
                               platform.world.stream("convergence"))),
      due_(add_handler<&Restarts::on_due>(platform.world.scheduler, this)) {}

void Restarts::refill(SlotId slot_id, EventId cause) {
  Slot& slot = p_.fleet.slot(slot_id);
  slot.waiting = false;
  slot.restart_key = 0;
  slot.cause = cause;
  const InstanceId instance = p_.fleet.add_instance(slot_id);
  p_.fleet.lane(instance, "pending");
  p_.placement.enqueue(instance);
}

void Restarts::exit_noticed(InstanceId instance) {
  const SlotId slot_id = p_.fleet.track(instance).slot;
  const bool crashed = p_.fleet.track(instance).crashed;
  p_.routes.set(instance, false);
  p_.fleet.forget(instance);
  Slot& slot = p_.fleet.slot(slot_id);
  std::erase(slot.suspects, instance);
  if (slot.current == instance) {
    slot.current = {};
    if (!slot.removed) {
      if (crashed) {
        back_off(slot_id, instance);
      } else {
        refill(slot_id, p_.fleet.view(p_.world.instance(instance).host).last_event);
      }
    }
  }
  p_.app_changed(slot.app);
}

void Restarts::back_off(SlotId slot_id, InstanceId crashed) {
  Slot& slot = p_.fleet.slot(slot_id);
  const Tracked& track = p_.fleet.track(crashed);
  const Duration reset = p_.constants.restart_reset_after;
  const SimTime now = p_.now();
  if (track.was_ready && reset > Duration{0} && now - track.ready_at > reset) slot.crashes = 0;
  ++slot.crashes;
  slot.cause = track.last_event;
  if (p_.constants.restart_in_place) slot.restart_on = p_.world.instance(crashed).host;
  const std::optional<Duration> delay = restart_delay(p_.constants, slot.crashes);
  if (!delay) {
    give_up(slot_id, track.last_event, p_.world.name_of(crashed),
            fmt::format("crashed {} times", slot.crashes));
    return;
  }
  if (*delay == Duration{0}) {
    refill(slot_id, slot.cause);
    return;
  }
  const SimTime due = convergence_.ceil(now + *delay);
  slot.waiting = true;
  slot.restart_key =
      p_.world.scheduler.schedule(due, engine::Priority::control, due_, slot_id.index);
  slot.cause = p_.fleet.note(crashed, {}, "instance.backing_off",
                             fmt::format("crash {}, restart in {:.3f}s", slot.crashes,
                                         static_cast<double>((due - now).count()) / 1e9));
}

void Restarts::on_due(std::uint32_t index, std::uint32_t) {
  Slot& slot = p_.fleet.slot(SlotId{index});
  if (slot.restart_key != p_.world.scheduler.current_key() || slot.removed) return;
  refill(SlotId{index}, slot.cause);
  p_.app_changed(slot.app);
}

void Restarts::replace_all(HostId host, EventId cause, bool keep) {
  const std::vector<InstanceId> believed = p_.fleet.view(host).believed;
  for (const InstanceId instance : believed) {
    const SlotId slot_id = p_.fleet.track(instance).slot;
    Slot& slot = p_.fleet.slot(slot_id);
    if (slot.current != instance || slot.removed) continue;
    slot.current = {};
    if (keep && p_.fleet.track(instance).believed_ready) {
      slot.suspects.push_back(instance);
    } else if (p_.world.instance(instance).state == InstanceState::running &&
               p_.fleet.view(host).heard) {
      p_.lifecycle.stop(instance, cause);
    } else if (p_.fleet.view(host).heard) {
      p_.lifecycle.kill(instance, cause, "made anew elsewhere");
    } else {
      // Nobody can tell it to stop; it is stopped when its host is heard of again.
      p_.routes.set(instance, false);
      p_.fleet.set_believed_ready(instance, false);
    }
    refill(slot_id, cause);
    p_.app_changed(slot.app);
  }
}

void Restarts::renew(InstanceId instance, EventId cause) {
  Slot& slot = p_.fleet.slot_of(instance);
  if (slot.current != instance || slot.removed) return;
  const InstanceState state = p_.world.instance(instance).state;
  if (state == InstanceState::running) {
    slot.cause = cause;
    p_.lifecycle.stop(instance, cause);
    p_.app_changed(slot.app);
  } else if (state == InstanceState::starting) {
    slot.cause = cause;
    p_.lifecycle.kill(instance, cause, "started anew");
    renewed(instance);
  }
}

/// Whoever else has an instance stopped takes it out of its slot first, or the slot out of use.
bool Restarts::renews(InstanceId instance) const {
  const Slot& slot = p_.fleet.slots[p_.fleet.tracked[instance.index].slot.index];
  return slot.current == instance && !slot.removed;
}

void Restarts::renewed(InstanceId instance) {
  const SlotId slot_id = p_.fleet.track(instance).slot;
  Slot& slot = p_.fleet.slot(slot_id);
  slot.current = {};
  slot.restart_on = p_.world.instance(instance).host;
  refill(slot_id, slot.cause);
  p_.app_changed(slot.app);
}

void Restarts::give_up(SlotId slot_id, EventId cause, const std::string& name, std::string why) {
  Slot& slot = p_.fleet.slot(slot_id);
  slot.given_up = true;
  slot.waiting = false;
  p_.world.recorder.event(p_.now(), cause, "instance.given_up", name, std::move(why));
}

}  // namespace leapday::model
