/// \file lifecycle.cpp
/// The states of one instance and what moves it between them.
/// Why: truth (the process) and belief (the control plane) are changed side by side but apart.
#include "sim/model/lifecycle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/assert.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

enum : std::uint32_t { kStarts = 0, kFails = 1 };
enum : std::uint32_t { kSignal = 0, kKill = 1 };

Duration slowed(Duration time, double speed) {
  if (speed == 1 || speed <= 0) return time;
  return engine::from_nanoseconds(static_cast<double>(time.count()) / speed);
}

}  // namespace

Lifecycle::Lifecycle(Platform& platform)
    : p_(platform),
      start_(add_handler<&Lifecycle::on_start>(platform.world.scheduler, this)),
      startup_probe_(add_handler<&Lifecycle::on_startup_probe>(platform.world.scheduler, this)),
      start_timeout_(add_handler<&Lifecycle::on_start_timeout>(platform.world.scheduler, this)),
      stop_(add_handler<&Lifecycle::on_stop>(platform.world.scheduler, this)),
      drained_(add_handler<&Lifecycle::on_drained>(platform.world.scheduler, this)),
      available_(add_handler<&Lifecycle::on_available>(platform.world.scheduler, this)) {}

void Lifecycle::placed(InstanceId instance) {
  const HostId host = p_.world.instance(instance).host;
  HostView& view = p_.fleet.view(host);
  if (!view.heard) return;
  const std::int64_t limit = p_.constants.host_max_starting;
  if (limit > 0 && view.starting >= limit) {
    view.start_queue.push_back(instance);
    p_.fleet.changed(host);
    return;
  }
  begin(instance);
}

void Lifecycle::warm(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  p_.fleet.set_state(instance, InstanceState::running);
  p_.fleet.set_ready(instance, true);
  track.was_ready = true;
  track.ready_at = p_.now();
  track.listening = true;
  p_.fleet.set_believed_ready(instance, true);
  p_.fleet.lane(instance, "ready");
  p_.images.keep(instance);
  p_.traffic().instance_listening(instance);
  p_.defects.started(instance);
  p_.cron_jobs.started(instance);
  p_.memory.started(instance);
  p_.routes.warm(instance);
  p_.health.changed(instance);
}

void Lifecycle::begin(InstanceId instance) {
  const InstanceRecord& record = p_.world.instance(instance);
  const HostId host = record.host;
  p_.fleet.set_state(instance, InstanceState::starting);
  p_.fleet.track(instance).counted_starting = true;
  ++p_.fleet.view(host).starting;
  p_.fleet.changed(host);
  const ReleaseState& release = p_.world.release_of(record);
  p_.fleet.note(instance, p_.fleet.slot_of(instance).cause, "instance.started",
                release.name.empty()
                    ? "on " + p_.world.host(host).name
                    : fmt::format("{} on {}", release.name, p_.world.host(host).name));
  p_.fleet.lane(instance, "starting");
  if (p_.images.here(instance)) {
    launch(instance);
  } else {
    p_.images.fetch(instance);
  }
}

void Lifecycle::launch(InstanceId instance) {
  InstanceRecord& record = p_.world.instance(instance);
  record.started_at = p_.now();
  if (!p_.agent.certify(instance)) return;
  const AppState& app = p_.world.app(record.app);
  const ReleaseState& release = p_.world.release_of(record);
  Random& random = p_.world.stream("instance/" + p_.world.name_of(instance));
  const Duration takes =
      slowed(release.start_time.sample(random), p_.world.host(record.host).speed);
  const std::optional<DefectEffect> defect = p_.defects.at_start(instance);
  const bool fails =
      random.chance(release.start_failure) || (defect && *defect != DefectEffect::hang);
  Tracked& track = p_.fleet.track(instance);
  engine::Scheduler& scheduler = p_.world.scheduler;
  if (defect != DefectEffect::hang) {
    track.start_key = scheduler.schedule(p_.now() + takes, engine::Priority::timer, start_,
                                         instance.index, fails ? kFails : kStarts);
  }
  p_.memory.started(instance);
  if (p_.health.startup_type(instance) == ProbeType::process) {
    track.startup_key =
        scheduler.schedule(p_.now(), engine::Priority::timer, startup_probe_, instance.index);
  }
  const Duration limit = app.spec->health.start_timeout.value_or(p_.constants.start_timeout);
  if (limit > Duration{0}) {
    track.timeout_key = scheduler.schedule(p_.now() + limit, engine::Priority::timer,
                                           start_timeout_, instance.index);
  }
}

const App& Lifecycle::spec_of(InstanceId instance) const {
  return *p_.world.app(p_.world.instance(instance).app).spec;
}

Duration Lifecycle::startup_interval(InstanceId instance) const {
  return spec_of(instance).health.startup_interval.value_or(p_.constants.startup_probe_interval);
}

