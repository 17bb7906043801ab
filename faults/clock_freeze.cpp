/// \file clock_freeze.cpp
/// Lets the time of day stand still while the fault lasts; it moves on from there.
/// Why: stuck virtual clocks freeze every delay that ends at a time of day.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class ClockFreeze final : public FaultBase<ClockFreeze> {
 public:
  void fields(FieldVisitor&) override {}

  void begin(FaultContext& context) override {
    for (const ClockId clock : context.clocks()) {
      context.push(clock, ClockModifier{.frozen = true});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 2> kKinds{"hosts", "control"};
    return kKinds;
  }
};

}  // namespace

void register_clock_freeze(Registry& registry) {
  registry.faults.add("clock.freeze",
                      "the time of day stands still, and moves on from there when the fault ends",
                      [] { return std::make_unique<ClockFreeze>(); });
}

}  // namespace leapday
