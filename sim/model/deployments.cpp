/// \file deployments.cpp
/// Cloud Foundry's ticks with max-in-flight, Kubernetes's surge and unavailability, gates,
/// deadlines and roll-back.
/// Why: the formulas are those of the platforms' sources (docs/platforms), not an idea of them.
#include "sim/model/deployments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/model/condition.hpp"

namespace leapday::model {
namespace {

/// Live metrics are whole seconds.
constexpr Grid kSeconds{std::chrono::seconds{1}, {}};

/// ceil and floor of n * share.
std::int64_t share_up(std::int64_t n, Ratio share) {
  const auto product = static_cast<__int128>(n) * share.num;
  return static_cast<std::int64_t>((product + share.den - 1) / share.den);
}
std::int64_t share_down(std::int64_t n, Ratio share) {
  return static_cast<std::int64_t>(static_cast<__int128>(n) * share.num / share.den);
}

}  // namespace

Deployments::Deployments(Platform& platform, Triggers& triggers)
    : p_(platform),
      triggers_(triggers),
      ticks_(seeded_grid(platform.constants.rollout_tick, platform.world.stream("rollout"))),
      capistrano_(platform, triggers),
      step_(add_handler<&Deployments::on_step>(platform.world.scheduler, this)),
      deadline_(add_handler<&Deployments::on_deadline>(platform.world.scheduler, this)),
      gate_(add_handler<&Deployments::on_gate>(platform.world.scheduler, this)) {}

void Deployments::arm() {
  for (const auto& deployment : p_.world.scenario.deployments) {
    Roll roll;
    roll.name = &deployment.name;
    roll.spec = &deployment.value;
    rolls_.push_back(std::move(roll));
  }
  for (std::uint32_t i = 0; i < rolls_.size(); ++i) {
    triggers_.add(rolls_[i].spec->at, false, *rolls_[i].name, *this, i);
  }
  p_.listen(*this);
}

EventId Deployments::note(Roll& roll, EventId cause, std::string kind, std::string detail) {
  roll.event = p_.world.recorder.event(p_.now(), cause.valid() ? cause : roll.event,
                                       std::move(kind), *roll.name, std::move(detail));
  return roll.event;
}

void Deployments::triggered(std::uint32_t index, EventId cause) {
  if (rolls_[index].spec->strategy == Strategy::capistrano) {
    capistrano_.begin(index, cause);
  } else {
    begin(rolls_[index], cause);
  }
}

void Deployments::begin(Roll& roll, EventId cause) {
  World& world = p_.world;
  ReleaseId release;
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    if (world.apps[a].name == roll.spec->app) roll.app = AppId{a};
  }
  const AppState& app = world.app(roll.app);
  for (std::uint32_t r = 0; r < app.releases.size(); ++r) {
    if (app.releases[r].name == roll.spec->release) release = ReleaseId{r};
  }
  supersede(roll.app, roll);
  for (std::uint32_t g = 0; g < p_.fleet.groups.size(); ++g) {
    const Group& group = p_.fleet.groups[g];
    if (group.app == roll.app && !group.slots.empty()) roll.old.push_back(GroupId{g});
  }
  roll.fresh = p_.fleet.add_group(roll.app, release);
  roll.target = app.releases[release.index].instances;
  roll.phase = Phase::rolling;
  plan_counts(roll);
  roll.span = world.recorder.span_begin(*roll.name, Span::Kind::deployment, p_.now());
  note(roll, cause, "deployment.begin", fmt::format("{} {}", roll.spec->app, roll.spec->release));
  triggers_.anchor(*roll.name, "begin", roll.event);
  progress(roll);
  if (roll.surge) {
    step(roll);
  } else {
    grow(roll, std::min(roll.in_flight, roll.target));
    schedule_step(roll, ticks_.next(p_.now()));
  }
}

/// Whose arithmetic, and its numbers: a deployment's own words come before the platform's.
void Deployments::plan_counts(Roll& roll) {
  const PlatformConstants& c = p_.constants;
  const Deployment& spec = *roll.spec;
  const bool stated_share = spec.max_surge.has_value() || spec.max_unavailable.has_value();
  const bool platform_share =
      !c.rollout_max_surge.is_zero() || !c.rollout_max_unavailable.is_zero();
  roll.surge = stated_share || (platform_share && !spec.max_in_flight);
  roll.in_flight = spec.max_in_flight.value_or(c.rollout_max_in_flight);
  roll.max_surge = share_up(roll.target, spec.max_surge.value_or(c.rollout_max_surge));
  roll.max_unavailable =
      share_down(roll.target, spec.max_unavailable.value_or(c.rollout_max_unavailable));
  // Neither would ever move: Kubernetes then lets one be unavailable (ResolveFenceposts).
  if (roll.max_surge == 0 && roll.max_unavailable == 0) roll.max_unavailable = 1;
}

