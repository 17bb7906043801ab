/// \file clock_drift.cpp
/// Makes oscillators run fast or slow while the fault lasts; what was gained stays.
/// Why: a clock that nobody corrects is off by seconds within days, and no step tells.
#include <array>

#include "leapday/fault.hpp"
#include "leapday/registry.hpp"

namespace leapday {
namespace {

class ClockDrift final : public FaultBase<ClockDrift> {
 public:
  void fields(FieldVisitor& v) override {
    v.required("ppm", ppm_, "how fast, in millionths of true time; negative: slow", {-1e5, 1e5});
  }

  void begin(FaultContext& context) override {
    for (const ClockId clock : context.clocks()) {
      context.push(clock, ClockModifier{.drift = ppm_});
    }
  }

  std::span<const std::string_view> target_kinds() const override {
    static constexpr std::array<std::string_view, 2> kKinds{"hosts", "control"};
    return kKinds;
  }

 private:
  double ppm_ = 0;
};

}  // namespace

void register_clock_drift(Registry& registry) {
  registry.faults.add("clock.drift",
                      "the clock runs fast or slow; what it gained stays when the fault ends",
                      [] { return std::make_unique<ClockDrift>(); });
}

}  // namespace leapday
