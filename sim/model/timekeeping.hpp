/// \file timekeeping.hpp
/// Sets the clocks of hosts and of the control plane: leap seconds and faults.
/// Why: whoever reads a clock must not know what was done to it, and whoever waits for a time of
/// day has to be told when it is set.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "leapday/fault.hpp"
#include "sim/clocks/leap.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;

class Timekeeping {
 public:
  explicit Timekeeping(Platform& platform);
  Timekeeping(const Timekeeping&) = delete;

  /// Of a fault, from now until pop.
  std::uint32_t push(ClockId clock, const ClockModifier& modifier, EventId begin);
  void pop(std::uint32_t handle, EventId cause);

  /// What the clock showed at an instant that has passed.
  WallTime wall_at(ClockId clock, SimTime then) const;
  /// What has passed since then by that clock, which may be less than nothing.
  Duration elapsed(ClockId clock, SimTime then) const;
  /// When it shows that time of day, or a later one, if nobody sets it: not before now, and kSimEnd
  /// while it never does.
  SimTime due(ClockId clock, WallTime at) const;
  /// Time since t=0 as that clock has it.
  SimTime believed(ClockId clock) const;

  /// Something happened that true time alone would not have made happen: faults count these.
  void notice() { ++noticed_; }
  std::uint64_t noticed() const { return noticed_; }

  /// The clock is changed by `change(clock)`: who waits for a time of day is told.
  template <class Change>
  void change(ClockId id, EventId cause, Change&& act) {
    clocks::HostClock& clock = remembered(id);
    const WallTime before = wall_now(id);
    act(clock);
    note_set_back(id, before);
    changed(id, cause);
  }

 private:
  struct Past {
    SimTime until;
    clocks::HostClock clock;  ///< As it was until then.
  };
  struct Pushed {
    std::uint32_t handle;
    ClockModifier modifier;
  };
  struct LeapStep {
    LeapMode mode;
    clocks::LeapChange change;
    SimTime at;
  };

  void set_as_stated(ClockId id);
  void plan_leaps();
  void apply(const LeapStep& step, ClockId id, clocks::HostClock& clock);
  void on_leap(std::uint32_t step, std::uint32_t);
  void combine(ClockId id, EventId cause);
  /// Its own clock, after a copy of it was kept for wall_at.
  clocks::HostClock& remembered(ClockId id);
  WallTime wall_now(ClockId id) const;
  /// Requests that are under way may take less than no time by it.
  void note_set_back(ClockId id, WallTime before);
  void changed(ClockId id, EventId cause);
  void add_errors();
  void note_error(ZoneId zone);
  std::string name_of(ClockId id) const;
  template <class Act>
  void for_each_clock(Act&& act);

  Platform& p_;
  std::map<ClockId, std::deque<Past>> past_;
  std::map<ClockId, std::vector<Pushed>> pushed_;
  std::map<ClockId, ClockModifier> in_force_;
  std::vector<LeapStep> leaps_;
  std::uint32_t next_ = 0;
  std::uint64_t noticed_ = 0;
  std::map<std::uint32_t, std::uint32_t> errors_;  ///< Steps by zone, where they are measured.
  engine::HandlerId leap_;
};

/// `a - b`, at most 36 years either way.
Duration between(WallTime a, WallTime b);

}  // namespace leapday::model
