/// \file traffic_stability.cpp
/// Whether each app's load has a steady state at all.
/// Why: a mean over a queue that grows for ever says how long the run was, nothing else.
#include <algorithm>
#include <limits>

#include "sim/model/traffic_core.hpp"

namespace leapday::model {
namespace {

constexpr std::size_t kParts = 8;  ///< Of the run, to see whether a backlog keeps growing.
constexpr int kDeepestCalls = 16;  ///< Calls may go in circles, with falling probability.

/// Mean backlogs of the parts of a run: whether the second half added as much as the first. What
/// the warm-up left behind is no growth of the first half, as far as it is little.
bool kept_growing(const std::vector<double>& parts) {
  const double before = std::min(parts[0], parts[3] / 4);
  return parts[7] > parts[6] && parts[6] > parts[5] && parts[5] > parts[3] &&
         parts[7] - before > 2 * (parts[3] - before) + 10;
}

}  // namespace

/// Adds up open requests over the parts of the run, up to the instant, which lies beyond the part
/// that was under way.
void TrafficCore::note_open_part(AppTraffic& app, SimTime at) {
  if (at <= kSimStart) return;
  const std::int64_t part = part_of_run();
  std::int64_t from = std::max(app.open_since, kSimStart).time_since_epoch().count();
  const std::int64_t to = at.time_since_epoch().count();
  app.backlog.resize(kParts);
  while (from < to) {
    const std::int64_t end = std::min(to, (from / part + 1) * part);
    app.backlog[static_cast<std::size_t>(from / part)] += static_cast<Area>(end - from) * app.open;
    from = end;
  }
  app.open_since = at;
  app.open_part = static_cast<std::uint32_t>(to / part);
  app.open_part_end = SimTime{Duration{(to / part + 1) * part}};
}

/// Length of the parts, in nanoseconds.
std::int64_t TrafficCore::part_of_run() const {
  return world_.scenario.run.duration.count() / static_cast<long>(kParts) + 1;
}

/// Work per nanosecond that an instance can do; infinite when nothing limits it. An instance that
/// shares a host counts on its guaranteed share only.
double TrafficCore::capacity_of(std::uint32_t index) const {
  const InstanceTraffic& to = instances_[index];
  const InstanceRecord& record = world_.instances[index];
  const HostState& host = world_.hosts[to.host];
  if (!to.sharing) {
    return to.limit == kNone ? std::numeric_limits<double>::infinity() : to.rate * to.limit;
  }
  double weights = 0;
  for (const std::uint32_t other : hosts_[to.host].instances) {
    if (instances_[other].state == InstanceTraffic::State::listening) {
      weights += world_.instances[other].cpu_weight;
    }
  }
  const App& app = *world_.apps[to.app].spec;
  double cores = weights > 0 ? host.cores * record.cpu_weight / weights : host.cores;
  if (app.threads) cores = std::min(cores, *app.threads);
  const std::optional<double> limit = world_.release_of(record).cpu;
  if (limit && world_.scenario.platform.constants.cpu_quota) cores = std::min(cores, *limit);
  return cores * to.rate;
}

void TrafficCore::account_capacity(std::uint32_t index) {
  InstanceTraffic& to = instances_[index];
  const SimTime from = std::max(to.capacity_since, kSimStart);
  to.capacity_since = now();
  if (now() <= from) return;
  apps_[to.app].capacity += capacity_of(index) * static_cast<double>((now() - from).count());
}

// ---- what the scenario itself asks for -------------------------------------------------------

/// Seconds of work per second that the open loads mean for each app, calls included, retries not.
std::vector<double> TrafficCore::nominal_work() const {
  std::vector<double> work(apps_.size(), 0);
  const double seconds = static_cast<double>(now().time_since_epoch().count()) * 1e-9;
  if (seconds <= 0) return work;
  for (const LoadState& load : loads_) {
    if (load.spec->closed || load.spec->trace) continue;
    const double rate = load.arrivals.expected(kSimStart, std::min(now(), load.stop)) / seconds;
    if (load.mix_total <= 0) {
      add_nominal(load.app, load.endpoint, rate, 0, work);
      continue;
    }
    std::int64_t before = 0;
    for (std::uint32_t e = 0; e < load.mix_ends.size(); ++e) {
      const double share =
          static_cast<double>(load.mix_ends[e] - before) / static_cast<double>(load.mix_total);
      before = load.mix_ends[e];
      if (share > 0) add_nominal(load.app, e, rate * share, 0, work);
    }
  }
  return work;
}

void TrafficCore::add_nominal(std::uint32_t app, std::uint32_t endpoint, double per_second,
                              int depth, std::vector<double>& work, bool copied) const {
  if (depth > kDeepestCalls || per_second <= 0) return;
  if (!copied) {
    mirrors_.each_lasting(app, endpoint, [&](std::uint32_t to, std::uint32_t there, double share) {
      add_nominal(to, there, per_second * share, depth + 1, work, true);
    });
  }
  const AppState& state = world_.apps[app];
  const std::uint32_t release = apps_[app].first_release;
  work[app] += per_second * state.releases[release].endpoints[endpoint].service.mean_seconds();
  for (const CallSite& site : apps_[app].calls[release][endpoint]) {
    add_nominal_site(site, per_second, depth + 1, work);
  }
}

void TrafficCore::add_nominal_site(const CallSite& site, double per_second, int depth,
                                   std::vector<double>& work) const {
  const double rate = per_second * site.probability.value() * static_cast<double>(site.fan_out);
  for (const CallSite& member : site.parallel) add_nominal_site(member, rate, depth, work);
  if (site.caller != kNone) add_nominal_caller(callers_[site.caller], rate, depth, work);
}

void TrafficCore::add_nominal_caller(const Caller& caller, double per_second, int depth,
                                     std::vector<double>& work) const {
  if (caller.target == Caller::Target::app) {
    add_nominal(caller.to, caller.endpoint, per_second, depth, work);
    return;
  }
  const DependencyTraffic& to = dependencies_[caller.to];
  for (const std::uint32_t worker : to.workers) {
    add_nominal(worker, 0, per_second / static_cast<double>(to.workers.size()), depth, work);
  }
  if (to.miss_caller != kNone && depth <= kDeepestCalls) {
    const double misses = per_second * (1 - to.spec->hit_rate.value());
    add_nominal_caller(callers_[to.miss_caller], misses, depth + 1, work);
  }
}

/// What the scenario begins with: releases and outages to come are what the backlog is a witness
/// of.
void TrafficCore::note_first_capacity() {
  for (std::uint32_t a = 0; a < apps_.size(); ++a) {
    const std::vector<InstanceId>& instances = world_.apps[a].instances;
    if (!instances.empty()) {
      apps_[a].first_release = world_.instances[instances.front().index].release.index;
    }
    for (const InstanceId id : instances) {
      if (id.index < instances_.size() &&
          instances_[id.index].state == InstanceTraffic::State::listening) {
        apps_[a].first_capacity += capacity_of(id.index);
      }
    }
  }
}

void TrafficCore::report_stability() {
  const double seconds = static_cast<double>(now().time_since_epoch().count()) * 1e-9;
  if (seconds <= 0) return;
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (instances_[i].state == InstanceTraffic::State::listening) account_capacity(i);
  }
  const std::vector<double> nominal = nominal_work();
  for (std::uint32_t a = 0; a < apps_.size(); ++a) {
    AppTraffic& app = apps_[a];
    note_open_part(app, now());
    if (app.capacity <= 0) continue;  // nobody ever listened
    Stability stability{.app = world_.apps[a].name};
    const double measured = app.offered_work / app.capacity;
    // Instances may have come later, or have been away for a while.
    const double stated = nominal[a] / std::max(app.capacity * 1e-9 / seconds, app.first_capacity);
    stability.offered_load = std::max(measured, stated);
    std::vector<double> parts;  // from areas to means
    for (const Area area : app.backlog) {
      parts.push_back(static_cast<double>(area) / static_cast<double>(part_of_run()));
    }
    const bool grew = parts.size() == kParts && kept_growing(parts);
    // A bounded queue turns away what it cannot hold: it has a steady state under any load. For
    // the rest, what is stated is exact; what was measured needs the backlog as a witness,
    // because chance lifts a run of a stable load above 1, too.
    const App& spec = *world_.apps[a].spec;
    const bool bounded = spec.queue_limit.has_value() && spec.concurrency > 0;
    stability.stable = bounded || !(stated >= 1 - 1e-9 || grew);
    world_.recorder.stability().push_back(std::move(stability));
  }
}

}  // namespace leapday::model
