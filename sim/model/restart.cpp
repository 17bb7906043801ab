/// \file restart.cpp
/// Fills slots anew after crashes and lost hosts.
/// Why: "when does it come back" is one rule here, whatever ended the instance before.
#include "sim/model/restart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/assert.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {

Restarts::Restarts(Platform& platform)
    : p_(platform),
      convergence_(seeded_grid(platform.constants.convergence_interval,
                               platform.world.stream("convergence"))),
      queue_(platform),
      due_(add_handler<&Restarts::on_due>(platform.world.scheduler, this)) {
  const std::string& name = p_.world.scenario.platform.algorithms.restart;
  const auto* item = p_.world.registry.restart.find(name);
  LEAPDAY_ASSERT(item != nullptr, "no restart policy is called " + name);
  policy_ = item->make();
}

void Restarts::refill(SlotId slot_id, EventId cause) {
  Slot& slot = p_.fleet.slot(slot_id);
  slot.waiting = false;
  slot.restart_key = 0;
  slot.cause = cause;
  if (!p_.quotas.admits(slot_id, cause)) return;
  const InstanceId instance = p_.fleet.add_instance(slot_id);
  p_.quotas.created(instance);
  p_.fleet.lane(instance, "pending");
  p_.placement.enqueue(instance);
}

void Restarts::ask(SlotId slot_id, EventId cause, bool evacuated) {
  if (p_.constants.restarts_per_second == 0) {
    refill(slot_id, cause);
    return;
  }
  p_.fleet.slot(slot_id).cause = cause;
  queue_.ask(slot_id, evacuated);
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
        ask(slot_id, p_.fleet.view(p_.world.instance(instance).host).last_event);
      }
    }
  }
  p_.app_changed(slot.app);
}

RestartDecision Restarts::decide(Slot& slot, InstanceId crashed) {
  const Tracked& track = p_.fleet.track(crashed);
  Crash crash{.at = p_.now(), .ready_for = std::nullopt};
  if (track.was_ready) crash.ready_for = p_.now() - track.ready_at;
  if (p_.constants.restart_by_wall_clock) {
    crash.at = p_.time.believed(ClockId{});
    if (track.was_ready) crash.ready_for = p_.time.elapsed(ClockId{}, track.ready_at);
  }
  return policy_->crashed(slot.history, crash, p_.constants,
                          p_.world.stream("restart/" + p_.world.name_of(crashed)));
}

void Restarts::back_off(SlotId slot_id, InstanceId crashed) {
  Slot& slot = p_.fleet.slot(slot_id);
  const Tracked& track = p_.fleet.track(crashed);
  slot.cause = track.last_event;
  const HostId host = p_.world.instance(crashed).host;
  const RestartDecision decision = decide(slot, crashed);
  slot.restart_on = {};
  slot.avoid = {};
  if (decision.elsewhere) {
    slot.avoid = host;
  } else if (p_.constants.restart_in_place) {
    slot.restart_on = host;
  }
  const std::optional<Duration> delay = decision.delay;
  if (!delay) {
    give_up(slot_id, track.last_event, p_.world.name_of(crashed),
            fmt::format("crashed {} times", slot.history.crashes));
    return;
  }
  if (*delay == Duration{0}) {
    ask(slot_id, slot.cause);
    return;
  }
  const SimTime now = p_.now();
  SimTime due = convergence_.ceil(now + *delay);
  if (p_.constants.restart_by_wall_clock) {
    const WallTime at = p_.world.wall(ClockId{}) + *delay;
    waits_for_[slot_id] = at;
    due = this->due(at);
  }
  slot.waiting = true;
  ++slot.ticket;  // What an earlier request asked for is no longer due.
  slot.restart_key =
      p_.world.scheduler.schedule(due, engine::Priority::control, due_, slot_id.index);
  slot.cause = p_.fleet.note(crashed, {}, "instance.backing_off",
                             fmt::format("crash {}, restart in {:.3f}s", slot.history.crashes,
                                         static_cast<double>((due - now).count()) / 1e9));
}

SimTime Restarts::due(WallTime at) const {
  const SimTime shown = p_.time.due(ClockId{}, at);
  return shown == kSimEnd ? kSimEnd : convergence_.ceil(shown);
}

void Restarts::clock_changed() {
  if (!p_.constants.restart_by_wall_clock) return;
  std::erase_if(waits_for_, [this](const auto& entry) {
    const Slot& slot = p_.fleet.slot(entry.first);
    return !slot.waiting || slot.removed;
  });
  for (const auto& [slot, at] : waits_for_) {
    p_.time.notice();
    p_.fleet.slot(slot).restart_key =
        p_.world.scheduler.schedule(due(at), engine::Priority::control, due_, slot.index);
  }
}

void Restarts::on_due(std::uint32_t index, std::uint32_t) {
  Slot& slot = p_.fleet.slot(SlotId{index});
  if (slot.restart_key != p_.world.scheduler.current_key() || slot.removed) return;
  waits_for_.erase(SlotId{index});
  ask(SlotId{index}, slot.cause);
  p_.app_changed(slot.app);
}

bool Restarts::replace_all(HostId host, EventId cause, bool keep, SimTime quiet_since) {
  bool all = true;
  const std::vector<InstanceId> believed = p_.fleet.view(host).believed;
  for (const InstanceId instance : believed) {
    if (p_.changed_at(p_.world.instance(instance).app) > quiet_since) {
      all = false;
    } else {
      replace(instance, cause, keep);
    }
  }
  return all;
}

void Restarts::replace(InstanceId instance, EventId cause, bool keep) {
  const SlotId slot_id = p_.fleet.track(instance).slot;
  Slot& slot = p_.fleet.slot(slot_id);
  if (slot.current != instance || slot.removed) return;
  const bool heard = p_.fleet.view(p_.world.instance(instance).host).heard;
  slot.current = {};
  if (keep && p_.fleet.track(instance).believed_ready) {
    slot.suspects.push_back(instance);
  } else if (p_.world.instance(instance).state == InstanceState::running && heard) {
    p_.lifecycle.stop(instance, cause);
  } else if (heard) {
    p_.lifecycle.kill(instance, cause, "made anew elsewhere");
  } else {
    // Nobody can tell it to stop; it is stopped when its host is heard of again.
    p_.routes.set(instance, false);
    p_.fleet.set_believed_ready(instance, false);
  }
  ask(slot_id, cause, p_.fleet.view(p_.world.instance(instance).host).drains > 0);
  p_.app_changed(slot.app);
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