void Deployments::supersede(AppId app, const Roll& by) {
  for (Roll& other : rolls_) {
    const bool active = other.phase == Phase::rolling || other.phase == Phase::rolling_back;
    if (&other == &by || !active || other.app != app) continue;
    note(other, {}, "deployment.superseded", "by " + *by.name);
    end(other);
  }
}

void Deployments::schedule_step(Roll& roll, SimTime at) {
  if (roll.step_key != 0) return;
  roll.step_key = p_.world.scheduler.schedule(at, engine::Priority::control, step_, index_of(roll));
}

void Deployments::app_changed(AppId app) {
  for (Roll& roll : rolls_) {
    const bool active = roll.phase == Phase::rolling || roll.phase == Phase::rolling_back;
    if (!active || roll.app != app) continue;
    if (roll.phase == Phase::rolling) note_ready(roll, p_.counts(roll.fresh).routable);
    if (p_.constants.rollout_tick == Duration{0}) schedule_step(roll, p_.now());
  }
}

void Deployments::on_step(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.step_key != p_.world.scheduler.current_key()) return;
  roll.step_key = 0;
  if (roll.phase != Phase::rolling && roll.phase != Phase::rolling_back) return;
  step(roll);
}

void Deployments::step(Roll& roll) {
  const GroupCounts fresh = p_.counts(roll.fresh);
  if (roll.phase == Phase::rolling) note_ready(roll, fresh.routable);
  if (roll.surge) {
    step_surge(roll, fresh);
  } else {
    step_in_flight(roll, fresh);
  }
  const bool active = roll.phase == Phase::rolling || roll.phase == Phase::rolling_back;
  if (active && p_.constants.rollout_tick > Duration{0}) {
    schedule_step(roll, ticks_.next(p_.now()));
  }
}

/// cloud_controller_ng deployment_updater: down_scaler.rb and up_scaler.rb.
void Deployments::step_in_flight(Roll& roll, const GroupCounts& fresh) {
  const std::int64_t keep = std::max<std::int64_t>(roll.target - fresh.routable, 0);
  shrink_old(roll, old_size(roll) - keep);
  if (fresh.wanted >= roll.target && fresh.routable >= roll.target) {
    if (gate_passes(roll)) finish(roll);
    return;
  }
  if (fresh.starting >= roll.in_flight || fresh.unhealthy > 0 ||
      fresh.routable < fresh.wanted - roll.in_flight) {
    return;
  }
  const std::int64_t wanted = std::min(fresh.routable + roll.in_flight, roll.target);
  if (wanted > fresh.wanted && gate_passes(roll)) grow(roll, wanted);
}

/// kubernetes deployment/rolling.go, until nothing moves: scale up, clean up unready old ones,
/// scale down. Each of its scalings makes the controller look again.
void Deployments::step_surge(Roll& roll, const GroupCounts& fresh) {
  const std::int64_t room = roll.target + roll.max_surge - (fresh.wanted + old_size(roll));
  const std::int64_t more = std::min(room, roll.target - fresh.wanted);
  const bool first = fresh.wanted == 0;
  const bool grows = more > 0 && (first || gate_passes(roll));
  if (grows) grow(roll, fresh.wanted + more);

  const GroupCounts now = p_.counts(roll.fresh);
  const std::int64_t least = roll.target - roll.max_unavailable;
  std::int64_t old_ready = 0;
  for (const GroupId group : roll.old) old_ready += p_.counts(group).routable;
  const std::int64_t before = old_size(roll);
  shrink_unready(roll, now.wanted + before - least - (now.wanted - now.routable));
  shrink_old(roll, std::min(now.routable + old_ready - least, old_ready));
  if (finished(roll, now)) {
    if (gate_passes(roll)) finish(roll);
  } else if (grows || old_size(roll) != before) {
    step_surge(roll, now);
  }
}

bool Deployments::finished(const Roll& roll, const GroupCounts& fresh) {
  return fresh.wanted >= roll.target && fresh.routable >= roll.target && old_size(roll) == 0;
}

void Deployments::note_ready(Roll& roll, std::int64_t routable) {
  if (roll.target == 0 && roll.most_ready == 0) return;
  while (roll.most_ready < std::min(routable, roll.target)) {
    ++roll.most_ready;
    const double share = static_cast<double>(roll.most_ready) / static_cast<double>(roll.target);
    triggers_.anchor(*roll.name, "done", roll.event, share, roll.most_ready);
    progress(roll);
  }
}

void Deployments::grow(Roll& roll, std::int64_t wanted) {
  roll.gate_open = false;
  note(roll, {}, roll.phase == Phase::rolling ? "deployment.step" : "deployment.rollback_step",
       fmt::format("{} of {}", wanted, roll.target));
  progress(roll);
  p_.resize(roll.fresh, wanted, roll.event);
}

