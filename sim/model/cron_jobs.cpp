/// \file cron_jobs.cpp
/// Controllers, loops and the runs that they begin. Why: see cron_jobs.hpp.
#include "sim/model/cron_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/clocks/calendar.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {
namespace {

constexpr std::uint32_t kNoJob = 0xffffffffU;

/// Of rules that the loader has read already.
clocks::Zone zone_from(const std::optional<LocalTimeRules>& rules) {
  if (!rules) return {};
  return std::get<clocks::Zone>(clocks::read_zone(*rules));
}

std::string local_text(const clocks::Civil& at) {
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year, at.month, at.day,
                     at.second_of_day / 3600, at.second_of_day / 60 % 60, at.second_of_day % 60);
}

clocks::CronJob::Concurrency concurrency_of(CronConcurrency stated) {
  switch (stated) {
    case CronConcurrency::allow:
      return clocks::CronJob::Concurrency::allow;
    case CronConcurrency::forbid:
      return clocks::CronJob::Concurrency::forbid;
    case CronConcurrency::replace:
      break;
  }
  return clocks::CronJob::Concurrency::replace;
}

}  // namespace

CronJobs::CronJobs(Platform& platform)
    : p_(platform),
      sync_(add_handler<&CronJobs::on_sync>(platform.world.scheduler, this)),
      wake_(add_handler<&CronJobs::on_wake>(platform.world.scheduler, this)),
      run_(add_handler<&CronJobs::on_run>(platform.world.scheduler, this)) {
  add_jobs();
}

void CronJobs::add_jobs() {
  World& world = p_.world;
  for (std::uint32_t a = 0; a < world.apps.size(); ++a) {
    const App& app = *world.apps[a].spec;
    if (!app.cron) continue;
    Job& job = jobs_.emplace_back();
    job.app = {a};
    job.spec = &*app.cron;
    job.schedule = std::get<clocks::Schedule>(clocks::read_schedule(*app.cron));
    if (app.cron->local_time) job.zone = zone_from(app.cron->local_time);
    job.runs_step = world.recorder.add_steps("runs", world.apps[a].name, 0);
    job.missed_step = world.recorder.add_steps("missed_runs", world.apps[a].name, 0);
    if (app.cron->dialect != CronDialect::kubernetes) continue;
    clocks::CronJob kube{.schedule = std::get<clocks::RobfigSchedule>(job.schedule),
                         .starting_deadline = app.cron->starting_deadline,
                         .concurrency = concurrency_of(app.cron->concurrency),
                         .created = world.wall(ClockId{}),
                         .last_schedule = {}};
    job.kube = std::move(kube);
    if (!job.zone) job.zone.emplace();
  }
  if (jobs_.empty()) return;
  for (const ZoneState& zone : world.zones) zones_.push_back(zone_from(zone.spec->local_time));
}

std::uint32_t CronJobs::job_of(AppId app) const {
  for (std::uint32_t i = 0; i < jobs_.size(); ++i) {
    if (jobs_[i].app == app) return i;
  }
  return kNoJob;
}

const clocks::Zone& CronJobs::zone_of(HostId host) const {
  return zones_[p_.world.hosts[host.index].zone.index];
}

const clocks::Zone& CronJobs::zone_of(const Job& job, InstanceId instance) const {
  return job.zone ? *job.zone : zone_of(p_.world.instances[instance.index].host);
}

// ---- Kubernetes ------------------------------------------------------------------------------

void CronJobs::start() {
  for (std::uint32_t i = 0; i < jobs_.size(); ++i) {
    if (!jobs_[i].kube) continue;
    p_.world.scheduler.schedule(p_.now(), engine::Priority::control, sync_, i);
  }
}

