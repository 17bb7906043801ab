/// \file dependency_slow.cpp
/// Slows a backing service.
/// Why: slow dependencies fill pools and queues upstream, and retries then keep them full.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class DependencySlow final : public FaultBase<DependencySlow> {
 public:
  void fields(FieldVisitor& v) override {
    v.optional("factor", factor_, "how many times as long its work takes", {1, 1e6});
    v.optional("add", add_, "added to each call, whether or not it waits for a connection");
    v.check(factor_ > 1 || add_ > Duration{0}, "add", "the fault changes nothing",
            "state factor or add");
  }

  void begin(FaultContext& context) override {
    const DependencyModifier slower{.slow_factor = factor_, .latency_add = add_};
    for (const DependencyId dependency : context.dependencies()) context.push(dependency, slower);
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 1> kKinds{"dependency"};
    return kKinds;
  }

 private:
  double factor_ = 1;
  Duration add_{};
};

}  // namespace

void register_dependency_slow(Registry& registry) {
  registry.faults.add("dependency.slow", "calls to the dependency take longer",
                      [] { return std::make_unique<DependencySlow>(); });
}

}  // namespace leapday
