/// \file schedules.cpp
/// One reader for each dialect. Why: see schedules.hpp.
#include "sim/clocks/schedules.hpp"

#include "leapday/schedules.hpp"

namespace leapday {
namespace clocks {
namespace {

template <class T>
std::variant<Schedule, CronError> as_schedule(std::variant<T, CronError> read) {
  if (auto* error = std::get_if<CronError>(&read)) return std::move(*error);
  return Schedule{std::get<T>(std::move(read))};
}

}  // namespace

std::variant<Schedule, CronError> read_schedule(const Cron& cron) {
  switch (cron.dialect) {
    case CronDialect::debian:
      return as_schedule(DebianLine::parse(cron.schedule));
    case CronDialect::quartz:
      return as_schedule(QuartzSchedule::parse(cron.schedule));
    case CronDialect::robfig:
    case CronDialect::kubernetes:
      return as_schedule(RobfigSchedule::parse(cron.schedule));
    case CronDialect::systemd:
      break;
  }
  return as_schedule(SystemdCalendar::parse(cron.schedule));
}

std::variant<Zone, std::string> read_zone(const LocalTimeRules& rules) {
  if (!rules.bytes.empty()) return Zone::from_tzif(rules.bytes);
  if (!rules.rule.empty()) return Zone::from_rule(rules.rule);
  return Zone();
}

}  // namespace clocks

std::optional<ScheduleProblem> problem_of(const Cron& cron) {
  auto read = clocks::read_schedule(cron);
  if (auto* error = std::get_if<clocks::CronError>(&read)) {
    return ScheduleProblem{error->column, error->what, error->fix};
  }
  // Zones that a schedule names itself are looked up in the system, which a run does not ask.
  const auto& schedule = std::get<clocks::Schedule>(read);
  const auto* robfig = std::get_if<clocks::RobfigSchedule>(&schedule);
  const auto* systemd = std::get_if<clocks::SystemdCalendar>(&schedule);
  if ((robfig != nullptr && robfig->zone_name()) || (systemd != nullptr && systemd->zone_name())) {
    return ScheduleProblem{1, "names a time zone of the system's", "state local_time instead"};
  }
  const auto* debian = std::get_if<clocks::DebianLine>(&schedule);
  if (debian != nullptr && debian->at_boot) {
    return ScheduleProblem{1, "@reboot is no time", "leave cron out: a job runs when it starts"};
  }
  return std::nullopt;
}

std::optional<std::string> problem_of(const LocalTimeRules& rules) {
  auto read = clocks::read_zone(rules);
  if (auto* why = std::get_if<std::string>(&read)) return std::move(*why);
  return std::nullopt;
}

}  // namespace leapday
