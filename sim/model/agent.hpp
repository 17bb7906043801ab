/// \file agent.hpp
/// The agent on each host that gives a new instance its identity certificate.
/// Why: on 29 February 2012 that certificate could not be made, and the answer of the platform to
/// instances that never report took hosts out of use one after another.
#pragma once

#include "sim/model/fleet.hpp"
#include "sim/model/handler.hpp"

namespace leapday::model {

class Platform;

class Agent {
 public:
  explicit Agent(Platform& platform);
  /// Makes the certificate of an instance that is being created. False: it will never report, and
  /// the agent waits for it.
  bool certify(InstanceId instance);

 private:
  /// What it has to show at its start is valid by the control plane's clock.
  bool admitted(InstanceId instance);
  void await(InstanceId instance);
  void on_silence(std::uint32_t instance, std::uint32_t);

  Platform& p_;
  engine::HandlerId silence_;
};

}  // namespace leapday::model