void Lifecycle::on_start(std::uint32_t index, std::uint32_t how) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  if (track.start_key != p_.world.scheduler.current_key()) return;
  track.start_key = 0;
  if (how == kFails) {
    crash(instance, {}, "failed to start");
    return;
  }
  track.listening = true;
  p_.traffic().instance_listening(instance);
  p_.defects.started(instance);
  p_.cron_jobs.started(instance);
  if (p_.world.instance(instance).state != InstanceState::starting)
    return;  // no probe waited for it
  const Duration interval = startup_interval(instance);
  SimTime probe = p_.now();
  if (interval > Duration{0}) {
    const SimTime began = p_.world.instance(instance).started_at;
    const std::int64_t periods = std::max<std::int64_t>(
        1, (probe - began + interval - Duration{1}).count() / interval.count());
    probe = began + periods * interval;
  }
  track.startup_key =
      p_.world.scheduler.schedule(probe, engine::Priority::timer, startup_probe_, index);
}

void Lifecycle::on_startup_probe(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  if (track.startup_key != p_.world.scheduler.current_key()) return;
  track.startup_key = 0;
  if (p_.health.starts(instance)) {
    become_ready(instance);
    return;
  }
  const Duration again = std::max(startup_interval(instance), Duration{std::chrono::seconds{1}});
  track.startup_key =
      p_.world.scheduler.schedule(p_.now() + again, engine::Priority::timer, startup_probe_, index);
}

void Lifecycle::on_start_timeout(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  Tracked& track = p_.fleet.track(instance);
  if (track.timeout_key != p_.world.scheduler.current_key()) return;
  track.timeout_key = 0;
  const double seconds =
      static_cast<double>((p_.now() - p_.world.instance(instance).started_at).count()) / 1e9;
  crash(instance, {}, fmt::format("not ready {}s after its start", seconds));
}

void Lifecycle::become_ready(InstanceId instance) {
  leave_starting(instance);
  Tracked& track = p_.fleet.track(instance);
  track.timeout_key = 0;
  track.was_ready = true;
  track.ready_at = p_.now();
  p_.fleet.set_state(instance, InstanceState::running);
  p_.fleet.set_ready(instance, true);
  p_.fleet.note(instance, {}, "instance.ready");
  p_.fleet.lane(instance, "ready");
  p_.health.changed(instance);
  if (p_.fleet.view(p_.world.instance(instance).host).heard) ready_noticed(instance);
}

void Lifecycle::ready_noticed(InstanceId instance) {
  p_.fleet.set_believed_ready(instance, true);
  p_.routes.set(instance, !p_.fleet.withheld(instance));
  const SlotId slot = p_.fleet.track(instance).slot;
  if (p_.fleet.slot(slot).current == instance) {
    const std::vector<InstanceId> replaced = std::move(p_.fleet.slot(slot).suspects);
    p_.fleet.slot(slot).suspects.clear();
    const EventId ready = p_.fleet.track(instance).last_event;
    for (const InstanceId old : replaced) let_go(old, ready);
  }
  const AppId app = p_.fleet.slot(slot).app;
  const Duration least = p_.world.app(app).spec->min_ready;
  if (least > Duration{0}) {
    p_.world.scheduler.schedule(p_.now() + least, engine::Priority::control, available_,
                                instance.index);
  }
  p_.app_changed(app);
}

/// It may count as available from now on, if it was not unready in between.
void Lifecycle::on_available(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  if (!p_.fleet.track(instance).believed_ready) return;
  p_.app_changed(p_.fleet.slot_of(instance).app);
}

void Lifecycle::leave_starting(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  if (!track.counted_starting) return;
  track.counted_starting = false;
  const HostId host = p_.world.instance(instance).host;
  HostView& view = p_.fleet.view(host);
  --view.starting;
  p_.fleet.changed(host);
  if (view.start_queue.empty() || !view.heard || view.faulty) return;
  const InstanceId next = view.start_queue.front();
  view.start_queue.erase(view.start_queue.begin());
  begin(next);
}

void Lifecycle::end(InstanceId instance, Departure departure) {
  if (p_.fleet.track(instance).listening) p_.traffic().instance_gone(instance, departure);
  const HostId host = p_.world.instance(instance).host;
  if (host.valid()) {
    auto& queue = p_.fleet.view(host).start_queue;
    const auto queued = std::find(queue.begin(), queue.end(), instance);
    if (queued != queue.end()) queue.erase(queued);
    p_.fleet.changed(host);
  }
  p_.images.cancel(instance);
  p_.fleet.lane(instance, "down");
  p_.fleet.retire(instance);
  p_.defects.ended(instance);
  p_.cron_jobs.ended(instance);
  p_.quotas.ended(instance);
  p_.instance_ended(p_.world.instance(instance).app);
  if (departure != Departure::silence) {
    leave_starting(instance);
    p_.placement.capacity_changed();
  }
}

