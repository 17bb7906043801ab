/// \file run.hpp
/// One run, stepped by its caller.
/// Why: it owns no thread and no file, so it embeds anywhere and two of them never touch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "leapday/record.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"

namespace leapday {

struct RunOptions {
  std::uint64_t seed = 1;
  /// The un-faulted twin: same seed, no faults.
  bool without_faults = false;
  /// Off: each request is a chain of events of its own. The record is the same, only slower, but
  /// for events_processed, and so for where max_events cuts: this is for tests, and for who wants
  /// to see for himself.
  bool fast_path = true;
  /// True UTC at t=0 in place of the scenario's `run.start`. What the scenario states as timestamps
  /// of its plan (deployments, faults, expectations) moves along; leap seconds stay where
  /// they are.
  std::optional<WallTime> start;
};

/// A simulation of one scenario with one seed. Both the scenario and the registry must outlive it.
class Run {
 public:
  Run(const Scenario& scenario, const Registry& registry, const RunOptions& options);
  Run(Run&&) noexcept;
  Run& operator=(Run&&) noexcept;
  ~Run();

  /// Processes every event before `until` (not beyond the scenario's end); then now() == until.
  void run_until(SimTime until);
  /// -warmup at first; the scenario's duration at the end.
  SimTime now() const;
  SimTime end() const;
  bool finished() const;
  std::uint64_t events_processed() const;
  /// Ends the run where it stands; finish() still gives a consistent record. Call from the thread
  /// that steps it.
  void cancel();
  /// From `at` on every stream is drawn anew, keyed with `salt`: branches share their prefix.
  /// `at` must not be in the past.
  void reseed_at(SimTime at, std::uint64_t salt);
  /// Settles, checks conservation and hands over the record; the run is over.
  Record finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a plan tells without running: resolved times and targets, and how far a fault reaches.
struct PlannedStep {
  SimTime at{};
  bool certain = true;  ///< False: depends on an anchor or a condition.
  std::string when;     ///< "rollout.done(50%) + 5s" or a time.
  std::string what;     ///< "host.crash", "rolling deployment", ...
  std::string name;
  std::vector<std::string> targets;       ///< Entities that the seed chooses, or the set's size.
  std::vector<std::string> blast_radius;  ///< Instances and apps that it touches directly.
};
struct Plan {
  std::vector<PlannedStep> steps;
  std::vector<std::pair<std::string, std::string>> placements;  ///< Instance, host at t=0.
};
Plan plan(const Scenario& scenario, const Registry& registry, const RunOptions& options);

}  // namespace leapday
