/// \file scaling.hpp
/// Runs the scenario's autoscalers: has their metrics measured, asks them, and does what they say.
/// Why: when measurements are taken, how they travel and what a new count means for the app belong
/// here, so that a policy is only its decision.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "leapday/scaling.hpp"
#include "sim/model/deployments.hpp"
#include "sim/model/platform.hpp"

namespace leapday::model {

/// Samples of one app's instances and of its routers, as its scaler gets them.
class ScalingMetrics {
 public:
  ScalingMetrics(Platform& platform, AppId app, const MetricsPipeline& pipeline);

  /// Reads everything that answers.
  void scrape();
  /// What has been delivered by now. Valid until the next scrape.
  std::span<const InstanceSample> samples(InstanceId instance) const;
  std::span<const RouterSample> routers() const;

 private:
  struct Source {
    InstanceId instance;
    SimTime read_at{};
    InstanceReading reading;
    bool fresh = true;  ///< Not missed by the latest scrape.
    std::vector<InstanceSample> samples;
  };
  void read(InstanceId instance);
  bool answers(InstanceId instance) const;
  template <class Sample>
  void forget(std::vector<Sample>& samples, bool keep_latest) const;
  template <class Sample>
  std::span<const Sample> delivered(const std::vector<Sample>& samples) const;

  Platform& p_;
  AppId app_;
  MetricsPipeline pipeline_;
  std::vector<Source> sources_;  ///< Ascending by instance.
  std::vector<RouterSample> routers_;
  SimTime read_at_{};  ///< Of routers.
};

class Scaling final : public WaitingListener {
 public:
  Scaling(Platform& platform, Deployments& deployments);
  Scaling(const Scaling&) = delete;

  void arm();
  void request_waits(AppId app) override;

 private:
  struct Loop {
    const std::string* name = nullptr;
    const Scaler* spec = nullptr;
    AppId app;
    std::unique_ptr<ScalingPolicy> policy;
    std::unique_ptr<ScalingMetrics> metrics;  ///< None when nothing is measured.
    Grid scrapes;
    std::int64_t wanted = 0;
    std::uint32_t wanted_step = 0;
    std::int64_t refused = -1;  ///< The count that a quota refused last.
    bool just_refused = false;
    engine::EventKey look_key = 0;
  };

  void add(const std::string& name, const Scaler& spec);
  void on_scrape(std::uint32_t loop, std::uint32_t);
  void on_look(std::uint32_t loop, std::uint32_t);
  void look_at(Loop& loop, SimTime at);
  Duration consult(Loop& loop);
  void gather(const Loop& loop);
  ScalingReplica replica(const Loop& loop, SlotId slot) const;
  void apply(Loop& loop, const ScalingDecision& decision);
  /// A quota has no room for that; recorded once for each count.
  bool refused(Loop& loop, std::int64_t wanted, const std::string& decided);

  Platform& p_;
  Deployments& deployments_;
  std::vector<Loop> loops_;
  std::vector<ScalingReplica> replicas_;  ///< Scratch.
  engine::HandlerId scrape_, look_;
};

}  // namespace leapday::model
