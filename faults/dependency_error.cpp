/// \file dependency_error.cpp
/// Lets a backing service answer with errors.
/// Why: errors come back fast, so callers that retry at once multiply the load.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class DependencyError final : public FaultBase<DependencyError> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("rate", rate_, "probability that a call is answered with an error");
  }

  void begin(FaultContext& context) override {
    const DependencyModifier failing{.error = rate_};
    for (const DependencyId dependency : context.dependencies()) {
      context.push(dependency, failing);
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"dependency"};
    return kKinds;
  }

 private:
  Ratio rate_{};
};

}  // namespace

void register_dependency_error(Registry& registry) {
  registry.faults.add("dependency.error", "calls to the dependency fail with this probability",
                      [] { return std::make_unique<DependencyError>(); });
}

}  // namespace leapday
