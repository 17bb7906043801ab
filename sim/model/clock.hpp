/// \file clock.hpp
/// Calendar arithmetic on hosts' wall clocks.
/// Why: leap days break programs that add to a year; the rule is small, exact and tested alone.
#pragma once

#include <optional>
#include <string>

#include "leapday/fault.hpp"
#include "leapday/time.hpp"

namespace leapday::model {

/// The same month, day and time of day `years` later; nothing when there is no such date.
std::optional<WallTime> same_date_in(WallTime wall, int years);
/// Likewise, but 29 February becomes 28 February in a year without one.
WallTime clamped_date_in(WallTime wall, int years);
/// When a certificate made now ends: after `lifetime`, or after one calendar year when that is 0.
/// The naive rule always adds one to the year; nothing when there is no such date.
std::optional<WallTime> certificate_end(WallTime now, Duration lifetime, CalendarRule rule);
/// "2012-02-29"
std::string date_text(WallTime wall);

}  // namespace leapday::model