/// Instances that run, by number: those with or without something to do.
std::vector<InstanceId> CronJobs::idle_or_busy(AppId app, bool busy) const {
  std::vector<InstanceId> found;
  for (const InstanceId id : p_.world.apps[app.index].instances) {
    if (p_.world.instances[id.index].state != InstanceState::running) continue;
    if ((p_.traffic().open_requests(id) > 0) == busy) found.push_back(id);
  }
  return found;
}

void CronJobs::on_sync(std::uint32_t index, std::uint32_t) {
  using Outcome = clocks::CronJobSync::Outcome;
  Job& job = jobs_[index];
  clocks::CronJob& kube = *job.kube;
  kube.active = static_cast<int>(idle_or_busy(job.app, true).size());
  const clocks::CronJobSync sync =
      clocks::sync(kube, p_.world.wall(ClockId{}), *job.zone, clocks::ManyMissed::warn);
  switch (sync.outcome) {
    case Outcome::start:
      start_kube(job, sync);
      kube.last_schedule = sync.scheduled;
      break;
    case Outcome::too_late:
      ++job.left_out;
      miss(job, "its starting deadline has passed");
      break;
    case Outcome::already_active:
      ++job.left_out;
      miss(job, "the run before still works");
      break;
    default:
      break;
  }
  if (!sync.requeue) return;
  p_.world.scheduler.schedule(p_.now() + std::max(*sync.requeue, Duration{1ms}),
                              engine::Priority::control, sync_, index);
}

void CronJobs::start_kube(Job& job, const clocks::CronJobSync& sync) {
  const std::int64_t unseen = sync.missed - 1 - std::exchange(job.left_out, 0);
  if (unseen > 0) {
    job.missed += static_cast<double>(unseen);
    p_.world.recorder.step(job.missed_step, p_.now(), job.missed);
  }
  const std::vector<InstanceId> idle = idle_or_busy(job.app, false);
  const std::vector<InstanceId> busy = idle_or_busy(job.app, true);
  if (sync.replaces) {
    for (const InstanceId instance : busy) p_.traffic().end_jobs(instance);
  }
  const auto& free = idle.empty() ? busy : idle;
  if (free.empty()) {
    miss(job, "no instance of it runs");
  } else {
    begin_run(job, free.front(),
              job.zone->local(sync.scheduled.value_or(p_.world.wall(ClockId{}))));
  }
}

void CronJobs::miss(Job& job, const std::string& why) {
  p_.world.recorder.step(job.missed_step, p_.now(), ++job.missed);
  p_.world.recorder.event(p_.now(), {}, "cron.missed", p_.world.apps[job.app.index].name, why);
}

void CronJobs::begin_run(Job& job, InstanceId instance, const clocks::Civil& due) {
  p_.world.recorder.step(job.runs_step, p_.now(), ++job.runs);
  p_.fleet.note(instance, {}, "cron.started", "for " + local_text(due));
  p_.traffic().run_job(instance, static_cast<std::uint32_t>(job.runs));
}

// ---- a program on each instance's host -------------------------------------------------------

void CronJobs::started(InstanceId instance) {
  if (jobs_.empty()) return;
  const InstanceRecord& record = p_.world.instance(instance);
  const std::uint32_t index = job_of(record.app);
  if (index == kNoJob || jobs_[index].kube) return;
  const Job& job = jobs_[index];
  const WallTime now = p_.world.wall(record.host);
  const clocks::Zone& zone = zone_of(job, instance);
  const auto runner = [&](clocks::CronLoop loop, const auto& schedule) {
    return clocks::CronRunner(
        loop, [&schedule, &zone](WallTime after) { return schedule.next(after, zone); }, now);
  };
  const auto& schedule = job.schedule;
  if (const auto* line = std::get_if<clocks::DebianLine>(&schedule)) {
    local_.emplace(instance.index, Local{index, clocks::DebianCron({*line}, now, zone)});
  } else if (const auto* quartz = std::get_if<clocks::QuartzSchedule>(&schedule)) {
    local_.emplace(instance.index, Local{index, runner(clocks::CronLoop::quartz, *quartz)});
  } else if (const auto* robfig = std::get_if<clocks::RobfigSchedule>(&schedule)) {
    local_.emplace(instance.index, Local{index, runner(clocks::CronLoop::robfig, *robfig)});
  } else {
    const auto& calendar = std::get<clocks::SystemdCalendar>(schedule);
    local_.emplace(instance.index, Local{index, runner(clocks::CronLoop::systemd, calendar)});
  }
  sleep(instance, local_.at(instance.index));
}

