/// \file cron.cpp
/// Schedules of jobs, and whose local time they are read by. Why: see validate.hpp.
#include <fmt/format.h>

#include <algorithm>

#include "leapday/schedules.hpp"
#include "scenarios/load/text.hpp"
#include "scenarios/validate/context.hpp"

namespace leapday::loading {
namespace {

void check_schedule(const Context& c, const App& app, const std::string& path) {
  const Cron& cron = *app.cron;
  if (app.kind != AppKind::job) {
    c.problem(path, "only jobs run at times", "set kind: job");
  }
  if (app.every) c.problem(path, "every is stated too", "keep one of them");
  if (!cron.schedule.empty()) {
    if (const auto problem = problem_of(cron)) {
      c.problem(
          path + ".schedule",
          fmt::format("column {} of {}: {}", problem->column, quoted(cron.schedule), problem->what),
          problem->fix);
    }
  }
  if (cron.dialect == CronDialect::kubernetes) return;
  if (cron.starting_deadline) {
    c.problem(path + ".starting_deadline", "only CronJobs of Kubernetes have one",
              "remove it, or write dialect: kubernetes");
  }
  if (cron.concurrency != CronConcurrency::allow) {
    c.problem(path + ".concurrency", "only CronJobs of Kubernetes have a policy",
              "remove it, or write dialect: kubernetes");
  }
}

}  // namespace

void check_cron(const Context& c) {
  bool by_host = false;
  for (const auto& app : c.scenario.apps) {
    if (!app.value.cron) continue;
    check_schedule(c, app.value, fmt::format("apps.{}.cron", app.name));
    by_host = by_host ||
              (app.value.cron->dialect != CronDialect::kubernetes && !app.value.cron->local_time);
  }
  if (by_host) return;
  for (const auto& zone : c.scenario.topology.zones) {
    if (!zone.value.local_time) continue;
    c.scenario.warnings.push_back(
        fmt::format("topology.zones.{}.local_time has no effect: no job's schedule is read by its "
                    "host's local time",
                    zone.name));
  }
}

}  // namespace leapday::loading
