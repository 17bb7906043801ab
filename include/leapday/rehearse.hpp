/// \file rehearse.hpp
/// A whole file: every cell and seed, in parallel, folded in order.
/// Why: the command and Python do the same thing through one function.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leapday/figures.hpp"
#include "leapday/judge.hpp"
#include "leapday/record.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

struct RehearseOptions {
  int jobs = 1;                       ///< Worker threads; the result does not depend on it.
  std::optional<std::uint64_t> seed;  ///< Replaces the file's seeds.
  std::optional<std::uint64_t> reps;  ///< Seeds seed, seed+1, ... this many.
  bool twin = false;                  ///< Also run the un-faulted twin.
  const std::atomic<bool>* cancel = nullptr;
  /// Called now and then, from the calling thread, with the share done in [0, 1].
  std::function<void(double)> progress;
};

/// One seed of one cell.
struct RunSummary {
  std::size_t cell = 0;
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  Verdict verdict;
  Counts requests;
  Figures figures;
};

/// What a rehearsal found. Full records are kept of one run: the first that failed, else the first
/// inconclusive one, else the first.
struct Rehearsal {
  std::shared_ptr<const ScenarioFile> file;
  std::vector<RunSummary> runs;  ///< Cells in order, seeds in order.
  std::vector<CellVerdict> cells;
  Outcome outcome = Outcome::inconclusive;
  std::size_t shown = 0;  ///< Index into runs of the one kept in full.
  Record record;
  std::optional<Record> twin;
  bool cancelled = false;

  const Scenario& scenario() const { return file->cells[runs.empty() ? 0 : runs[shown].cell]; }
  const Verdict& verdict() const { return runs[shown].verdict; }
  /// Why the outcome is what it is, in a sentence: of the run shown, or of the seeds together.
  std::string reason() const;
};

Rehearsal rehearse(std::shared_ptr<const ScenarioFile> file, const Registry& registry,
                   const RehearseOptions& options);

}  // namespace leapday
