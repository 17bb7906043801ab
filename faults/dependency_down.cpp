/// \file dependency_down.cpp
/// Takes a backing service away.
/// Why: whether an app lives without it is what rehearsals are for.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class DependencyDown final : public FaultBase<DependencyDown> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    const DependencyModifier gone{.down = true};
    for (const DependencyId dependency : context.dependencies()) context.push(dependency, gone);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"dependency"};
    return kKinds;
  }
};

}  // namespace

void register_dependency_down(Registry& registry) {
  registry.faults.add("dependency.down", "the dependency refuses every call",
                      [] { return std::make_unique<DependencyDown>(); });
}

}  // namespace leapday
