/// \file placement_race.hpp
/// Placement by broadcast: the controller asks every host, and the first to answer gets it.
/// Why: in 2012 placement was a race over the network. A slow link, a busy host or a few
/// milliseconds of jitter decide it, which no score reproduces.
#pragma once

#include <vector>

#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;
class Placement;

/// One question at a time for each app, as vcap's app_manager.rb:477 has it.
class PlacementRace {
 public:
  PlacementRace(Platform& platform, Placement& placement);

  bool asking(AppId app) const { return asking_[app.index] != 0; }
  /// Placement::won or Placement::nobody_answered follows.
  void ask(InstanceId instance);
  /// It is no longer wanted.
  void cancel(InstanceId instance);

 private:
  struct Question {
    InstanceId instance;
    bool open = true;
  };

  void close(Question& question);
  void on_question(std::uint32_t host, std::uint32_t question);
  void on_answer(std::uint32_t host, std::uint32_t question);
  void on_patience(std::uint32_t question, std::uint32_t);

  Platform& p_;
  Placement& placement_;
  Random& random_;
  std::vector<Question> questions_;
  std::vector<char> asking_;  ///< By app.
  engine::HandlerId question_, answer_, patience_;
};

}  // namespace leapday::model
