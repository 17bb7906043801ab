/// \file restart.hpp
/// When a crashed instance starts again, and how slots are filled anew.
/// Why: back-off decides how long a crash loop costs capacity; platforms differ only in constants.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "leapday/restart.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"
#include "sim/model/restart_queue.hpp"

namespace leapday::model {

class Platform;

class Restarts {
 public:
  explicit Restarts(Platform& platform);

  /// A new instance for the slot, to be placed; when a quota has room, where that is asked.
  void refill(SlotId slot, EventId cause);
  /// The control plane learns that the process of this instance is gone.
  void exit_noticed(InstanceId instance);
  /// Fills every slot that the host fills, elsewhere. With `keep`, what is ready stays until its
  /// replacement is. Leaves out apps that changed after `quiet_since`; false when there were any.
  bool replace_all(HostId host, EventId cause, bool keep, SimTime quiet_since = kSimEnd);
  /// The same for one instance; nothing when it does not fill its slot.
  void replace(InstanceId instance, EventId cause, bool keep);
  /// Ends the process, as gently as any, and starts one on the same host in its place.
  void renew(InstanceId instance, EventId cause);
  /// A process that was to be renewed has ended.
  void renewed(InstanceId instance);
  /// Whether its end, which nobody has noticed yet, is that of a process to be renewed.
  bool renews(InstanceId instance) const;
  /// The control plane's clock was set: delays that end at a time of day end earlier or later.
  void clock_changed();
  /// Nothing will fill the slot again.
  void give_up(SlotId slot, EventId cause, const std::string& name, std::string why);

 private:
  /// Refills it as soon as the platform's queue of restarts lets it.
  void ask(SlotId slot, EventId cause, bool evacuated = false);
  void back_off(SlotId slot, InstanceId crashed);
  RestartDecision decide(Slot& slot, InstanceId crashed);
  /// When a restart comes that waits for that time of day.
  SimTime due(WallTime at) const;
  void on_due(std::uint32_t slot, std::uint32_t);

  Platform& p_;
  std::unique_ptr<const RestartPolicy> policy_;
  Grid convergence_;
  RestartQueue queue_;
  std::map<SlotId, WallTime> waits_for_;  ///< Of those that wait, with restart_by_wall_clock.
  engine::HandlerId due_;
};

}  // namespace leapday::model
