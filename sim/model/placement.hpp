/// \file placement.hpp
/// Finds hosts for pending instances, in batches, and again when capacity appears.
/// Why: what starts at one instant competes, and platforms sort that batch before they place it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "leapday/policy.hpp"
#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

class Placement {
 public:
  explicit Placement(Platform& platform);

  /// Asks for a host; the answer comes at the end of this instant.
  void enqueue(InstanceId instance);
  /// It is no longer wanted.
  void cancel(InstanceId instance);
  /// Memory was freed or a host became usable.
  void capacity_changed();
  /// Places what is queued and makes it run at once: a warm boot.
  void run_warm();

 private:
  struct Waiting {
    InstanceId instance;
    bool reported = false;  ///< Its instance.unplaceable was recorded.
  };

  void on_round(std::uint32_t, std::uint32_t) { run_round(false); }
  void run_round(bool warm);
  void sort_batch();
  bool place(InstanceId instance, bool warm);
  void fill_rows(const InstanceRecord& record, const ReleaseState& release);
  bool usable(const HostRow& row, const ReleaseState& release) const;

  Platform& p_;
  std::unique_ptr<PlacementPolicy> policy_;
  Random& random_;
  engine::HandlerId round_;
  bool round_due_ = false;
  std::vector<std::uint32_t>
      warmed_;  ///< By host: placed in a warm batch, which counts as starting.
  std::vector<Waiting> waiting_;
  std::vector<HostRow> rows_;
  std::vector<std::uint32_t> same_app_by_zone_;
  std::vector<char> zone_allowed_;
};

}  // namespace leapday::model
