/// \file condition.hpp
/// Judges a condition on the record under way: for triggers and health gates.
/// Why: a trigger measures exactly as an expectation does, only live.
#pragma once

#include <optional>

#include "leapday/expression.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// True, false, or nothing when a metric it rests on is not known yet.
std::optional<bool> holds_now(const Condition& condition, World& world);

}  // namespace leapday::model
