/// \file scaling_measure.hpp
/// What policies look at of an instance: CPU, requests per second or open requests.
/// Why: they differ in what they do with a number, not in where it comes from.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "leapday/scaling.hpp"

namespace leapday::scaling {

enum class Measure { cpu, requests, open };

inline std::span<const Choice> choices_of(Measure) {
  static constexpr std::array<Choice, 3> kChoices{
      {{"cpu", "cores in use, as a share of what an instance asks for"},
       {"requests", "requests per second that reach an instance"},
       {"open", "requests in an instance, served or waiting"}}};
  return kChoices;
}

/// Cores, requests per second or requests.
inline double value_of(Measure measure, const InstanceSample& sample) {
  switch (measure) {
    case Measure::cpu:
      return sample.cpu;
    case Measure::requests:
      return sample.rate;
    case Measure::open:
      break;
  }
  return sample.open;
}

/// The mean over all samples whose window ended after `from`, and how many these were.
struct Average {
  double value = 0;
  std::size_t samples = 0;
};
inline Average average(Measure measure, const ScalingView& view, SimTime from) {
  Average result;
  double sum = 0;
  for (const ScalingReplica& replica : view.replicas) {
    for (const InstanceSample& sample : replica.samples) {
      if (sample.at <= from) continue;
      sum += value_of(measure, sample);
      ++result.samples;
    }
  }
  if (result.samples > 0) result.value = sum / static_cast<double>(result.samples);
  return result;
}

/// What `metric: cpu` needs: cores that 100% stands for.
inline void object_without_cpu(Measure measure, const std::optional<double>& own, const App& app,
                               std::vector<ScalingObjection>& into) {
  if (measure != Measure::cpu || own || app.cpu) return;
  into.push_back({"metric",
                  "CPU is measured against what an instance asks for, which nothing states",
                  "add request: 1 here, or cpu to the app"});
}

/// What instances do between `min` and `max` when there is nothing to scale to zero with.
inline void object_to_zero(std::int64_t least, std::vector<ScalingObjection>& into) {
  if (least > 0) return;
  into.push_back({"min",
                  "this policy cannot scale to zero: without an instance it measures nothing",
                  "write min: 1, or use policy kpa"});
}

/// Both, for policies that follow a measure.
inline std::vector<ScalingObjection> measured_objections(Measure measure,
                                                         const std::optional<double>& own,
                                                         const App& app, std::int64_t least) {
  std::vector<ScalingObjection> found;
  object_without_cpu(measure, own, app, found);
  object_to_zero(least, found);
  return found;
}

}  // namespace leapday::scaling
