/// \file sweep.hpp
/// The same scenario at other dates: which of them break it, and how.
/// Why: a plan is rehearsed for a Thursday; what kills it is the leap day that the roll-back falls
/// on, and nobody reruns it by hand at three hundred instants.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leapday/dates.hpp"
#include "leapday/registry.hpp"
#include "leapday/scenario.hpp"
#include "leapday/verdict.hpp"

namespace leapday {

/// Which moment of the plan falls on a dangerous instant.
enum class DatePlacement {
  start,   ///< t=0: the whole run comes after it.
  plan,    ///< The first deployment or fault whose time is known and later than t=0.
  middle,  ///< Half of the run's duration.
};
std::string_view to_string(DatePlacement placement);

struct SweepOptions {
  int jobs = 1;                       ///< Worker threads; the result does not depend on it.
  std::optional<std::uint64_t> seed;  ///< Replaces the file's seeds.
  std::optional<std::uint64_t> reps;  ///< Seeds seed, seed+1, ... this many.
  std::vector<DatePlacement> placements{DatePlacement::start, DatePlacement::plan,
                                        DatePlacement::middle};
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(double)> progress;  ///< From the calling thread, with the share done.
};

/// An expectation that holds at the planned date and, for some seeds, not at another.
struct BrokenExpectation {
  std::string cell;
  std::string name;
  std::string reason;  ///< Of the first seed for which it broke.
  std::string cause;   ///< The event that its chain begins with: "certificate.failed portal/3".
  std::uint64_t seeds = 0;  ///< For how many it broke.
};

/// A date with the run placed on it.
struct SweptDate {
  DangerousDate date;
  DatePlacement placement = DatePlacement::start;
  WallTime start;         ///< True UTC at t=0 of these runs.
  bool done = false;      ///< Every cell and seed was run; false after a cancel.
  bool identical = true;  ///< To the planned date, to the byte: nothing in it looks at a calendar.
  std::vector<BrokenExpectation> broken;
};

struct DateSweep {
  Outcome planned = Outcome::inconclusive;  ///< At the planned date: its worst run.
  std::vector<SweptDate> dates;             ///< By time, then placement.
  /// Indices into dates: a smallest set of them that shows everything that breaks, each pair of an
  /// expectation and the kind of its cause.
  std::vector<std::size_t> cover;
  bool smallest = true;  ///< False: found step by step, as there was too much to try all sets.
  std::uint64_t seeds = 0;
  bool cancelled = false;
};

/// Runs the file once at its planned date and then at each of those.
DateSweep sweep_dates(const ScenarioFile& file, const Registry& registry,
                      const std::vector<DangerousDate>& dates, const SweepOptions& options);

/// Positions of a smallest choice of `sets` whose union is that of all; of equal ones the first.
/// \param smallest Set to false when there were more than 16 things to cover and the choice was
/// made greedily.
std::vector<std::size_t> smallest_cover(const std::vector<std::vector<std::size_t>>& sets,
                                        bool& smallest);

}  // namespace leapday