void Lifecycle::crash(InstanceId instance, EventId cause, std::string why) {
  if (!p_.fleet.alive(instance)) return;
  const HostId host = p_.world.instance(instance).host;
  const bool was_stopping = p_.world.instance(instance).state == InstanceState::stopping;
  end(instance, Departure::crash);
  p_.fleet.track(instance).crashed = true;
  p_.fleet.note(instance, cause, "instance.crashed", std::move(why));
  if (was_stopping) {
    p_.fleet.forget(instance);
    if (p_.restarts.renews(instance)) p_.restarts.renewed(instance);
  } else if (p_.fleet.view(host).heard || p_.constants.restart_in_place) {
    p_.restarts.exit_noticed(instance);
  } else {
    p_.fleet.track(instance).unnoticed = true;
  }
}

void Lifecycle::kill(InstanceId instance, EventId cause, std::string why) {
  p_.routes.set(instance, false);
  p_.placement.cancel(instance);
  if (p_.world.instance(instance).state == InstanceState::gone) {
    p_.fleet.forget(instance);
    return;
  }
  end(instance, Departure::stopped);
  p_.fleet.forget(instance);
  p_.fleet.note(instance, cause, "instance.stopped", std::move(why));
}

void Lifecycle::lose(InstanceId instance) {
  end(instance, Departure::silence);
  Tracked& track = p_.fleet.track(instance);
  track.counted_starting = false;
  track.unnoticed = true;
}

void Lifecycle::let_go(InstanceId instance, EventId cause) {
  p_.routes.set(instance, false);
  const InstanceRecord& record = p_.world.instance(instance);
  if (record.state == InstanceState::gone) {
    p_.fleet.forget(instance);
  } else if (record.host.valid() && !p_.fleet.view(record.host).heard) {
    p_.fleet.track(instance).stop_wanted = true;
    p_.fleet.set_believed_ready(instance, false);
  } else {
    stop(instance, cause);
  }
}

void Lifecycle::stop(InstanceId instance, EventId cause) {
  const InstanceState state = p_.world.instance(instance).state;
  if (state == InstanceState::stopping || state == InstanceState::gone) return;
  if (state != InstanceState::running) {
    kill(instance, cause, "no longer wanted");
    return;
  }
  p_.routes.set(instance, false);
  Tracked& track = p_.fleet.track(instance);
  p_.fleet.set_believed_ready(instance, false);
  track.stop_wanted = false;
  track.readiness_key = track.liveness_key = 0;
  p_.fleet.set_ready(instance, false);
  p_.fleet.set_state(instance, InstanceState::stopping);
  p_.fleet.note(instance, cause, "instance.stopping");
  p_.fleet.lane(instance, "stopping");
  const Duration drain =
      spec_of(instance).drain_before_stop.value_or(p_.constants.drain_before_stop);
  if (drain == Duration{0}) {
    signal(instance);
    return;
  }
  track.stop_key = p_.world.scheduler.schedule(p_.now() + drain, engine::Priority::timer, stop_,
                                               instance.index, kSignal);
}

void Lifecycle::signal(InstanceId instance) {
  Tracked& track = p_.fleet.track(instance);
  const Duration grace = spec_of(instance).graceful_stop.value_or(p_.constants.graceful_stop);
  track.stop_key = p_.world.scheduler.schedule(p_.now() + grace, engine::Priority::timer, stop_,
                                               instance.index, kKill);
  p_.traffic().instance_draining(instance);
  if (p_.world.instance(instance).state == InstanceState::stopping &&
      p_.traffic().open_requests(instance) == 0 && !p_.world.instance(instance).hung) {
    finish_stop(instance);
  }
}

void Lifecycle::on_stop(std::uint32_t index, std::uint32_t what) {
  const InstanceId instance{index};
  if (p_.fleet.track(instance).stop_key != p_.world.scheduler.current_key()) return;
  p_.fleet.track(instance).stop_key = 0;
  if (what == kSignal) {
    signal(instance);
  } else {
    finish_stop(instance);
  }
}

void Lifecycle::finish_stop(InstanceId instance) {
  const HostId host = p_.world.instance(instance).host;
  end(instance, Departure::stopped);
  p_.fleet.note(instance, {}, "instance.stopped", "on " + p_.world.host(host).name);
  p_.fleet.forget(instance);
  if (p_.restarts.renews(instance)) p_.restarts.renewed(instance);
}

/// Traffic calls in the middle of a request's end; the process exits right after it.
void Lifecycle::drained(InstanceId instance) {
  p_.world.scheduler.schedule(p_.now(), engine::Priority::control, drained_, instance.index);
}

void Lifecycle::on_drained(std::uint32_t index, std::uint32_t) {
  const InstanceId instance{index};
  if (p_.world.instance(instance).state != InstanceState::stopping) return;
  if (p_.traffic().open_requests(instance) == 0) finish_stop(instance);
}

}  // namespace leapday::model
