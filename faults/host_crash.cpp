/// \file host_crash.cpp
/// Takes the power from hosts; they come back, after their boot time, when the fault ends.
/// Why: nothing says goodbye: connections are not reset, and only missing heartbeats tell the
/// platform.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class HostCrash final : public FaultBase<HostCrash> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const HostId host : context.hosts()) context.crash(host);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"hosts"};
    return kKinds;
  }
};

}  // namespace

void register_host_crash(Registry& registry) {
  registry.faults.add("host.crash",
                      "power loss: silence, no reset; back after its boot time when the fault ends",
                      [] { return std::make_unique<HostCrash>(); });
}

}  // namespace leapday
