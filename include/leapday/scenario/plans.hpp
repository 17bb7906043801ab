/// \file plans.hpp
/// What is planned to happen, deployments and faults, and what is promised all the while.
/// Why: these are the questions put to the model that the other sections describe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leapday/expression.hpp"
#include "leapday/fields.hpp"
#include "leapday/scenario/capistrano.hpp"
#include "leapday/scenario/rollouts.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

class Fault;

struct Deployment {
  At at;
  std::string app;
  std::string release;
  Strategy strategy = Strategy::rolling;
  std::optional<std::int64_t> max_in_flight;
  std::optional<Ratio> max_surge;
  std::optional<Ratio> max_unavailable;
  std::vector<CanaryStep> steps;
  std::optional<At> resume;
  std::optional<Duration> keep_old;
  std::optional<Analysis> analysis;
  std::optional<HealthGate> gate;
  std::optional<Duration> progress_deadline;
  std::optional<bool> rollback;
  std::optional<Staging> staging;
  std::optional<Migration> migration;
  std::optional<Capistrano> capistrano;

  void fields(FieldVisitor& v) {
    v.required("at", at, "when it begins");
    v.required("app", app, "the app");
    v.required("release", release, "the release that replaces the running one");
    v.optional("strategy", strategy, "how");
    v.optional("max_in_flight", max_in_flight, "new instances started at once", {1, 1e6});
    v.optional("max_surge", max_surge, "instances above the wanted count, rounded up");
    v.optional("max_unavailable", max_unavailable,
               "instances below the wanted count, rounded down");
    v.optional("steps", steps, "canary: its stops; one instance beside all old ones when absent");
    v.optional("continue", resume,
               "canary without steps: when somebody says go on; paused to the end when absent");
    v.optional("keep_old", keep_old,
               "blue_green: how long the old group stays after the switch, to switch back at once; "
               "30s when absent");
    v.optional("analysis", analysis,
               "measured while a canary, or a group just switched to, takes requests");
    v.optional("gate", gate, "health gate before each further step");
    v.optional("progress_deadline", progress_deadline, "without progress this long it has failed");
    v.optional(
        "rollback", rollback,
        "return to the old release when it fails; when absent, after a failed analysis only");
    v.optional("staging", staging, "staging of the release, before anything else");
    v.optional("migration", migration, "change of the schema before the new release starts");
    v.optional("capistrano", capistrano, "steps and restarts of the strategy capistrano");
  }
};

/// A scheduled fault. Its own parameters stand in the same map and belong to the kind.
struct FaultSpec {
  At at;
  std::string kind;
  std::optional<TargetExpression> target;
  std::optional<Duration> length;
  bool repeat = false;
  std::shared_ptr<const Fault> prototype;  ///< With its parameters read; cloned for each run.

  void fields(FieldVisitor& v);  // uses the registry: see scenarios/fields.cpp
};

struct Objective {
  Entity of;
  GoodRequest good;
  Ratio target{999, 1000};
  Duration period{std::chrono::hours{24 * 30}};

  void fields(FieldVisitor& v);  // an entity is decoded from a string: see scenarios/fields.cpp
};

}  // namespace leapday
