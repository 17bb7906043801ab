/// \file simulation.hpp
/// All parts of one run, built in the order in which they depend on each other.
/// Why: Run steps it and plan() asks it before anything has happened.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "leapday/run.hpp"
#include "sim/model/deployments.hpp"
#include "sim/model/fault_schedule.hpp"
#include "sim/model/flags.hpp"
#include "sim/model/mirrors.hpp"
#include "sim/model/network.hpp"
#include "sim/model/phases.hpp"
#include "sim/model/platform.hpp"
#include "sim/model/renewals.hpp"
#include "sim/model/scaling.hpp"
#include "sim/model/traffic.hpp"
#include "sim/model/trigger.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

struct Simulation {
  Simulation(const Scenario& scenario, const Registry& registry, const RunOptions& options);
  Simulation(const Simulation&) = delete;

  World world;
  Network network;
  Platform platform;
  Traffic traffic;
  Triggers triggers;
  Phases phases;
  Renewals renewals;
  Deployments deployments;
  Mirrors mirrors;
  Flags flags;
  FaultSchedule faults;
  Scaling scaling;
};

}  // namespace leapday::model
