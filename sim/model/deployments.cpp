/// \file deployments.cpp
/// From begin to end of a deployment: who takes over from whom, sizes of groups, the way back.
/// Why: strategies decide the steps (rollout_*.cpp); what a step is and what it reports is one.
#include "sim/model/deployments.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::model {
namespace {

std::unique_ptr<RolloutStrategy> make_strategy(Strategy strategy) {
  using Make = std::unique_ptr<RolloutStrategy> (*)();
  static constexpr Make kMake[] = {
#define STRATEGY(name, help) make_##name,
#define IN_PLACE(name, help)
#include "leapday/scenario/strategies.inc"
#undef STRATEGY
  };
  return kMake[static_cast<std::size_t>(strategy)]();
}

}  // namespace

Deployments::Deployments(Platform& platform, Triggers& triggers)
    : p_(platform),
      triggers_(triggers),
      ticks_(seeded_grid(platform.constants.rollout_tick, platform.world.stream("rollout"))),
      capistrano_(platform, triggers),
      step_(add_handler<&Deployments::on_step>(platform.world.scheduler, this)),
      deadline_(add_handler<&Deployments::on_deadline>(platform.world.scheduler, this)),
      gate_(add_handler<&Deployments::on_gate>(platform.world.scheduler, this)),
      wake_(add_handler<&Deployments::on_wake>(platform.world.scheduler, this)),
      await_(add_handler<&Deployments::on_await>(platform.world.scheduler, this)),
      measurement_(add_handler<&Deployments::on_measurement>(platform.world.scheduler, this)),
      migrated_(add_handler<&Deployments::on_migrated>(platform.world.scheduler, this)),
      staged_(add_handler<&Deployments::on_staged>(platform.world.scheduler, this)) {}

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
  for (std::uint32_t i = 0; i < rolls_.size(); ++i) add_continuations(i);
  p_.listen(*this);
}

void Deployments::add_continuations(std::uint32_t deployment) {
  const Roll& roll = rolls_[deployment];
  const auto add = [&](const std::optional<At>& at, std::size_t pause) {
    if (!at || std::holds_alternative<At::When>(at->what)) return;  // see await()
    const auto index = static_cast<std::uint32_t>(continuations_.pauses.size());
    continuations_.pauses.emplace_back(deployment, pause);
    triggers_.add(*at, false, *roll.name, continuations_, index);
  };
  add(roll.spec->resume, 0);
  for (std::size_t k = 0; k < roll.spec->steps.size(); ++k) add(roll.spec->steps[k].resume, k);
}

/// As on Cloud Foundry, a deployment that is not paused cannot be continued.
void Deployments::Continuations::triggered(std::uint32_t continuation, EventId cause) {
  const auto [deployment, pause] = pauses[continuation];
  Roll& roll = owner.rolls_[deployment];
  if (roll.phase == Roll::Phase::rolling && roll.strategy->resume(pause)) {
    if (!owner.paced(roll)) owner.schedule_step(roll, owner.p_.now());
  } else {
    owner.note(roll, cause, "deployment.not_paused", "there was nothing to continue");
  }
}

EventId Deployments::note(Roll& roll, EventId cause, std::string kind, std::string detail) {
  roll.event = p_.world.recorder.event(p_.now(), cause.valid() ? cause : roll.event,
                                       std::move(kind), *roll.name, std::move(detail));
  return roll.event;
}

void Deployments::anchor(const Roll& roll, const std::string& event) {
  triggers_.anchor(*roll.name, event, roll.event);
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
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    if (world.apps[a].name == roll.spec->app) roll.app = AppId{a};
  }
  const AppState& app = world.app(roll.app);
  for (std::uint32_t r = 0; r < app.releases.size(); ++r) {
    if (app.releases[r].name == roll.spec->release) roll.release = ReleaseId{r};
  }
  supersede(roll.app, roll);
  roll.target = wanted(roll.app, roll.release);
  roll.span = world.recorder.span_begin(*roll.name, Span::Kind::deployment, p_.now());
  note(roll, cause, "deployment.begin", fmt::format("{} {}", roll.spec->app, roll.spec->release));
  anchor(roll, "begin");
  if (roll.spec->staging) {
    stage(roll);
  } else {
    migrate_or_start(roll);
  }
}

void Deployments::start(Roll& roll) {
  for (std::uint32_t g = 0; g < p_.fleet.groups.size(); ++g) {
    const Group& group = p_.fleet.groups[g];
    if (group.app != roll.app || group.slots.empty()) continue;
    if (group.withheld) {
      p_.resize(GroupId{g}, 0, roll.event);  // Left behind by one that was superseded.
    } else {
      roll.old.push_back(GroupId{g});
    }
  }
  roll.fresh = p_.fleet.add_group(roll.app, roll.release);
  roll.phase = Roll::Phase::rolling;
  roll.strategy = make_strategy(roll.spec->strategy);
  progress(roll);
  roll.strategy->begin(*this, roll);
}

void Deployments::supersede(AppId app, const Roll& by) {
  for (Roll& other : rolls_) {
    if (&other == &by || !other.active() || other.app != app) continue;
    note(other, {}, "deployment.superseded", "by " + *by.name);
    end(other);
  }
}

// ---- steps -----------------------------------------------------------------------------------

bool Deployments::paced(const Roll& roll) const {
  return p_.constants.rollout_tick > Duration{0} && roll.strategy->ticks();
}

void Deployments::schedule_step(Roll& roll, SimTime at) {
  if (roll.step_key != 0) return;
  roll.step_key = p_.world.scheduler.schedule(at, engine::Priority::control, step_, index_of(roll));
}

