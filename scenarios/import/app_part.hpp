/// \file app_part.hpp
/// What another tool's file says of one app, in this language's keys.
/// Why: `manifest:` and `kubernetes:` lay it under what a scenario states, whoever wrote the file.
#pragma once

#include <string>
#include <vector>

#include "leapday/document.hpp"

namespace leapday::import {

struct AppPart {
  Document app;  ///< instances, memory, cpu, labels, routing, health, ... each with its place.
  std::vector<std::string> warnings;
  std::vector<Problem> problems;
};

}  // namespace leapday::import
