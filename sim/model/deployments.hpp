/// \file deployments.hpp
/// Replaces releases as the platform's deployment controller does: what all strategies share.
/// Why: most outages are deployments; the exact gates decide how many instances are at stake.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/model/deployment_capistrano.hpp"
#include "sim/model/platform.hpp"
#include "sim/model/rollout.hpp"
#include "sim/model/trigger.hpp"

namespace leapday::model {

class Deployments final : public TriggerTarget, public PlatformListener {
 public:
  Deployments(Platform& platform, Triggers& triggers);
  Deployments(const Deployments&) = delete;

  void arm();
  void triggered(std::uint32_t deployment, EventId cause) override;
  void app_changed(AppId app) override;
  void instance_ended(AppId app) override;

  // ---- for strategies: deployments.cpp
  Platform& platform() { return p_; }
  GroupCounts counts(GroupId group) { return p_.counts(group); }
  std::int64_t old_size(const Roll& roll);
  /// The new group has that many from now on; false when a quota has no room for them, or has ended
  /// the deployment at its first step.
  bool grow(Roll& roll, std::int64_t wanted);
  /// So many of the old ones go, the oldest release's first.
  void shrink_old(Roll& roll, std::int64_t by);
  /// The same of those that are not ready.
  void shrink_unready(Roll& roll, std::int64_t by);
  void step(Roll& roll);
  /// Calls step() at the next tick, or at once where there is none.
  void schedule_next(Roll& roll);
  /// Calls step() at that time, or at the tick that follows it.
  void wake(Roll& roll, SimTime at);
  /// So many of the new ones are done.
  void note_done(Roll& roll, std::int64_t done);
  EventId note(Roll& roll, EventId cause, std::string kind, std::string detail = {});
  void anchor(const Roll& roll, const std::string& event);
  /// All went as it should, forth or back.
  void finish(Roll& roll);

  // ---- for strategies: deployments_gates.cpp
  /// True when the next step may be taken. Once asked, the gate is looked at every whole second.
  bool gate_passes(Roll& roll);
  /// Measures from now on, if the scenario states an analysis and it does not yet.
  void begin_analysis(Roll& roll);
  /// Looks every whole second whether its n-th pause may end, from now on.
  void await(Roll& roll, const At::When& when, std::size_t pause);
  /// It waits on purpose; lack of progress is no failure until it goes on.
  void stop_deadline(Roll& roll);
  void resume_deadline(Roll& roll);

  /// As many instances as that are wanted from now on, also of what is being deployed
  /// (deployments_scale.cpp).
  void scale(AppId app, std::int64_t wanted, EventId cause);
  bool under_way(AppId app) const;
  /// Why a quota has no room for so many more of the app's newest release, if it has not.
  std::optional<std::string> refused(AppId app, std::int64_t more) const;
  /// What was last asked of scale(), else what the release states.
  std::int64_t wanted(AppId app, ReleaseId release) const;

 private:
  /// Whoever says `continue` at a time: `continuation` counts all steps of all deployments.
  struct Continuations final : TriggerTarget {
    explicit Continuations(Deployments& owner_) : owner(owner_) {}
    void triggered(std::uint32_t continuation, EventId cause) override;
    Deployments& owner;
    std::vector<std::pair<std::uint32_t, std::size_t>> pauses;  ///< Deployment and its n-th pause.
  };

  void add_continuations(std::uint32_t deployment);
  void begin(Roll& roll, EventId cause);
  void start(Roll& roll);
  void supersede(AppId app, const Roll& by);
  bool paced(const Roll& roll) const;
  void schedule_step(Roll& roll, SimTime at);
  void on_step(std::uint32_t deployment, std::uint32_t);
  void on_wake(std::uint32_t deployment, std::uint32_t);
  void note_ready(Roll& roll);
  /// Every `NAME.done(n)` up to that n has come.
  void reach(Roll& roll, std::int64_t milestone);
  void refuse(Roll& roll, bool first, const std::string& why);
  /// `returns`: it rolls back unless the scenario says not to; else only if it says so.
  void fail(Roll& roll, const std::string& why, bool stop, bool returns);
  void roll_back(Roll& roll);
  /// It is over, however it went: its span ends and `NAME.end` is reached.
  void end(Roll& roll);

  // ---- deployments_gates.cpp
  void on_gate(std::uint32_t deployment, std::uint32_t);
  void on_await(std::uint32_t deployment, std::uint32_t);
  void schedule_measurement(Roll& roll);
  void on_measurement(std::uint32_t deployment, std::uint32_t);
  void progress(Roll& roll);
  void on_deadline(std::uint32_t deployment, std::uint32_t);

  // ---- deployments_staging.cpp
  void stage(Roll& roll);
  void begin_staging(Roll& roll);
  void on_staged(std::uint32_t deployment, std::uint32_t how);

  // ---- deployments_migration.cpp
  void migrate_or_start(Roll& roll);
  void migrate(Roll& roll);
  void on_migrated(std::uint32_t deployment, std::uint32_t);
  std::uint64_t break_older(const Roll& roll);

  std::uint32_t index_of(const Roll& roll) const {
    return static_cast<std::uint32_t>(&roll - rolls_.data());
  }

  Platform& p_;
  Triggers& triggers_;
  Grid ticks_;
  std::vector<Roll> rolls_;
  std::int64_t staging_now_ = 0;
  std::vector<std::uint32_t> staging_queue_;
  std::vector<GroupId> scaled_;  ///< By app: the group that scale() changed last.
  std::vector<std::optional<std::int64_t>> scaled_to_;  ///< By app.
  Continuations continuations_{*this};
  CapistranoDeployments capistrano_;
  engine::HandlerId step_, deadline_, gate_, wake_, await_, measurement_, migrated_, staged_;
};

}  // namespace leapday::model
