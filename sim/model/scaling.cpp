/// \file scaling.cpp
/// The loops of autoscalers: look, decide, apply, look again.
/// Why: see scaling.hpp.
#include "sim/model/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace leapday::model {

Scaling::Scaling(Platform& platform, Deployments& deployments)
    : p_(platform),
      deployments_(deployments),
      scrape_(add_handler<&Scaling::on_scrape>(platform.world.scheduler, this)),
      look_(add_handler<&Scaling::on_look>(platform.world.scheduler, this)) {}

void Scaling::arm() {
  for (const auto& scaler : p_.world.scenario.scaling) add(scaler.name, scaler.value);
  if (loops_.empty()) return;
  p_.attach(*this);
  for (std::uint32_t i = 0; i < loops_.size(); ++i) {
    Loop& loop = loops_[i];
    if (loop.wanted == 0) consult(loop);  // whether routers hold requests for it
    Random& random = p_.world.stream("scaling/" + *loop.name);
    look_at(loop, seeded_grid(loop.policy->period(), random).ceil(p_.now()));
    loop.scrapes = seeded_grid(loop.policy->pipeline().scrape, random);
    if (loop.metrics == nullptr) continue;
    p_.world.scheduler.schedule(loop.scrapes.ceil(p_.now()), engine::Priority::timer, scrape_, i);
  }
}

void Scaling::add(const std::string& name, const Scaler& spec) {
  Loop loop;
  loop.name = &name;
  loop.spec = &spec;
  for (std::uint32_t a = 0; a < p_.world.apps.size(); ++a) {
    if (p_.world.apps[a].name == spec.app) loop.app = AppId{a};
  }
  loop.policy = spec.prototype->clone();
  const MetricsPipeline pipeline = loop.policy->pipeline();
  if (pipeline.scrape > Duration{0}) {
    loop.metrics = std::make_unique<ScalingMetrics>(p_, loop.app, pipeline);
  }
  const AppState& app = p_.world.app(loop.app);
  for (const ReleaseState& release : app.releases) {
    if (release.name == app.spec->release || app.spec->release.empty()) {
      loop.wanted = release.instances;
      break;
    }
  }
  loop.wanted_step =
      p_.world.recorder.add_steps("wanted", app.name, static_cast<double>(loop.wanted));
  loops_.push_back(std::move(loop));
}

void Scaling::look_at(Loop& loop, SimTime at) {
  const auto index = static_cast<std::uint32_t>(&loop - loops_.data());
  loop.look_key = p_.world.scheduler.schedule(at, engine::Priority::control, look_, index);
}

void Scaling::on_scrape(std::uint32_t index, std::uint32_t) {
  Loop& loop = loops_[index];
  loop.metrics->scrape();
  p_.world.scheduler.schedule(loop.scrapes.next(p_.now()), engine::Priority::timer, scrape_, index);
}

/// An app that is scaled to nothing is woken up by its first request.
void Scaling::request_waits(AppId app) {
  for (Loop& loop : loops_) {
    if (loop.app != app || loop.wanted > 0) continue;
    if (loop.look_key == engine::Scheduler::key(p_.now(), engine::Priority::control)) continue;
    look_at(loop, p_.now());
  }
}

void Scaling::on_look(std::uint32_t index, std::uint32_t) {
  Loop& loop = loops_[index];
  if (loop.look_key != p_.world.scheduler.current_key()) return;
  loop.look_key = 0;
  look_at(loop, p_.now() + std::max(consult(loop), Duration{1ms}));
}

/// Returns when it wants to be asked again, from now.
Duration Scaling::consult(Loop& loop) {
  gather(loop);
  ScalingView view{.now = p_.now(),
                   .wall = p_.world.scenario.run.start + p_.now().time_since_epoch(),
                   .wanted = loop.wanted,
                   .least = loop.spec->min,
                   .most = loop.spec->max,
                   .cpu = p_.world.app(loop.app).spec->cpu.value_or(0),
                   .deploying = deployments_.under_way(loop.app),
                   .refused = loop.just_refused,
                   .replicas = replicas_};
  for (const ScalingReplica& replica : replicas_) view.ready += replica.ready ? 1 : 0;
  if (loop.metrics != nullptr) view.routers = loop.metrics->routers();
  if (const AppMeter* meter = p_.traffic().app_meter(loop.app)) view.waiting = meter->waiting();
  const ScalingDecision decision = loop.policy->decide(view);
  apply(loop, decision);
  return decision.again;
}

void Scaling::gather(const Loop& loop) {
  replicas_.clear();
  for (const Group& group : p_.fleet.groups) {
    if (group.app != loop.app) continue;
    for (const SlotId slot : group.slots) replicas_.push_back(replica(loop, slot));
  }
}

/// Of a lost host the control plane goes on believing what it heard last.
ScalingReplica Scaling::replica(const Loop& loop, SlotId id) const {
  using State = ScalingReplica::State;
  const Slot& slot = p_.fleet.slots[id.index];
  ScalingReplica out;
  if (!slot.current.valid()) {
    out.state = slot.waiting || slot.given_up ? State::down : State::pending;
    return out;
  }
  const InstanceRecord& record = p_.world.instance(slot.current);
  const Tracked& track = p_.fleet.track(slot.current);
  if (record.state == InstanceState::pending) return out;
  out.state = track.was_ready ? State::running : State::starting;
  out.ready = track.believed_ready;
  // What a warm boot found running has been there for long.
  const bool warm = track.was_ready && track.ready_at <= record.started_at;
  out.started = warm ? p_.now() - std::chrono::hours{24} : record.started_at;
  out.changed = track.was_ready ? track.believed_at : record.started_at;
  if (loop.metrics != nullptr) out.samples = loop.metrics->samples(slot.current);
  return out;
}

bool Scaling::refused(Loop& loop, std::int64_t wanted, const std::string& decided) {
  const auto why = deployments_.refused(loop.app, wanted - loop.wanted);
  loop.just_refused = why.has_value();
  if (!why) {
    loop.refused = -1;
  } else if (loop.refused != wanted) {
    loop.refused = wanted;
    p_.world.recorder.event(p_.now(), {}, "scaling.refused", *loop.name,
                            fmt::format("{}; {}", decided, *why));
  }
  return why.has_value();
}

void Scaling::apply(Loop& loop, const ScalingDecision& decision) {
  p_.traffic().hold(loop.app, decision.buffer);
  const std::int64_t wanted = std::max<std::int64_t>(decision.wanted, 0);
  loop.just_refused = false;
  if (wanted == loop.wanted) return;
  AppState& app = p_.world.app(loop.app);
  Recorder& recorder = p_.world.recorder;
  const std::string change = fmt::format("{} to {}", loop.wanted, wanted);
  const std::string decided_on =
      decision.why.empty() ? change : fmt::format("{}: {}", change, decision.why);
  if (refused(loop, wanted, decided_on)) return;
  const EventId decided = recorder.event(p_.now(), {}, "scaling.decided", *loop.name, decided_on);
  const EventId scaled = recorder.event(p_.now(), decided, "app.scaled", app.name, change);
  loop.wanted = wanted;
  recorder.step(loop.wanted_step, p_.now(), static_cast<double>(wanted));
  // What deployments to come go by.
  for (ReleaseState& release : app.releases) release.instances = wanted;
  deployments_.scale(loop.app, wanted, scaled);
}

}  // namespace leapday::model
