/// \file health.cpp
/// Probe state machines that only run while there is something to find.
/// Why: the delay from hang to kill is interval, timeout and threshold on a phase nobody chose.
#include "sim/model/health.hpp"

#include <fmt/format.h>

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// A probe is sent at its instant; a failed one is known only when its timeout has passed.
enum : std::uint32_t { kSend = 0, kTimedOut = 1 };

}  // namespace

Health::Health(Platform& platform)
    : p_(platform),
      readiness_(add_handler<&Health::on_readiness>(platform.world.scheduler, this)),
      liveness_(add_handler<&Health::on_liveness>(platform.world.scheduler, this)) {}

Health::Probe Health::readiness(InstanceId instance) const {
  const HealthChecks& own = p_.world.app(p_.world.instance(instance).app).spec->health;
  return {own.readiness_interval.value_or(p_.constants.readiness_probe_interval),
          own.readiness_timeout.value_or(p_.constants.readiness_probe_timeout)};
}

Health::Probe Health::liveness(InstanceId instance) const {
  const HealthChecks& own = p_.world.app(p_.world.instance(instance).app).spec->health;
  return {own.liveness_interval.value_or(p_.constants.liveness_probe_interval),
          own.liveness_timeout.value_or(p_.constants.liveness_probe_timeout)};
}

/// The phase belongs to the seed, the instance and the probe; nothing is drawn from a stream that
/// others use, so probing one instance shifts nobody's numbers.
Grid Health::grid(InstanceId instance, const char* purpose, Duration period) {
  const InstanceRecord& record = p_.world.instance(instance);
  Random random = Random::keyed(hash_combine(hash_combine(p_.world.seed, record.name_hash),
                                             hash_combine(hash_name(purpose), instance.index)));
  return seeded_grid(period, random);
}

bool Health::suspicious(InstanceId instance) const {
  const InstanceRecord& record = p_.world.instance(instance);
  return record.hung || record.speed != 1 || p_.world.host(record.host).speed != 1;
}

bool Health::passes(InstanceId instance, const Probe& probe) const {
  if (p_.world.instance(instance).hung) return false;
  return probe.timeout == Duration{0} || p_.traffic().probe_response(instance) <= probe.timeout;
}

void Health::changed(InstanceId instance) {
  if (p_.world.instance(instance).state != InstanceState::running) return;
  Tracked& track = p_.fleet.track(instance);
  const bool failing = track.readiness_failures > 0 || track.liveness_failures > 0 ||
                       !p_.world.instance(instance).ready;
  if (!suspicious(instance) && !failing) return;
  engine::Scheduler& scheduler = p_.world.scheduler;
  const SimTime now = p_.now();
  const Probe ready = readiness(instance);
  if (track.readiness_key == 0 && ready.interval > Duration{0}) {
    track.readiness_key =
        scheduler.schedule(grid(instance, "readiness", ready.interval).ceil(now),
                           engine::Priority::timer, readiness_, instance.index, kSend);
  }
  const Probe live = liveness(instance);
  if (track.liveness_key == 0 && live.interval > Duration{0}) {
    track.liveness_key =
        scheduler.schedule(grid(instance, "liveness", live.interval).ceil(now),
                           engine::Priority::timer, liveness_, instance.index, kSend);
  }
}

void Health::on_readiness(std::uint32_t index, std::uint32_t step) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  engine::Scheduler& scheduler = p_.world.scheduler;
  if (track.readiness_key != scheduler.current_key()) return;
  track.readiness_key = 0;
  const Probe probe = readiness(instance);
  if (step == kSend) {
    if (!passes(instance, probe)) {
      track.readiness_key = scheduler.schedule(p_.now() + probe.timeout, engine::Priority::timer,
                                               readiness_, index, kTimedOut);
      return;
    }
    readiness_passed(instance);
  } else {
    readiness_failed(instance);
  }
  if (p_.world.instance(instance).state != InstanceState::running) return;
  if (!suspicious(instance) && track.readiness_failures == 0) return;
  track.readiness_key =
      scheduler.schedule(grid(instance, "readiness", probe.interval).next(p_.now()),
                         engine::Priority::timer, readiness_, index, kSend);
}

void Health::readiness_failed(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  if (++track.readiness_failures < p_.constants.readiness_failures) return;
  if (!p_.world.instance(instance).ready) return;
  p_.fleet.set_ready(instance, false);
  p_.fleet.note(instance, {}, "instance.unready",
                fmt::format("{} readiness probes failed in a row", track.readiness_failures));
  p_.fleet.lane(instance, "unready");
  if (!p_.fleet.view(p_.world.instance(instance).host).heard) return;
  track.believed_ready = false;
  p_.routes.set(instance, false);
  p_.app_changed(p_.world.instance(instance).app);
}

void Health::readiness_passed(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  track.readiness_failures = 0;
  if (p_.world.instance(instance).ready) return;
  p_.fleet.set_ready(instance, true);
  p_.fleet.note(instance, {}, "instance.ready");
  p_.fleet.lane(instance, "ready");
  if (p_.fleet.view(p_.world.instance(instance).host).heard) p_.lifecycle.ready_noticed(instance);
}

void Health::on_liveness(std::uint32_t index, std::uint32_t step) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  engine::Scheduler& scheduler = p_.world.scheduler;
  if (track.liveness_key != scheduler.current_key()) return;
  track.liveness_key = 0;
  const Probe probe = liveness(instance);
  if (step == kSend) {
    if (!passes(instance, probe)) {
      track.liveness_key = scheduler.schedule(p_.now() + probe.timeout, engine::Priority::timer,
                                              liveness_, index, kTimedOut);
      return;
    }
    track.liveness_failures = 0;
    if (!suspicious(instance)) return;
  } else if (++track.liveness_failures >= p_.constants.liveness_failures) {
    p_.lifecycle.crash(instance, {},
                       fmt::format("{} liveness probe{} failed", track.liveness_failures,
                                   track.liveness_failures == 1 ? "" : "s in a row"));
    return;
  }
  track.liveness_key = scheduler.schedule(grid(instance, "liveness", probe.interval).next(p_.now()),
                                          engine::Priority::timer, liveness_, index, kSend);
}

}  // namespace leapday::model
