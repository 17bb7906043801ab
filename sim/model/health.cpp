/// \file health.cpp
/// Probe state machines that only run while there is something to find.
/// Why: the delay from hang to kill is interval, timeout and threshold on a phase nobody chose.
#include "sim/model/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

/// A probe is sent at its instant; whether one that has to wait fails is known only when its
/// timeout has passed.
enum : std::uint32_t { kSend = 0, kTimedOut = 1 };

/// Of a probe whose answer comes too late whatever else happens.
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Health::Health(Platform& platform)
    : p_(platform),
      readiness_(add_handler<&Health::on_readiness>(platform.world.scheduler, this)),
      liveness_(add_handler<&Health::on_liveness>(platform.world.scheduler, this)) {}

/// What serves no HTTP is not asked for any unless its author says that it can be.
ProbeType Health::type(InstanceId instance, std::optional<ProbeType> own,
                       ProbeType platforms) const {
  if (own) return *own;
  switch (p_.world.app(p_.world.instance(instance).app).spec->kind) {
    case AppKind::http:
      return platforms;
    case AppKind::tcp:
      return std::min(platforms, ProbeType::port);
    case AppKind::worker:
    case AppKind::job:
      break;
  }
  return ProbeType::process;
}

Health::Probe Health::readiness(InstanceId instance) const {
  const HealthChecks& own = p_.world.app(p_.world.instance(instance).app).spec->health;
  return {type(instance, own.readiness_type, p_.constants.readiness_probe_type),
          own.readiness_interval.value_or(p_.constants.readiness_probe_interval),
          own.readiness_timeout.value_or(p_.constants.readiness_probe_timeout),
          own.readiness_failures.value_or(p_.constants.readiness_failures)};
}

Health::Probe Health::liveness(InstanceId instance) const {
  const HealthChecks& own = p_.world.app(p_.world.instance(instance).app).spec->health;
  return {type(instance, own.liveness_type, p_.constants.liveness_probe_type),
          own.liveness_interval.value_or(p_.constants.liveness_probe_interval),
          own.liveness_timeout.value_or(p_.constants.liveness_probe_timeout),
          own.liveness_failures.value_or(p_.constants.liveness_failures)};
}

ProbeType Health::startup_type(InstanceId instance) const {
  return std::max(readiness(instance).type, liveness(instance).type);
}

