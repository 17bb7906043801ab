/// \file recorder_subjects.hpp
/// Which subjects a scenario measures, and by the second.
/// Why: single seconds are kept of those only, and settlement where someone looks during the run.
#pragma once

#include <set>
#include <string>

#include "leapday/scenario.hpp"

namespace leapday::model {

using SubjectNames = std::set<std::string, std::less<>>;

/// What triggers and gates measure while the run is under way.
SubjectNames measured_live(const Scenario& scenario);
/// That, and whatever objectives and expectations are of.
SubjectNames measured_at_all(const Scenario& scenario);
/// What triggers and gates measure, and what expectations measure over less than the whole run.
SubjectNames measured_by_second(const Scenario& scenario);

}  // namespace leapday::model