void CronJobs::ended(InstanceId instance) { local_.erase(instance.index); }

/// By a timer that no step of the time of day moves; systemd's is planned anew by clock_changed().
void CronJobs::sleep(InstanceId instance, Local& local) {
  const HostId host = p_.world.instance(instance).host;
  const WallTime now = p_.world.wall(host);
  std::optional<Duration> wait;
  if (const auto* cron = std::get_if<clocks::DebianCron>(&local.program)) {
    wait = cron->sleep(now);
  } else {
    const auto& runner = std::get<clocks::CronRunner>(local.program);
    wait = runner.sleep(now);
    const bool waits_for_time = jobs_[local.job].spec->dialect == CronDialect::systemd;
    if (waits_for_time && runner.planned()) {
      const SimTime due = p_.time.due(ClockId{host.index}, *runner.planned());
      wait = due < kSimEnd ? std::optional<Duration>(due - p_.now()) : std::nullopt;
    }
  }
  local.key = 0;
  if (!wait || *wait >= kSimEnd - p_.now()) return;
  local.key = p_.world.scheduler.schedule(p_.now() + std::max(*wait, Duration{1ms}),
                                          engine::Priority::timer, wake_, instance.index);
}

void CronJobs::on_wake(std::uint32_t index, std::uint32_t) {
  const auto found = local_.find(index);
  if (found == local_.end() || found->second.key != p_.world.scheduler.current_key()) return;
  const InstanceId instance{index};
  Local& local = found->second;
  Job& job = jobs_[local.job];
  const WallTime now = p_.world.wall(p_.world.instance(instance).host);
  const clocks::Zone& zone = zone_of(job, instance);
  if (auto* cron = std::get_if<clocks::DebianCron>(&local.program)) {
    for (const clocks::DebianRun& run : cron->wake(now, zone).runs) {
      if (run.delay == Duration{0}) {
        begin_run(job, instance, clocks::civil(run.minute * 60));
      } else {
        p_.world.scheduler.schedule(p_.now() + run.delay, engine::Priority::timer, run_, index);
      }
    }
  } else if (const auto due = std::get<clocks::CronRunner>(local.program).wake(now)) {
    begin_run(job, instance, zone.local(*due));
  }
  sleep(instance, local);
}

/// One of those that Debian's cron catches up with, ten seconds apart.
void CronJobs::on_run(std::uint32_t index, std::uint32_t) {
  const auto found = local_.find(index);
  if (found == local_.end()) return;
  const InstanceId instance{index};
  Job& job = jobs_[found->second.job];
  const HostId host = p_.world.instance(instance).host;
  begin_run(job, instance, zone_of(job, instance).local(p_.world.wall(host)));
}

void CronJobs::clock_changed(ClockId clock) {
  if (local_.empty() || !clock.valid()) return;
  for (const InstanceId instance : p_.world.hosts[clock.index].instances) {
    const auto found = local_.find(instance.index);
    if (found == local_.end()) continue;
    Local& local = found->second;
    Job& job = jobs_[local.job];
    if (job.spec->dialect != CronDialect::systemd) continue;
    auto& runner = std::get<clocks::CronRunner>(local.program);
    const auto due = runner.clock_set(p_.world.wall(HostId{clock.index}));
    if (due) begin_run(job, instance, zone_of(job, instance).local(*due));
    sleep(instance, local);
  }
}

}  // namespace leapday::model