bool Health::starts(InstanceId instance) {
  const Probe probe{startup_type(instance), {}, p_.constants.readiness_probe_timeout, 1};
  return send(instance, probe).fate == Ticket::Fate::answered;
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

/// Workers and the like answer probes beside their work.
bool Health::waits_its_turn(InstanceId instance) const {
  return p_.world.app(p_.world.instance(instance).app).spec->kind == AppKind::http;
}

/// When it says no, it is called again as soon as that may have changed.
bool Health::may_fail(InstanceId instance) {
  const bool busy = waits_its_turn(instance) && p_.traffic().watch_load(instance);
  return busy || suspicious(instance);
}

Health::Ticket Health::send(InstanceId instance, const Probe& probe) {
  using Fate = Ticket::Fate;
  const bool listening = p_.fleet.track(instance).listening;
  if (probe.type == ProbeType::process) return {.fate = Fate::answered};
  if (!listening) return {.fate = Fate::refused};
  if (probe.type == ProbeType::port) return {.fate = Fate::answered};
  if (!waits_its_turn(instance)) {
    const bool hung = p_.world.instance(instance).hung;
    return {.fate = hung ? Fate::waits : Fate::answered};
  }
  Ticket ticket = p_.traffic().send_probe(instance, p_.constants.probe_work);
  const bool late = probe.timeout > Duration{0} && ticket.takes > probe.timeout;
  if (ticket.fate == Fate::answered && late) return {.fate = Fate::waits, .turn = kNever};
  return ticket;
}

bool Health::served(InstanceId instance, std::uint64_t turn) const {
  if (waits_its_turn(instance)) return p_.traffic().probe_served(instance, turn);
  return !p_.world.instance(instance).hung;
}

void Health::changed(InstanceId instance) {
  if (p_.world.instance(instance).state != InstanceState::running) return;
  Tracked& track = p_.fleet.track(instance);
  const auto wanted = [](const Probe& probe) {
    return probe.type == ProbeType::http && probe.interval > Duration{0};
  };
  const Probe ready = readiness(instance);
  const Probe live = liveness(instance);
  if (!wanted(ready) && !wanted(live)) return;
  const bool failing = track.readiness_failures > 0 || track.liveness_failures > 0 ||
                       !p_.world.instance(instance).ready;
  if (!may_fail(instance) && !failing) return;
  engine::Scheduler& scheduler = p_.world.scheduler;
  const SimTime now = p_.now();
  if (track.readiness_key == 0 && wanted(ready)) {
    track.readiness_key =
        scheduler.schedule(grid(instance, "readiness", ready.interval).ceil(now),
                           engine::Priority::timer, readiness_, instance.index, kSend);
  }
  if (track.liveness_key == 0 && wanted(live)) {
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
  bool passed = false;
  if (step == kSend) {
    const Ticket sent = send(instance, probe);
    if (sent.fate == Ticket::Fate::waits) {
      track.readiness_turn = sent.turn;
      track.readiness_key = scheduler.schedule(p_.now() + probe.timeout, engine::Priority::timer,
                                               readiness_, index, kTimedOut);
      return;
    }
    passed = sent.fate == Ticket::Fate::answered;
  } else {
    passed = served(instance, track.readiness_turn);
  }
  if (passed) {
    readiness_passed(instance);
  } else {
    readiness_failed(instance);
  }
  if (p_.world.instance(instance).state != InstanceState::running) return;
  if (!may_fail(instance) && track.readiness_failures == 0) return;
  track.readiness_key =
      scheduler.schedule(grid(instance, "readiness", probe.interval).next(p_.now()),
                         engine::Priority::timer, readiness_, index, kSend);
}

void Health::readiness_failed(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  if (++track.readiness_failures < readiness(instance).failures) return;
  if (!p_.world.instance(instance).ready) return;
  p_.fleet.set_ready(instance, false);
  p_.fleet.note(instance, {}, "instance.unready",
                fmt::format("{} readiness probes failed in a row", track.readiness_failures));
  p_.fleet.lane(instance, "unready");
  if (!p_.fleet.view(p_.world.instance(instance).host).heard) return;
  p_.fleet.set_believed_ready(instance, false);
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
  bool passed = false;
  if (step == kSend) {
    const Ticket sent = send(instance, probe);
    if (sent.fate == Ticket::Fate::waits) {
      track.liveness_turn = sent.turn;
      track.liveness_key = scheduler.schedule(p_.now() + probe.timeout, engine::Priority::timer,
                                              liveness_, index, kTimedOut);
      return;
    }
    passed = sent.fate == Ticket::Fate::answered;
  } else {
    passed = served(instance, track.liveness_turn);
  }
  if (passed) {
    track.liveness_failures = 0;
    if (!may_fail(instance)) return;
  } else if (liveness_failed(instance)) {
    return;
  }
  track.liveness_key = scheduler.schedule(grid(instance, "liveness", probe.interval).next(p_.now()),
                                          engine::Priority::timer, liveness_, index, kSend);
}

/// True when that was one too many.
bool Health::liveness_failed(InstanceId instance) {
  const std::uint32_t failures = ++p_.fleet.track(instance).liveness_failures;
  if (failures < liveness(instance).failures) return false;
  p_.lifecycle.crash(
      instance, {},
      fmt::format("{} liveness probe{} failed", failures, failures == 1 ? "" : "s in a row"));
  return true;
}

}  // namespace leapday::model
