/// \file clock_defects.hpp
/// What instances get wrong about time, and since when.
/// Why: nobody has to break a clock for this. On one day in 1,461 the right time is enough, on
/// every host at once, or on those that were started together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/model/handler.hpp"
#include "sim/model/world.hpp"

namespace leapday::model {

class Platform;

/// Watches the instances whose release has defects: each by its own host's clock, and only when
/// what that shows can change something. Whoever serves requests reads InstanceRecord::defects.
class ClockDefects {
 public:
  explicit ClockDefects(Platform& platform);

  /// What a start meets now; nothing when it goes well.
  std::optional<DefectEffect> at_start(InstanceId instance);
  /// It listens from now on.
  void started(InstanceId instance);
  void ended(InstanceId instance);
  void clock_changed(ClockId clock);
  /// Its uptime begins anew, and its timers know the time.
  void booted(HostId host);
  /// A leap second set its time of day back. Kernels that do not rebase their timers take those
  /// that are shorter than the second for overdue from then on (lkml 2012/7/1/203).
  void leapt_back(ClockId clock);
  /// Somebody set its clock, if only to what it shows: `date -s` cures the timers.
  void clock_set(ClockId clock);

 private:
  struct Watched {
    std::uint32_t holds = 0;  ///< By defect.
    engine::EventKey key = 0;
    std::vector<std::uint32_t> hangs;  ///< Handles of modifiers.
    bool busy = false;
  };

  const std::vector<ClockDefect>& defects_of(InstanceId instance) const;
  bool holds(const ClockDefect& defect, HostId host) const;
  SimTime next_change(const ClockDefect& defect, HostId host) const;
  void look(InstanceId instance);
  void apply(InstanceId instance, Watched& watched, std::uint32_t holds);
  void look_at_host(HostId host);
  void on_look(std::uint32_t instance, std::uint32_t);

  Platform& p_;
  std::map<std::uint32_t, Watched> watched_;  ///< By instance.
  engine::HandlerId look_;
};

}  // namespace leapday::model
