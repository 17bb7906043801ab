/// \file condition.hpp
/// Judges a condition on the record under way: for triggers and health gates.
/// Why: a trigger measures exactly as an expectation does, only live.
#pragma once

#include <optional>
#include <vector>

#include "leapday/expression.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// True, false, or nothing when a metric it rests on is not known yet.
std::optional<bool> holds_now(const Condition& condition, World& world);
/// With states as they were at `at`; what is measured over windows is measured now.
std::optional<bool> holds_at(const Condition& condition, World& world, SimTime at);
/// False when it was so at one of the looks since `after`, else nothing when that cannot be told.
std::optional<bool> held(const Condition& condition, World& world, SimTime after);
/// Brings up to date since when it has held; nothing when it does not hold now.
void follow(std::optional<SimTime>& since, const Condition& condition, World& world, SimTime after);
/// When a state in it changed after `after`, in order, and now: between two looks a second apart an
/// instance can crash and come back.
std::vector<SimTime> looks(const Condition& condition, World& world, SimTime after);

}  // namespace leapday::model
