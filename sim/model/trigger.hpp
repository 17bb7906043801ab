/// \file trigger.hpp
/// Turns every `at` of a scenario into a call at the right instant.
/// Why: absolute times, anchors and conditions differ only in how the instant is found.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "leapday/expression.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

/// What happens when its time has come. `cause` is what reached the anchor or met the condition.
class TriggerTarget {
 public:
  virtual ~TriggerTarget() = default;
  virtual void triggered(std::uint32_t index, EventId cause) = 0;
};

class Triggers {
 public:
  explicit Triggers(World& world);

  /// Calls target.triggered(index) when `at` comes; more than once only for a condition that
  /// repeats, each time that it has become true anew. `name` is for the record.
  void add(const At& at, bool repeat, std::string name, TriggerTarget& target, std::uint32_t index);
  /// Something happened that anchors may name. Recorded, and what waits for it is scheduled.
  void anchor(const std::string& name, const std::string& event, EventId cause, double share = 0,
              std::int64_t count = 0);

 private:
  struct Entry {
    const At* at = nullptr;
    bool repeat = false;
    std::string name;
    TriggerTarget* target = nullptr;
    std::uint32_t index = 0;
    EventId cause;
    int matches = 0;  ///< Of its anchor.
    bool done = false;
    SimTime looked = kSimStart - Duration{1};  ///< At the condition, the last time.
    bool was_true = false;         ///< Its condition has fired and not been false since.
    std::optional<SimTime> since;  ///< Its condition has held.
  };
  struct Progress {
    double share = 0;
    std::int64_t count = 0;
  };

  bool matches(const Anchor& anchor, const std::string& name, const std::string& event,
               const Progress& before, const Progress& now) const;
  void fire_at(std::uint32_t entry, SimTime at);
  void on_fire(std::uint32_t entry, std::uint32_t);
  void on_second(std::uint32_t, std::uint32_t);
  void watch(Entry& entry, std::uint32_t index);

  World& world_;
  std::vector<Entry> entries_;
  std::map<std::string, Progress> progress_;  ///< Of `done`, since the last begin.
  engine::HandlerId fire_, second_;
  bool watching_ = false;
};

/// When an instant without an anchor is, from t=0.
SimTime absolute(const Instant& instant, const RunSpec& run);

}  // namespace leapday::model
