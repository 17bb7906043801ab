/// \file lifecycle.hpp
/// From placement to the end of a process: start, first probe, stop, crash, loss of power.
/// Why: most of a bad day is instances that are not there yet or not quite gone.
#pragma once

#include <string>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/traffic.hpp"

namespace leapday::model {

class Platform;

class Lifecycle {
 public:
  explicit Lifecycle(Platform& platform);

  /// It has a host. A silent host learns of it when it is heard again.
  void placed(InstanceId instance);
  /// Makes it run at once, without events: the state that a warm boot starts from.
  void warm(InstanceId instance);
  /// Starts the process, or starts it anew on the same host, which has its image.
  void launch(InstanceId instance);
  /// The process ends now.
  void crash(InstanceId instance, EventId cause, std::string why);
  /// Leaves the routing tables, drains, gets the signal, is killed.
  void stop(InstanceId instance, EventId cause);
  /// No longer wanted or believed: out of the routing tables, and stopped if it still runs.
  void let_go(InstanceId instance, EventId cause);
  /// Ends it without any notice, as an agent does with what never reported.
  void kill(InstanceId instance, EventId cause, std::string why);
  /// A stopping instance has no open request left.
  void drained(InstanceId instance);
  /// The power of its host goes.
  void lose(InstanceId instance);
  /// What the control plane does when it hears that the instance is ready.
  void ready_noticed(InstanceId instance);

 private:
  const App& spec_of(InstanceId instance) const;
  Duration startup_interval(InstanceId instance) const;
  void begin(InstanceId instance);
  void become_ready(InstanceId instance);
  void leave_starting(InstanceId instance);
  void end(InstanceId instance, Departure departure);
  void signal(InstanceId instance);
  void finish_stop(InstanceId instance);
  void on_start(std::uint32_t instance, std::uint32_t fails);
  void on_startup_probe(std::uint32_t instance, std::uint32_t);
  void on_start_timeout(std::uint32_t instance, std::uint32_t);
  void on_stop(std::uint32_t instance, std::uint32_t kill);
  void on_drained(std::uint32_t instance, std::uint32_t);
  void on_available(std::uint32_t instance, std::uint32_t);

  Platform& p_;
  engine::HandlerId start_, startup_probe_, start_timeout_, stop_, drained_, available_;
};

}  // namespace leapday::model
