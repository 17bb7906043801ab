/// \file clock_daemons.hpp
/// The daemons that keep clocks right, and the sources that they ask.
/// Why: a clock is as right as what its daemon believes: one that asks a single source follows it
/// to the year 2000, one that asks three outvotes it, and one that is off by 1,000 s leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "leapday/fault.hpp"
#include "sim/clocks/discipline.hpp"
#include "sim/clocks/sources.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;

/// Machines whose clock says `sync` poll at a seeded phase. When a run begins warm their daemons
/// are synchronised: they know the oscillator's error, and first corrections are behind them.
class ClockDaemons {
 public:
  explicit ClockDaemons(Platform& platform);

  void start();
  /// Of a fault, until pop.
  std::uint32_t push(TimeSourceId source, const TimeSourceModifier& modifier, EventId begin);
  void pop(std::uint32_t handle, EventId cause);

 private:
  struct Daemon {
    ClockId clock;
    const ClockSync* spec = nullptr;
    std::vector<clocks::SourceGraph::Id> sources;
    std::vector<char> meets;  ///< By time source: it or somebody that it asks does ask that one.
    std::variant<clocks::Ntpd, clocks::Chronyd> program;
    clocks::ClockRate after;      ///< Of the slew under way, when it is over.
    engine::EventKey slewed = 0;  ///< When that is.
    bool gone = false, lost = false;
  };
  struct Pushed {
    std::uint32_t handle;
    std::uint32_t source;
    TimeSourceModifier modifier;
    EventId begin;
  };

  void add_sources();
  void add_daemon(ClockId clock);
  std::vector<char> met_by(const ClockSync& spec) const;
  clocks::TaiTime tai() const;
  void combine(std::uint32_t source);
  void on_poll(std::uint32_t daemon, std::uint32_t);
  void on_slewed(std::uint32_t daemon, std::uint32_t);
  void lose_sources(Daemon& daemon, bool lost);
  void correct(std::uint32_t index, const clocks::Correction& correction);
  EventId note(const Daemon& daemon, const char* kind, std::string detail);
  EventId cause() const { return pushed_.empty() ? EventId{} : pushed_.back().begin; }

  Platform& p_;
  clocks::LeapTable table_;
  clocks::TaiTime begin_;  ///< t=0.
  clocks::SourceGraph graph_;
  std::vector<clocks::SourceGraph::Id> nodes_;  ///< By time source of the scenario.
  std::vector<Daemon> daemons_;
  std::vector<Pushed> pushed_;
  std::uint32_t next_ = 0;
  engine::HandlerId poll_, slewed_;
};

}  // namespace leapday::model
