/// \file clock_step.cpp
/// Jumps wall clocks while the fault lasts; the jump back is a second jump.
/// Why: NTP corrections and leap-day bugs show up as jumps, not as drift.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class ClockStep final : public FaultBase<ClockStep> {
 public:
  void fields(FieldVisitor& v) override {
    v.signed_duration("step", step_, true, "signed jump of the wall clock");
  }

  void begin(FaultContext& context) override {
    for (const ClockId clock : context.clocks()) {
      context.push(clock, ClockModifier{.step = step_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 2> kKinds{"hosts", "control"};
    return kKinds;
  }

 private:
  Duration step_{};
};

}  // namespace

void register_clock_step(Registry& registry) {
  registry.faults.add("clock.step", "the wall clock jumps, and jumps back when the fault ends",
                      [] { return std::make_unique<ClockStep>(); });
}

}  // namespace leapday
