/// \file rollout.hpp
/// A deployment under way, and what a strategy decides of it.
/// Why: what deployments have in common (spans, anchors, gates, deadlines, the way back) belongs to
/// their controller, so that a strategy is one file that only says which step comes next.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leapday/ids.hpp"
#include "leapday/scenario/plans.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/fleet.hpp"

namespace leapday::model {

class Deployments;
struct Roll;

/// Made anew for each deployment, when it begins.
class RolloutStrategy {
 public:
  virtual ~RolloutStrategy() = default;
  /// Takes the first step.
  virtual void begin(Deployments& deployments, Roll& roll) = 0;
  /// Goes as far as it can, towards `roll.target` as it is now: at each tick of the platform, or
  /// whenever the app's instances changed or a time it asked for has come. Also on the way back,
  /// when fresh and old have changed places.
  virtual void step(Deployments& deployments, Roll& roll) = 0;
  /// The platform's tick sets its pace; otherwise it acts at once.
  virtual bool ticks() const { return true; }
  /// It is also woken when an instance has ended.
  virtual bool awaits_ends() const { return false; }
  /// New instances are done when they are ready; otherwise it says itself what is done.
  virtual bool ready_is_done() const { return true; }
  /// Somebody says go on after its n-th pause. False when it is not paused there.
  virtual bool resume(std::size_t /*pause*/) { return false; }
  /// Fresh and old have just changed places, because it failed.
  virtual void turn_back(Deployments&, Roll&) {}
  /// It is over, however it went.
  virtual void over(Deployments&, Roll&) {}
};

/// One deployment of the scenario.
struct Roll {
  enum class Phase : std::uint8_t { waiting, staging, migrating, rolling, rolling_back, over };

  const std::string* name = nullptr;
  const Deployment* spec = nullptr;
  std::unique_ptr<RolloutStrategy> strategy;
  Phase phase = Phase::waiting;
  AppId app;
  ReleaseId release;            ///< That it deploys.
  GroupId fresh;                ///< Grows.
  std::vector<GroupId> old;     ///< Shrink, the oldest first.
  std::int64_t target = 0;      ///< Instances wanted of the app: the one number that it aims at.
  std::int64_t most_ready = 0;  ///< Of the new ones.
  std::int64_t milestone = 0;   ///< The last n of done(n) that came.
  bool failed = false;
  bool refused = false;  ///< By a quota, for the step that is due.
  bool waits = false;    ///< On purpose: the progress deadline does not run.
  std::uint32_t span = 0;
  EventId event;  ///< The latest of its own.
  SimTime progress_at{};
  std::optional<SimTime> gate_asked;     ///< Waiting for the health gate since then.
  std::optional<SimTime> gate_true;      ///< Its condition has held since then.
  bool gate_open = false;                ///< For the next step.
  SimTime measured_at{};                 ///< By the analysis, the last time that it could.
  bool measured_well = false;            ///< Then.
  std::int64_t failures = 0;             ///< Measurements that failed.
  const At::When* awaited = nullptr;     ///< It goes on when this holds.
  std::size_t awaited_at = 0;            ///< Which pause then ends.
  std::optional<SimTime> awaited_since;  ///< It has held.
  engine::EventKey await_key = 0;
  engine::EventKey step_key = 0;
  engine::EventKey wake_key = 0;
  engine::EventKey deadline_key = 0;
  engine::EventKey gate_key = 0;
  engine::EventKey analysis_key = 0;

  /// Instances are being replaced, forth or back.
  bool moves() const { return phase == Phase::rolling || phase == Phase::rolling_back; }
  bool active() const { return moves() || phase == Phase::staging || phase == Phase::migrating; }
};

#define STRATEGY(name, help) std::unique_ptr<RolloutStrategy> make_##name();
#define IN_PLACE(name, help)
#include "leapday/scenario/strategies.inc"
#undef STRATEGY

}  // namespace leapday::model
