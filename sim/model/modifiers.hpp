/// \file modifiers.hpp
/// What faults have pushed on hosts and instances, and the sum of it.
/// Why: faults overlap; each takes back only its own, and nothing drifts from repeated scaling.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "leapday/fault.hpp"
#include "leapday/ids.hpp"

namespace leapday::model {

class Platform;

class Modifiers {
 public:
  explicit Modifiers(Platform& platform) : p_(platform) {}

  /// `begin` and `span` are those of the fault that pushes.
  std::uint32_t push(HostId host, const HostModifier& modifier, EventId begin, std::uint32_t span);
  std::uint32_t push(InstanceId instance, const InstanceModifier& modifier, EventId begin);
  void pop(std::uint32_t handle);

 private:
  struct OnHost {
    std::uint32_t handle;
    HostModifier modifier;
    EventId begin;
    std::uint32_t span;
  };
  struct OnInstance {
    std::uint32_t handle;
    InstanceModifier modifier;
  };

  void apply(HostId host);
  void apply(InstanceId instance, EventId cause);

  Platform& p_;
  std::map<std::uint32_t, std::vector<OnHost>> hosts_;
  std::map<std::uint32_t, std::vector<OnInstance>> instances_;
  std::uint32_t next_ = 0;
};

}  // namespace leapday::model
