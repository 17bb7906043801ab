/// \file memory_watch.hpp
/// Processes that use more memory as they grow older, and who kills them for it.
/// Why: a kernel ends a process at the very page that is too much; the agent of 2012 looked every
/// other second. When a process crosses its limit follows from when it started: one event for each,
/// and none for what does not grow.
#pragma once

#include <vector>

#include "leapday/ids.hpp"
#include "sim/engine/scheduler.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;
struct ReleaseState;

class MemoryWatch {
 public:
  explicit MemoryWatch(Platform& platform);

  /// Its process starts now.
  void started(InstanceId instance);

 private:
  void on_crossed(std::uint32_t instance, std::uint32_t);
  double growth_of(InstanceId instance, const ReleaseState& release);

  Platform& p_;
  engine::HandlerId crossed_;
  std::vector<Grid> polls_;             ///< By host: when it looks. Empty where the kernel kills.
  std::vector<double> growth_;          ///< By instance, as far as there are any: bytes a second.
  std::vector<engine::EventKey> keys_;  ///< Likewise: its kill.
};

}  // namespace leapday::model
