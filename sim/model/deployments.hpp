/// \file deployments.hpp
/// Replaces releases step by step, as the platform's deployment controller does.
/// Why: most outages are deployments; the exact gates decide how many instances are at stake.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/model/platform.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class Deployments final : public TriggerTarget, public PlatformListener {
 public:
  Deployments(Platform& platform, Triggers& triggers);
  Deployments(const Deployments&) = delete;

  void arm();
  void triggered(std::uint32_t deployment, EventId cause) override;
  void app_changed(AppId app) override;

  /// As many instances as that are wanted from now on, also of what is being deployed
  /// (deployments_scale.cpp).
  void scale(AppId app, std::int64_t wanted, EventId cause);
  bool under_way(AppId app) const;

 private:
  enum class Phase : std::uint8_t { waiting, rolling, rolling_back, over };
  struct Roll {
    const std::string* name = nullptr;
    const Deployment* spec = nullptr;
    Phase phase = Phase::waiting;
    AppId app;
    GroupId fresh;             ///< Grows.
    std::vector<GroupId> old;  ///< Shrink, the oldest first.
    std::int64_t target = 0;
    std::int64_t most_ready = 0;  ///< Of the new ones, for done(n).
    bool surge = false;           ///< Kubernetes's arithmetic in place of Cloud Foundry's.
    std::int64_t in_flight = 1;
    std::int64_t max_surge = 0, max_unavailable = 0;
    bool failed = false;
    std::uint32_t span = 0;
    EventId event;  ///< The latest of its own.
    SimTime progress_at{};
    std::optional<SimTime> gate_asked;  ///< Waiting for the health gate since then.
    std::optional<SimTime> gate_true;   ///< Its condition has held since then.
    bool gate_open = false;             ///< For the next step.
    engine::EventKey step_key = 0;
    engine::EventKey deadline_key = 0;
    engine::EventKey gate_key = 0;
  };

  void begin(Roll& roll, EventId cause);
  void plan_counts(Roll& roll);
  void supersede(AppId app, const Roll& by);
  void on_step(std::uint32_t deployment, std::uint32_t);
  void on_deadline(std::uint32_t deployment, std::uint32_t);
  void schedule_step(Roll& roll, SimTime at);
  void step(Roll& roll);
  void step_in_flight(Roll& roll, const GroupCounts& fresh);
  void step_surge(Roll& roll, const GroupCounts& fresh);
  bool finished(const Roll& roll, const GroupCounts& fresh);
  void note_ready(Roll& roll, std::int64_t routable);
  void grow(Roll& roll, std::int64_t wanted);
  void shrink_old(Roll& roll, std::int64_t by);
  void shrink_unready(Roll& roll, std::int64_t by);
  std::int64_t old_size(const Roll& roll);
  bool gate_passes(Roll& roll);
  void on_gate(std::uint32_t deployment, std::uint32_t);
  void progress(Roll& roll);
  void fail(Roll& roll, const std::string& why, bool stop);
  void roll_back(Roll& roll);
  void finish(Roll& roll);
  /// It is over, however it went: its span ends and `NAME.end` is reached.
  void end(Roll& roll);
  EventId note(Roll& roll, EventId cause, std::string kind, std::string detail = {});
  std::uint32_t index_of(const Roll& roll) const {
    return static_cast<std::uint32_t>(&roll - rolls_.data());
  }

  Platform& p_;
  Triggers& triggers_;
  Grid ticks_;
  std::vector<Roll> rolls_;
  std::vector<GroupId> scaled_;  ///< By app: the group that scale() changed last.
  engine::HandlerId step_, deadline_, gate_;
};

}  // namespace leapday::model
