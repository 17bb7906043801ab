/// \file scaling_lab.hpp
/// A scaling policy on a bench: what it would see is set by hand, what it says is read.
/// Why: a policy is a function of what was measured; its oracles need no run.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "leapday/scaling.hpp"
#include "tests/model/platform_lab.hpp"

namespace leapday::model {

class ScalingBench {
 public:
  /// The policy as a scenario's author would write it: "policy: hpa, target: 50%".
  explicit ScalingBench(const std::string& parameters, std::int64_t least = 1,
                        std::int64_t most = 100) {
    const Rehearsal lab(
        "run: {duration: 1h}\napps: {shop: {service_time: 10ms, cpu: 1}}\n"
        "scaling: {web: {app: shop, min: " +
        std::to_string(least) + ", max: " + std::to_string(most) + ", " + parameters + "}}\n");
    policy = lab.scenario.scaling.entries.front().value.prototype->clone();
    view.least = least;
    view.most = most;
    view.cpu = 1;
  }

  /// Replaces all replicas by so many, ready for an hour, each with this sample of just now, and
  /// of as many windows before as are asked for.
  ScalingBench& replicas(int count, const InstanceSample& sample, std::size_t windows = 1) {
    replicas_.clear();
    samples_.clear();
    for (int i = 0; i < count; ++i) {
      samples_.emplace_back(windows, sample);
      replicas_.push_back({.state = ScalingReplica::State::running,
                           .ready = true,
                           .started = view.now - 3600s,
                           .changed = view.now - 3590s});
    }
    return *this;
  }
  /// Such replicas, of which nothing is known.
  ScalingBench& blank(int count, const ScalingReplica& replica) {
    for (int i = 0; i < count; ++i) {
      samples_.emplace_back();
      replicas_.push_back(replica);
    }
    return *this;
  }
  /// One more replica with that state, and a sample.
  ScalingBench& one(const ScalingReplica& replica, const InstanceSample& sample) {
    samples_.push_back({sample});
    replicas_.push_back(replica);
    return *this;
  }
  ScalingBench& routers(const RouterSample& sample) {
    routers_.push_back(sample);
    return *this;
  }

  /// What it decides at that second; the count becomes the wanted one.
  std::int64_t at(double second) {
    view.now = at_second(second);
    view.wall = WallTime{1704067200, 0} + view.now.time_since_epoch();
    view.ready = 0;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      SimTime window = view.now;
      for (auto sample = samples_[i].rbegin(); sample != samples_[i].rend(); ++sample) {
        sample->at = window;
        window -= sample->window;
      }
      replicas_[i].samples = samples_[i];
      view.ready += replicas_[i].ready ? 1 : 0;
    }
    view.replicas = replicas_;
    view.routers = routers_;
    last = policy->decide(view);
    view.wanted = last.wanted;
    return last.wanted;
  }

  std::unique_ptr<ScalingPolicy> policy;
  ScalingView view;
  ScalingDecision last;

 private:
  std::vector<ScalingReplica> replicas_;
  std::deque<std::vector<InstanceSample>> samples_;
  std::vector<RouterSample> routers_;
};

/// A reading of an instance that uses so many cores.
inline InstanceSample using_cpu(double cores) { return {.window = 15s, .cpu = cores}; }

}  // namespace leapday::model
