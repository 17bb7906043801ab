/// \file subjects.hpp
/// What stands behind an entity of an expectation: apps, and what they call.
/// Why: stability and causes concern the app behind a load, and whatever that app waits for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leapday/scenario.hpp"

namespace leapday {

/// The apps and dependencies that a load, app, endpoint, instance, deployment or objective rests
/// on, nearest first, without repeats.
std::vector<std::string> apps_behind(const Scenario& scenario, const Entity& entity);
/// "shop" of "shop/3" and of "shop.browse".
std::string_view owner_of(std::string_view subject);

}  // namespace leapday
