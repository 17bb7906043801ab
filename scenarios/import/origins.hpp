/// \file origins.hpp
/// Which place of the input each key of an imported scenario comes from.
/// Why: a problem of a scenario that was never written is a problem of the file it was made of.
#pragma once

#include "leapday/import.hpp"
#include "scenarios/import/sketch.hpp"

namespace leapday::import {

/// Of every key that the input states, or that stands for something it states, in order.
std::vector<ImportOrigin> origins_of(const Line& root);

}  // namespace leapday::import
