/// \file instance_hang.cpp
/// Makes instances accept work and never finish it.
/// Why: a hung process looks alive to everything but a probe that waits for an answer, so it costs
/// more than a dead one.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class InstanceHang final : public FaultBase<InstanceHang> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const InstanceId instance : context.instances()) {
      context.push(instance, InstanceModifier{.hung = true});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"instances"};
    return kKinds;
  }
};

}  // namespace

void register_instance_hang(Registry& registry) {
  registry.faults.add("instance.hang",
                      "accepts connections and work, makes no progress, fails http probes",
                      [] { return std::make_unique<InstanceHang>(); });
}

}  // namespace leapday
