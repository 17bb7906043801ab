/// \file capistrano.hpp
/// What the deployment strategy `capistrano` does on each host, and what it costs in time.
/// Why: files change under running processes; what restarts them, if anything, is stated here.
#pragma once

#include <array>
#include <string_view>

#include "leapday/distribution.hpp"
#include "leapday/fields.hpp"
#include "leapday/time.hpp"
#include "leapday/units.hpp"

namespace leapday {

/// One step of a deployment on one host.
struct CapistranoStep {
  Distribution takes;
  Ratio failure{};

  void fields(FieldVisitor& v) {
    v.optional("takes", takes, "time it takes on one host");
    v.optional("failure", failure, "probability that it fails on one host");
  }
};

/// Whether processes are started anew once the new release is published.
enum class ProcessRestart { none, all, rolling };
std::span<const Choice> choices_of(ProcessRestart);

struct Capistrano {
  NamedMap<CapistranoStep> steps;
  ProcessRestart restart = ProcessRestart::none;
  Duration restart_wait{std::chrono::seconds{2}};

  void fields(FieldVisitor& v) {
    v.optional("steps", steps,
               "starting, started, updating, updated, publishing, published, finishing, finished; "
               "of a roll-back reverting, reverted, finishing_rollback");
    v.optional("restart", restart, "processes that are started anew after publishing");
    v.optional("restart_wait", restart_wait, "rolling: pause between two hosts");
  }
};

/// The steps of a deployment and of a roll-back, each a barrier (capistrano 3.17.2,
/// framework.rake).
inline constexpr std::array<std::string_view, 8> kCapistranoDeploy{
    "starting",   "started",   "updating",  "updated",
    "publishing", "published", "finishing", "finished"};
inline constexpr std::array<std::string_view, 8> kCapistranoRollback{
    "starting",   "started",   "reverting",          "reverted",
    "publishing", "published", "finishing_rollback", "finished"};

}  // namespace leapday
