/// \file scaling.hpp
/// What a policy that scales an app reads, and what it answers.
/// Why: an autoscaler never sees an app as it is. It sees samples that somebody measured, over a
/// window, some time ago, and not of every instance; most of its trouble comes from there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "leapday/fields.hpp"
#include "leapday/histogram.hpp"
#include "leapday/scenario/apps.hpp"
#include "leapday/time.hpp"

namespace leapday {

/// One reading of one instance: what it did since the reading before.
struct InstanceSample {
  SimTime at{};       ///< When the window ended.
  Duration window{};  ///< From the reading before, or from its start.
  double cpu = 0;     ///< Cores in use, mean.
  double open = 0;    ///< Requests in it, served or waiting there, mean.
  double rate = 0;    ///< Requests that reached it, per second.
};

/// One wanted instance, as the control plane sees it.
struct ScalingReplica {
  enum class State : std::uint8_t {
    pending,   ///< Not placed yet, or waits for a place to start.
    starting,  ///< Its process runs and was never ready.
    running,   ///< It has been ready.
    down,      ///< Crashed, and waits for its restart or gets none.
  };
  State state = State::pending;
  bool ready = false;  ///< As believed: of a host gone silent, what was heard last.
  SimTime started{};   ///< Of its process.
  SimTime changed{};   ///< When it became ready, or ceased to be; its start before that.
  /// What has been delivered, oldest first; none where a reading failed or is yet to come.
  std::span<const InstanceSample> samples;
};

/// One reading of all routers together.
struct RouterSample {
  SimTime at{};
  Duration window{};
  std::uint64_t answered = 0;  ///< By an instance, well.
  std::uint64_t failed = 0;    ///< At an instance: errors, resets, timeouts.
  double waiting = 0;          ///< Requests that waited at routers for an instance, mean.
  SparseHistogram latency;     ///< From a router to its answer, or to its losing patience.
};

/// What a policy wants measured, how often, and how it is delivered.
struct MetricsPipeline {
  Duration scrape{15s};  ///< Between two readings of everything.
  Duration delay{};      ///< From a reading until the policy can have it.
  Duration keep{};       ///< How long samples are kept; the latest is always there.
  /// The first reading of a process only sets its counters, so that a sample takes two.
  bool two_readings = true;
  bool only_ready = false;  ///< What is not ready is not read.
};

/// What a policy may know when it decides.
struct ScalingView {
  SimTime now{};
  WallTime wall{};          ///< Of the control plane: schedules follow it.
  std::int64_t wanted = 0;  ///< In force.
  std::int64_t least = 0;   ///< `min` and `max` of the scenario.
  std::int64_t most = 0;
  double cpu = 0;            ///< The app's `cpu`: cores of one instance; 0 when nothing states it.
  std::int64_t ready = 0;    ///< Of the replicas.
  std::int64_t waiting = 0;  ///< Requests that wait at routers now.
  bool deploying = false;    ///< A deployment of the app is under way.
  bool refused = false;      ///< A quota had no room for what was decided last.
  std::span<const ScalingReplica> replicas;
  std::span<const RouterSample> routers;  ///< As delivered, oldest first.
};

/// Routers hold requests that no instance has room for, as Knative's activator does.
struct RequestBuffer {
  std::int64_t per_instance = 0;  ///< Open requests sent to one instance by all routers; 0: any.
  std::int64_t limit = 0;         ///< Requests held at one router.
  friend bool operator==(const RequestBuffer&, const RequestBuffer&) = default;
};

struct ScalingDecision {
  std::int64_t wanted = 0;
  Duration again{};                     ///< When to look again, from now; more than 0.
  std::string why;                      ///< For the record: what made it so.
  std::optional<RequestBuffer> buffer;  ///< In force until the next decision.
};

/// What is wrong with a policy's parameters for that app.
struct ScalingObjection {
  std::string key;  ///< Of the scaler's.
  std::string message;
  std::string fix;
};

/// Decides how many instances are wanted. It may keep copyable state; it never schedules or logs.
class ScalingPolicy {
 public:
  virtual ~ScalingPolicy() = default;
  virtual std::unique_ptr<ScalingPolicy> clone() const = 0;
  /// The one list of parameters.
  virtual void fields(FieldVisitor& visitor) = 0;
  virtual MetricsPipeline pipeline() const = 0;
  /// The usual time between two looks: the first comes within it.
  virtual Duration period() const = 0;
  virtual ScalingDecision decide(const ScalingView& view) = 0;
  /// Asked once, when the scenario is loaded.
  virtual std::vector<ScalingObjection> objections(const App&, std::int64_t /*least*/,
                                                   std::int64_t /*most*/) const {
    return {};
  }
};

/// Implements clone() for a policy that is copyable.
template <class Derived>
class ScalingPolicyBase : public ScalingPolicy {
 public:
  std::unique_ptr<ScalingPolicy> clone() const final {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }
};

}  // namespace leapday
