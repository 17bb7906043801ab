/// \file drain.hpp
/// Empties a host that goes out of service, by evacuation or by evictions under budgets.
/// Why: a drain is the one outage that somebody plans; whether it waits for replacements (Diego) or
/// for budgets (Kubernetes) decides what users see of it.
#pragma once

#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

class Drains {
 public:
  explicit Drains(Platform& platform);

  void begin(HostId host, EventId cause);
  void end(HostId host);
  /// Another look for those who wait for a budget, on platforms that do not retry by the clock.
  void app_changed(AppId app);

 private:
  /// One host's evictions.
  struct Drain {
    bool active = false;
    EventId cause;
    std::vector<InstanceId> refused;  ///< That was recorded.
    engine::EventKey key = 0;
  };

  void evacuate(HostId host, EventId cause);
  void on_evacuated(std::uint32_t host, std::uint32_t);
  void evict_all(HostId host);
  void on_retry(std::uint32_t host, std::uint32_t);
  bool may_evict(InstanceId instance, std::string& why);
  std::int64_t must_stay(AppId app, std::int64_t wanted) const;
  GroupCounts counts(AppId app);

  Platform& p_;
  std::vector<Drain> drains_;  ///< By host.
  engine::HandlerId evacuated_, retry_;
};

}  // namespace leapday::model
