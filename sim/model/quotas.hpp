/// \file quotas.hpp
/// What apps may take together, and what happens when they want more.
/// Why: the Cloud Controller refuses a change that exceeds a quota and counts what is wanted;
/// Kubernetes takes the change, counts what is there, and creates pod after pod while it may.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

class Quotas {
 public:
  explicit Quotas(Platform& platform);

  /// Where quotas are asked once per change: why `more` instances of a release exceed one, if they
  /// do.
  std::optional<std::string> refuses(AppId app, ReleaseId release, std::int64_t more) const;

  /// Where they are asked for each instance: false when there is no room. The slot is then filled
  /// as soon as there is.
  bool admits(SlotId slot, EventId cause);
  /// Admitted, or needing no admission: it counts until it has ended.
  void created(InstanceId instance) { count(instance, 1); }
  void ended(InstanceId instance);

 private:
  struct Quota {
    const std::string* name = nullptr;
    std::vector<char> apps;  ///< By app.
    std::optional<std::int64_t> memory, instances;
    std::int64_t used_memory = 0, used_instances = 0;  ///< Where it is asked for each instance.
  };

  /// Why so much more than that exceeds it, if it does.
  static std::optional<std::string> excess(const Quota& quota, std::int64_t used_memory,
                                           std::int64_t used_instances, std::int64_t memory,
                                           std::int64_t instances);
  void count(InstanceId instance, std::int64_t change);
  void on_room(std::uint32_t, std::uint32_t);

  Platform& p_;
  std::vector<Quota> quotas_;
  std::vector<SlotId> refused_;       ///< In the order in which they were.
  std::set<std::uint32_t> reported_;  ///< Slots.
  bool room_due_ = false;
  engine::HandlerId room_;
};

}  // namespace leapday::model
