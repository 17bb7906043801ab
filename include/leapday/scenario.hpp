/// \file scenario.hpp
/// A validated scenario: what stage 1 (scenarios/) hands to stage 2 (sim/, faults/).
/// Why: one value type, with every name checked, lets everything after loading assume sense.
/// The field lists in scenario/ *are* the language: parsing, schema, docs and Python read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/platform.hpp"
#include "leapday/problem.hpp"
#include "leapday/scenario/apps.hpp"
#include "leapday/scenario/certificates.hpp"
#include "leapday/scenario/dependencies.hpp"
#include "leapday/scenario/exposure.hpp"
#include "leapday/scenario/incident.hpp"
#include "leapday/scenario/loads.hpp"
#include "leapday/scenario/plans.hpp"
#include "leapday/scenario/quotas.hpp"
#include "leapday/scenario/run.hpp"
#include "leapday/scenario/scaling.hpp"
#include "leapday/scenario/topology.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// Where a resolved value came from.
enum class Origin { stated, variable, imported, profile, assumed, defaulted };
std::string_view to_string(Origin origin);

/// One resolved value.
struct Provenance {
  std::string path;   ///< "apps.shop.service_time"
  std::string value;  ///< As a reader would write it.
  Origin origin = Origin::stated;
  SourceLocation at;          ///< Unknown for defaults.
  std::optional<Ratio> vary;  ///< `vary: 20%` beside `assume`.
};

/// One run's worth of scenario: variables filled in, overlays merged, every reference checked.
struct Scenario {
  std::string name;
  std::string file;
  std::string digest;  ///< 64-bit hash of the resolved document, 16 hex digits.
  std::string cell;    ///< "peak=400/s" of a matrix; empty without one.
  std::optional<Incident> incident;
  RunSpec run;
  PlatformProfile platform;
  Topology topology;
  Routers routers;
  NamedMap<App> apps;
  NamedMap<Dependency> dependencies;
  NamedMap<Load> loads;
  NamedMap<Mirror> mirrors;
  NamedMap<Flag> flags;
  NamedMap<Deployment> deployments;
  NamedMap<Quota> quotas;
  NamedMap<Scaler> scaling;
  NamedMap<Certificate> certificates;
  NamedMap<Renewer> renewers;
  NamedMap<ExpiryMonitor> expiry_monitors;
  NamedMap<TimeSource> time_sources;
  NamedMap<FaultSpec> faults;
  NamedMap<Objective> objectives;
  NamedMap<Expectation> expectations;
  std::vector<Provenance> provenance;
  std::vector<std::string> warnings;  ///< Things a reader should know, such as recalled constants.
};

/// What one file asks for: its matrix cells, each to be run with each seed.
struct ScenarioFile {
  std::string file;
  std::vector<Scenario> cells;       ///< At least one.
  std::vector<std::uint64_t> seeds;  ///< At least one.
  /// Every file that was read, the scenario's own first: what a run directory copies for a replay.
  std::vector<std::string> inputs;
};

}  // namespace leapday
