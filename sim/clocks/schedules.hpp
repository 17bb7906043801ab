/// \file schedules.hpp
/// Schedules of any dialect and rules of local time, from what a scenario says.
/// Why: the loader and the run read them in one way.
#pragma once

#include <string>
#include <variant>

#include "leapday/scenario/cron.hpp"
#include "sim/clocks/cron.hpp"
#include "sim/clocks/cron_runner.hpp"
#include "sim/clocks/zone.hpp"

namespace leapday::clocks {

using Schedule = std::variant<DebianLine, QuartzSchedule, RobfigSchedule, SystemdCalendar>;

std::variant<Schedule, CronError> read_schedule(const Cron& cron);
/// \return The zone, or what is wrong with it.
std::variant<Zone, std::string> read_zone(const LocalTimeRules& rules);

}  // namespace leapday::clocks
