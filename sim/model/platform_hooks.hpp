/// \file platform_hooks.hpp
/// What traffic tells the platform.
/// Why: requests can crash instances and finish drains; traffic need not know what follows.
#pragma once

#include "leapday/ids.hpp"
#include "leapday/time.hpp"

namespace leapday::model {

class PlatformHooks {
 public:
  virtual ~PlatformHooks() = default;
  /// A request made its instance crash, now. Traffic calls Traffic::instance_gone only through
  /// the platform's reaction.
  virtual void crashed_by_request(InstanceId instance) = 0;
  /// A stopping instance has no open request left.
  virtual void drained(InstanceId instance) = 0;
  /// An instance that Traffic::watch_load was asked about is so busy that a probe might wait.
  virtual void loaded(InstanceId instance) = 0;
  /// A router that reaches instances over TLS could not connect to one.
  virtual void unreachable(RouterId router, InstanceId instance) = 0;
  /// A request waits at a router that knows no instance of the app: see Traffic::hold.
  virtual void request_waits(AppId) {}
  /// What a machine's clock showed at an instant that has passed.
  virtual WallTime wall_at(ClockId clock, SimTime then) const = 0;
};

}  // namespace leapday::model
