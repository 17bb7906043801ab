/// \file subjects.hpp
/// What stands behind an entity: apps, what they call, and whether those can keep up.
/// Why: stability and causes concern the app behind a load, and whatever that app waits for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/record.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

/// The apps and dependencies that a load, app, endpoint, instance, deployment or objective rests
/// on, nearest first, without repeats.
std::vector<std::string> apps_behind(const Scenario& scenario, const Entity& entity);
/// "unstable: offered load 1.10 >= 1" when latencies of the entity have no steady state, because an
/// app behind it is offered more than it can do; empty otherwise.
std::string unstable_reason(const Scenario& scenario, const Record& record, const Entity& entity);
/// "shop" of "shop/3" and of "shop.browse".
std::string_view owner_of(std::string_view subject);

}  // namespace leapday
