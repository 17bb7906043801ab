/// \file schedules.hpp
/// Whether schedules and rules of local time can be read.
/// Why: what the run will read is checked when a scenario is loaded, by the same code.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "leapday/scenario/cron.hpp"

namespace leapday {

struct ScheduleProblem {
  std::size_t column = 1;  ///< Within the schedule, from 1.
  std::string what, fix;
};
/// What its dialect has against a schedule; nothing when it takes it.
std::optional<ScheduleProblem> problem_of(const Cron& cron);
/// What is wrong with rules of local time; nothing when they can be read. Without either they are
/// UTC.
std::optional<std::string> problem_of(const LocalTimeRules& rules);

}  // namespace leapday