void Deployments::schedule_next(Roll& roll) {
  schedule_step(roll, paced(roll) ? ticks_.next(p_.now()) : p_.now());
}

void Deployments::wake(Roll& roll, SimTime at) {
  roll.wake_key = p_.world.scheduler.schedule(at, engine::Priority::control, wake_, index_of(roll));
}

void Deployments::on_wake(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.wake_key != p_.world.scheduler.current_key() || !roll.moves()) return;
  roll.wake_key = 0;
  schedule_next(roll);
}

void Deployments::app_changed(AppId app) {
  for (Roll& roll : rolls_) {
    if (!roll.moves() || roll.app != app) continue;
    note_ready(roll);
    if (!paced(roll)) schedule_step(roll, p_.now());
  }
}

void Deployments::instance_ended(AppId app) {
  for (Roll& roll : rolls_) {
    if (!roll.moves() || roll.app != app || !roll.strategy->awaits_ends()) continue;
    schedule_next(roll);
  }
}

void Deployments::on_step(std::uint32_t index, std::uint32_t) {
  Roll& roll = rolls_[index];
  if (roll.step_key != p_.world.scheduler.current_key()) return;
  roll.step_key = 0;
  if (roll.moves()) step(roll);
}

void Deployments::step(Roll& roll) {
  note_ready(roll);
  roll.strategy->step(*this, roll);
  if (roll.moves() && paced(roll)) schedule_next(roll);
}

void Deployments::note_ready(Roll& roll) {
  if (roll.phase != Roll::Phase::rolling || !roll.strategy->ready_is_done()) return;
  note_done(roll, p_.counts(roll.fresh).available);
}

/// The last one is done when the deployment is: it may be ready and crash before that.
void Deployments::note_done(Roll& roll, std::int64_t done) {
  if (roll.most_ready < std::min(done, roll.target)) {
    roll.most_ready = std::min(done, roll.target);
    progress(roll);
  }
  reach(roll, std::min(roll.most_ready, roll.target - 1));
}

void Deployments::reach(Roll& roll, std::int64_t milestone) {
  while (roll.milestone < milestone) {
    ++roll.milestone;
    const double share = static_cast<double>(roll.milestone) / static_cast<double>(roll.target);
    triggers_.anchor(*roll.name, "done", roll.event, share, roll.milestone);
  }
}

// ---- sizes -----------------------------------------------------------------------------------

bool Deployments::grow(Roll& roll, std::int64_t wanted) {
  const Group& group = p_.fleet.group(roll.fresh);
  const std::int64_t before = std::ssize(group.slots);
  if (const auto why = p_.quotas.refuses(roll.app, group.release, wanted - before)) {
    refuse(roll, before == 0, *why);
    return false;
  }
  roll.refused = false;
  roll.gate_open = false;
  const bool forth = roll.phase == Roll::Phase::rolling;
  note(roll, {}, forth ? "deployment.step" : "deployment.rollback_step",
       fmt::format("{} of {}", wanted, roll.target));
  progress(roll);
  p_.resize(roll.fresh, wanted, roll.event);
  return true;
}

/// As the Cloud Controller has it: a deployment that cannot begin is refused; one under way stays
/// where it is, and each of its steps is tried again.
void Deployments::refuse(Roll& roll, bool first, const std::string& why) {
  if (first && roll.phase == Roll::Phase::rolling) {
    fail(roll, why, true, false);
  } else if (!roll.refused) {
    roll.refused = true;
    note(roll, {}, "deployment.refused", why);
  }
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
    const std::int64_t taken = std::min(counts.wanted - counts.available, by);
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

// ---- ends ------------------------------------------------------------------------------------

void Deployments::fail(Roll& roll, const std::string& why, bool stop, bool returns) {
  roll.failed = true;
  roll.gate_asked.reset();
  roll.deadline_key = 0;
  note(roll, {}, "deployment.failed", why);
  anchor(roll, "failed");
  if (roll.spec->rollback.value_or(returns)) {
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
  roll.phase = Roll::Phase::rolling_back;
  const GroupId failed = roll.fresh;
  roll.fresh = roll.old.back();
  roll.old.pop_back();
  roll.old.push_back(failed);
  const Group& group = p_.fleet.group(roll.fresh);
  const ReleaseState& release = p_.world.app(roll.app).releases[group.release.index];
  roll.target = wanted(roll.app, group.release);
  note(roll, {}, "deployment.rolling_back", "to " + release.name);
  roll.strategy->turn_back(*this, roll);
  roll.step_key = 0;
  schedule_step(roll, p_.now());
}

void Deployments::finish(Roll& roll) {
  const bool back = roll.phase == Roll::Phase::rolling_back;
  shrink_old(roll, old_size(roll));
  note(roll, {}, back ? "deployment.rolled_back" : "deployment.done");
  if (back) {
    anchor(roll, "rolled_back");
  } else if (roll.target == 0) {
    triggers_.anchor(*roll.name, "done", roll.event, 1, 0);
  } else {
    reach(roll, roll.target);
  }
  end(roll);
}

void Deployments::end(Roll& roll) {
  if (roll.strategy != nullptr) roll.strategy->over(*this, roll);
  roll.phase = Roll::Phase::over;
  roll.step_key = roll.wake_key = roll.deadline_key = roll.gate_key = 0;
  roll.analysis_key = roll.await_key = 0;
  p_.world.recorder.span_end(roll.span, p_.now());
  anchor(roll, "end");
}

}  // namespace leapday::model
