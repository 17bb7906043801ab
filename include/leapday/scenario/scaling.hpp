/// \file scaling.hpp
/// Who scales which app, between which bounds, by which policy.
/// Why: the bounds are the same whatever decides; everything else belongs to the policy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "leapday/fields.hpp"

namespace leapday {

class ScalingPolicy;

/// A policy that scales an app. Its own parameters stand in the same map.
struct Scaler {
  std::string app;
  std::string policy;
  std::int64_t min = 1;
  std::int64_t max = 1;
  std::shared_ptr<const ScalingPolicy> prototype;  ///< With its parameters; cloned for each run.

  void fields(FieldVisitor& v);  // uses the registry: see scenarios/fields.cpp
};

}  // namespace leapday
