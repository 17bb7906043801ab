/// \file rollouts.hpp
/// What a deployment may carry besides its app and release: gates, steps, an analysis, a migration.
/// Why: strategies share them, and plans.hpp lists what a deployment is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "leapday/distribution.hpp"
#include "leapday/expression.hpp"
#include "leapday/fields.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

enum class Strategy {
#define STRATEGY(name, help) name,
#include "leapday/scenario/strategies.inc"
#undef STRATEGY
};
std::span<const Choice> choices_of(Strategy);

/// A condition that must hold before the deployment goes on; failing it may roll back.
struct HealthGate {
  Condition condition;
  Duration hold{};
  Duration within{300s};
  void fields(FieldVisitor& v) {
    v.required("condition", condition,
               "must hold before the next step, such as success(shop) >= 99%");
    v.optional("for", hold, "for this long");
    v.optional("within", within, "or the gate has failed");
  }
};

/// A condition measured again and again while a release takes its first requests, as Argo Rollouts'
/// AnalysisTemplate and Flagger's analysis are.
struct Analysis {
  Condition condition;
  Duration every{60s};
  std::int64_t failures = 0;  ///< Argo Rollouts' failureLimit, which is 0 there too.
  void fields(FieldVisitor& v) {
    v.required("condition", condition,
               "must hold whenever it is measured, such as success(shop@v2) >= 99% over 1min");
    v.optional("every", every, "time between measurements");
    v.optional("failures", failures,
               "measurements that may fail; the next one that does aborts the deployment",
               {0, 1e6});
  }
};

/// One stop of a canary on its way. Without `for` and `continue` it is the last one.
struct CanaryStep {
  Ratio weight{1, 10};
  std::optional<Duration> hold;
  std::optional<At> resume;
  void fields(FieldVisitor& v) {
    v.required("weight", weight,
               "share of the instances that run the new release, at least one; and of the "
               "requests, where the app's routing policy is weighted");
    v.optional("for", hold, "it goes on after this long");
    v.optional("continue", resume, "it goes on when somebody says so at this time");
  }
};

/// What makes a release of an app's source before it can start: a buildpack's run, a build.
struct Staging {
  Distribution takes;
  Ratio failure{};
  void fields(FieldVisitor& v) {
    v.required("takes", takes, "how long it takes, once it has a place");
    v.optional("failure", failure, "probability that it fails, which ends the deployment");
  }
};

/// A change of the schema that runs before the new release starts, as a Cloud Foundry task or a
/// Kubernetes job does.
struct Migration {
  Duration duration{};
  Ratio breaks{};
  std::vector<std::string> endpoints;
  void fields(FieldVisitor& v) {
    v.required("duration", duration, "how long it runs; the new release starts after it");
    v.optional("breaks", breaks,
               "share of the requests to older releases (those listed before) that fail from its "
               "end on; returning to one of them does not undo it");
    v.optional("endpoints", endpoints, "the endpoints that it breaks; all when absent");
  }
};

}  // namespace leapday
