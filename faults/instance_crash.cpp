/// \file instance_crash.cpp
/// Ends the process of instances at once.
/// Why: the commonest failure there is; what follows (reset connections, restart, back-off) is the
/// platform's.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class InstanceCrash final : public FaultBase<InstanceCrash> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const InstanceId instance : context.instances()) context.crash(instance);
  }

  bool one_shot() const override { return true; }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"instances"};
    return kKinds;
  }
};

}  // namespace

void register_instance_crash(Registry& registry) {
  registry.faults.add("instance.crash", "the process ends at once; the platform restarts it",
                      [] { return std::make_unique<InstanceCrash>(); });
}

}  // namespace leapday