void Deployments::shrink_old(Roll& roll, std::int64_t by) {
  for (const GroupId group : roll.old) {
    if (by <= 0) return;
    const auto size = static_cast<std::int64_t>(p_.fleet.group(group).slots.size());
    const std::int64_t taken = std::min(size, by);
    if (taken == 0) continue;
    p_.resize(group, size - taken, roll.event);
    progress(roll);
    by -= taken;
  }
}

void Deployments::shrink_unready(Roll& roll, std::int64_t by) {
  for (const GroupId group : roll.old) {
    const GroupCounts counts = p_.counts(group);
    const std::int64_t taken = std::min(counts.wanted - counts.routable, by);
    if (taken <= 0) continue;
    p_.resize(group, counts.wanted - taken, roll.event);
    progress(roll);
    by -= taken;
  }
}

std::int64_t Deployments::old_size(const Roll& roll) {
  std::int64_t size = 0;
  for (const GroupId group : roll.old) {
    size += static_cast<std::int64_t>(p_.fleet.group(group).slots.size());
  }
  return size;
}

/// True when the next step may be taken. Once asked, the gate is looked at every whole second.
bool Deployments::gate_passes(Roll& roll) {
  if (!roll.spec->gate || roll.phase != Phase::rolling || roll.gate_open) return true;
  if (roll.gate_asked) return false;
  roll.gate_asked = p_.now();
  roll.gate_key = p_.world.scheduler.schedule(kSeconds.next(p_.now()), engine::Priority::observer,
                                              gate_, index_of(roll));
  return false;
}

void Deployments::on_gate(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.gate_key != p_.world.scheduler.current_key() || !roll.gate_asked) return;
  const HealthGate& gate = *roll.spec->gate;
  const SimTime now = p_.now();
  if (!holds_now(gate.condition, p_.world).value_or(false)) {
    roll.gate_true.reset();
  } else if (!roll.gate_true) {
    roll.gate_true = now;
  }
  if (roll.gate_true && now - *roll.gate_true >= gate.hold) {
    roll.gate_asked.reset();
    roll.gate_true.reset();
    roll.gate_open = true;
    progress(roll);
    if (p_.constants.rollout_tick == Duration{0}) schedule_step(roll, now);
  } else if (now - *roll.gate_asked >= gate.within) {
    fail(roll, "gate: " + gate.condition.text, true);
  } else {
    roll.gate_key = p_.world.scheduler.schedule(now + kSeconds.period, engine::Priority::observer,
                                                gate_, index);
  }
}

void Deployments::progress(Roll& roll) {
  roll.progress_at = p_.now();
  const Duration limit =
      roll.spec->progress_deadline.value_or(p_.constants.rollout_progress_deadline);
  if (limit == Duration{0} || roll.failed || roll.phase != Phase::rolling) return;
  roll.deadline_key = p_.world.scheduler.schedule(p_.now() + limit, engine::Priority::control,
                                                  deadline_, index_of(roll));
}

void Deployments::on_deadline(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.deadline_key != p_.world.scheduler.current_key() || roll.phase != Phase::rolling) return;
  roll.deadline_key = 0;
  const double seconds = static_cast<double>((p_.now() - roll.progress_at).count()) / 1e9;
  // Kubernetes only reports this; what can still move goes on moving.
  fail(roll, fmt::format("no progress for {}s", seconds), false);
}

void Deployments::fail(Roll& roll, const std::string& why, bool stop) {
  roll.failed = true;
  roll.gate_asked.reset();
  roll.deadline_key = 0;
  note(roll, {}, "deployment.failed", why);
  triggers_.anchor(*roll.name, "failed", roll.event);
  if (roll.spec->rollback) {
    roll_back(roll);
  } else if (stop) {
    end(roll);
  }
}

/// The newest old group grows back to what it was, by the same rules, and the new one shrinks.
void Deployments::roll_back(Roll& roll) {
  if (roll.old.empty()) {
    end(roll);
    return;
  }
  roll.phase = Phase::rolling_back;
  const GroupId failed = roll.fresh;
  roll.fresh = roll.old.back();
  roll.old.pop_back();
  roll.old.push_back(failed);
  const Group& group = p_.fleet.group(roll.fresh);
  roll.target = p_.world.app(roll.app).releases[group.release.index].instances;
  plan_counts(roll);
  note(roll, {}, "deployment.rolling_back",
       "to " + p_.world.app(roll.app).releases[group.release.index].name);
  roll.step_key = 0;
  schedule_step(roll, p_.now());
}

void Deployments::finish(Roll& roll) {
  const bool back = roll.phase == Phase::rolling_back;
  shrink_old(roll, old_size(roll));
  note(roll, {}, back ? "deployment.rolled_back" : "deployment.done");
  if (back) triggers_.anchor(*roll.name, "rolled_back", roll.event);
  end(roll);
}

void Deployments::end(Roll& roll) {
  roll.phase = Phase::over;
  roll.step_key = roll.deadline_key = 0;
  p_.world.recorder.span_end(roll.span, p_.now());
  triggers_.anchor(*roll.name, "end", roll.event);
}

}  // namespace leapday::model
